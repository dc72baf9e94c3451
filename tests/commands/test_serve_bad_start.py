#!/usr/bin/env python3
"""`repartee serve` where it cannot start: one line that says what is wrong and what to do, exit 1 (2 for
wrong usage), and nothing done to the server that is already there."""
import tempfile
from pathlib import Path

from programs import Server, run


def fails(folder, code, wanted, *args):
    done = run("repartee", "serve", *args, cwd=folder, timeout=30)
    assert done.returncode == code, (args, done)
    assert done.stdout == "", (args, done.stdout)
    for text in wanted:
        assert text in done.stderr, (text, done.stderr)
    if code == 1:
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def ports(**chosen):
    wanted = {"port": 0, "otlp_http_port": 0, "otlp_grpc_port": 0, **chosen}
    return [part for name, value in wanted.items()
            for part in (f"--{name.replace('_', '-')}", str(value))]


def check_taken(folder):
    with Server(folder) as server:
        fails(folder, 1, ["is in use by process", "--data"], *ports(), "--data", Path(folder) / "data")
        fails(folder, 1, ["(--port)", "in use", "another port"], *ports(port=server.info["port"]), "--data", Path(folder) / "b")
        fails(folder, 1, ["(--otlp-http-port)", "in use", "another port"],
              *ports(otlp_http_port=server.info["otlp_http_port"]), "--data", Path(folder) / "c")
        fails(folder, 1, ["(--otlp-grpc-port)", "in use", "another port"],
              *ports(otlp_grpc_port=server.info["otlp_grpc_port"]), "--data", Path(folder) / "c2")
        assert server.get("/api/public/health")["status"] == "OK"


def check_folders(folder):
    (Path(folder) / "file").write_text("")
    fails(folder, 1, ["data folder", "--data"], *ports(), "--data", Path(folder) / "file")
    fails(folder, 1, ["data folder", "--data"], *ports(), "--data", "/proc/repartee")


def check_usage(folder):
    fails(folder, 1, ["nonsense", "IP address"], *ports(), "--host", "nonsense", "--data", Path(folder) / "d")
    fails(folder, 1, ["99999", "65535"], *ports(port=99999), "--data", Path(folder) / "e")
    fails(folder, 2, ["--prot"], "--prot", "1")
    fails(folder, 2, ["--otlp-anonymous"], "--otlp-anonymous", "perhaps")


def main():
    with tempfile.TemporaryDirectory() as folder:
        check_taken(folder)
        check_folders(folder)
        check_usage(folder)


if __name__ == "__main__":
    main()
