#!/usr/bin/env python3
"""The tracing library as an installed package: what find_package(repartee) gives is enough to build examples/otel_only in a
folder of its own, with no other file of the project, and its trace arrives. The archives are those built already; to build
the library alone asks for its own dependencies only."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from programs import BIN, ROOT, Server, environment

BUILD = BIN.parent


def must(*command, cwd, **more):
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=environment(**more), capture_output=True, text=True,
                          timeout=300)
    assert done.returncode == 0, f"{command}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


def check_package(folder):
    prefix, example, built = folder / "prefix", folder / "example", folder / "built"
    must("cmake", "--install", BUILD, "--component", "otel", "--prefix", prefix, cwd=folder)
    headers = [str(path.relative_to(prefix)) for path in prefix.rglob("*.h")]
    assert "include/repartee/otel/setup.h" in headers, headers
    assert not [name for name in headers if "_test" in name or "asio" in name or "/pipeline/" in name], headers

    example.mkdir()
    for source in (ROOT / "examples/otel_only").iterdir():
        (example / source.name).write_bytes(source.read_bytes())
    must("cmake", "-G", "Ninja", "-S", example, "-B", built, f"-DCMAKE_PREFIX_PATH={prefix}",
         "-DCMAKE_CXX_COMPILER=g++", "-DCMAKE_BUILD_TYPE=Release", cwd=folder)
    must("cmake", "--build", built, cwd=folder)

    (folder / "here.txt").write_text("x")
    with Server(folder) as server:
        out = must(built / "otel-only", "here.txt", "gone.txt", cwd=folder,
                   OTEL_EXPORTER_OTLP_ENDPOINT=f"{server.url}/api/public/otel",
                   OTEL_EXPORTER_OTLP_HEADERS=f"Authorization=Basic%20{server.basic}")
        assert out.startswith("delivered"), out
        traces = server.wait_for(server.traces, 5)
        shown = {o["name"]: o for o in server.observations(traces[0]["id"])}
    assert set(shown) == {"job", "read here.txt", "read gone.txt"}, shown
    for name in ("read here.txt", "read gone.txt"):
        assert shown[name]["parentObservationId"] == shown["job"]["id"], shown
    assert shown["read gone.txt"]["level"] == "ERROR", shown["read gone.txt"]
    assert json.dumps(shown["read here.txt"]["metadata"]).count("120") > 0, shown["read here.txt"]


def check_the_library_alone(folder):
    """Configured only: compiled it is in the build that the package was installed from."""
    built = folder / "alone"
    must("cmake", "-G", "Ninja", "-S", ROOT, "-B", built, "-DREPARTEE_OTEL_ONLY=ON", "-DCMAKE_CXX_COMPILER=g++",
         "-DCMAKE_C_COMPILER=gcc", cwd=folder)
    targets = must("ninja", "-C", built, "-t", "targets", "all", cwd=folder)
    assert "repartee_otel:" in targets and "repartee_server" not in targets and "repartee_pipeline" not in targets, targets


def main():
    for check in (check_package, check_the_library_alone):
        with tempfile.TemporaryDirectory() as folder:
            check(Path(folder))
        print("ok  ", check.__name__)


if __name__ == "__main__":
    sys.exit(main())
