#!/usr/bin/env python3
"""Builds and runs every test, stage by stage, and counts them.

Each stage prints its time; the last line of the whole is "N passed, N failed, N skipped".
What each stage covers is in tests/README.md. Standard library only.
"""
import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fuzz_seeds

ROOT = Path(__file__).resolve().parent.parent
LOCAL = os.environ.get("REPARTEE_LOCAL", "ON")

# Rooms whose tests run under the sanitizers. The whole is built there only by --long:
# what is left out runs single-threaded code that the release tests and fuzzers walk.
SANITIZED = {
    "asan": ["base", "net", "audio", "otel", "pipeline", "services", "transports", "server"],
    "tsan": ["base", "net", "otel", "pipeline", "server", "transports_test"],
}
SANITIZER_OPTIONS = ["-DREPARTEE_LOCAL=OFF", "-DREPARTEE_WEB=OFF", "-DREPARTEE_BENCH=OFF", "-DREPARTEE_TESTS=ON"]
FUZZ_SECONDS = 20
FUZZ_SECONDS_LONG = 600


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.failures = []

    def add(self, name, ok, detail=""):
        if ok:
            self.passed += 1
            return
        self.failed += 1
        self.failures.append(f"{name}: {detail}" if detail else name)


def run(command, **kwargs):
    return subprocess.run(command, cwd=ROOT, **kwargs)


def configure(preset, options):
    """What went wrong; empty if nothing did."""
    done = run(["cmake", "--preset", preset, *options], capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def build(preset, targets):
    """What went wrong; empty if nothing did. No targets: everything."""
    done = run(["cmake", "--build", "--preset", preset, *(["--target", *targets] if targets else [])],
               capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout[-6000:] + done.stderr[-2000:]


def targets_of(preset):
    """What can be built, by name."""
    listed = run(["ninja", "-C", f"build/{preset}", "-t", "targets", "all"], capture_output=True, text=True).stdout
    names = {line.split(":")[0] for line in listed.splitlines() if line.endswith(": phony")}
    return sorted(name for name in names if "/" not in name and not name.startswith("cmake_"))


def test_programs(preset, rooms):
    """Test programs of the rooms, nested ones included."""
    return [name for name in targets_of(preset)
            if name.endswith("_test") and any(name.startswith(f"repartee_{room}") for room in rooms)]


def results_of(preset, program):
    return ROOT / "build" / preset / "results" / f"{program}.xml"


def gtest(preset, program, env=None):
    """Runs a test program. Its exit code, None if it did not end, and what it printed."""
    xml = results_of(preset, program)
    xml.parent.mkdir(parents=True, exist_ok=True)
    xml.unlink(missing_ok=True)
    try:
        done = run([str(ROOT / "build" / preset / "bin" / program), f"--gtest_output=xml:{xml}"],
                   capture_output=True, text=True, errors="replace", timeout=600, env=env)
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, done.stdout + done.stderr


def count(preset, program, code, output, tally):
    """Adds what a test program reported."""
    if code is None:
        return tally.add(f"{preset}/{program}", False, "did not end within 600 s")
    if code != 0:
        print(output[-6000:])
    xml = results_of(preset, program)
    if not xml.exists():
        return tally.add(f"{preset}/{program}", False, f"crashed (exit {code})")
    failed = tally.failed
    for case in ElementTree.parse(xml).iter("testcase"):
        name = f"{preset}/{case.get('classname')}.{case.get('name')}"
        if case.find("skipped") is not None:
            tally.skipped += 1
        else:
            tally.add(name, case.find("failure") is None)
    if code != 0 and tally.failed == failed:
        tally.add(f"{preset}/{program}", False, f"exit {code} after its tests")
    return None


def sanitized(preset, long=False):
    """The test programs that run under a sanitizer."""
    programs = test_programs(preset, [""] if long else SANITIZED[preset])
    # Debian's gRPC is not instrumented: the thread sanitizer reports races in it that are none.
    return [name for name in programs if preset != "tsan" or "grpc" not in name]


def fuzzers_of(preset):
    return [name for name in targets_of(preset) if name.endswith("_fuzz")]


@contextlib.contextmanager
def building_ahead():
    """Builds for the sanitizers in the scheduler's idle class, which takes nothing from what runs meanwhile. What is not done
    in the end, and what goes wrong, is the business of those stages."""
    stopped = threading.Event()

    def build_all():
        for preset in SANITIZED:
            if configure(preset, SANITIZER_OPTIONS) or stopped.is_set():
                return
            targets = sanitized(preset) + fuzzers_of(preset)
            built = subprocess.Popen(["chrt", "--idle", "0", "ninja", "-C", f"build/{preset}", *targets], cwd=ROOT,
                                     process_group=0, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while built.poll() is None:
                if stopped.wait(0.2):
                    os.killpg(built.pid, signal.SIGINT)
                    built.wait()

    builder = threading.Thread(target=build_all)
    builder.start()
    try:
        yield
    finally:
        stopped.set()
        builder.join()


def release_stage(tally, _):
    error = configure("release", [f"-DREPARTEE_LOCAL={LOCAL}", "-DREPARTEE_TESTS=ON"]) or build("release", [])
    if error:
        print(error)
        return tally.add("release build", False)
    for program in test_programs("release", [""]):
        count("release", program, *gtest("release", program), tally)
    return None


def sanitizer_stage(preset):
    def stage(tally, long):
        error = configure(preset, SANITIZER_OPTIONS)
        programs = sanitized(preset, long)
        error = error or build(preset, programs)
        if error:
            print(error)
            return tally.add(f"{preset} build", False)
        env = dict(os.environ, TSAN_OPTIONS="halt_on_error=1", ASAN_OPTIONS="detect_stack_use_after_return=1",
                   UBSAN_OPTIONS="print_stacktrace=1")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for program, (code, output) in zip(programs, pool.map(lambda program: gtest(preset, program, env), programs)):
                count(preset, program, code, output, tally)
        return None
    return stage


def web_stage(tally, _):
    """Type check and unit tests of the pages."""
    node = run(["tools/setup_web.sh", "--node"], capture_output=True, text=True)
    if node.returncode != 0:
        print(node.stderr)
        return tally.add("web set-up", False)
    node = node.stdout.strip()
    checked = subprocess.run([node, "node_modules/typescript/bin/tsc", "--noEmit"], cwd=ROOT / "web", capture_output=True, text=True)
    if checked.returncode != 0:
        print(checked.stdout[-4000:])
    tally.add("web/types", checked.returncode == 0)
    report = ROOT / "build" / "vitest.json"
    report.parent.mkdir(exist_ok=True)
    report.unlink(missing_ok=True)
    tested = subprocess.run([node, "node_modules/vitest/vitest.mjs", "run", "--reporter=json", f"--outputFile={report}"],
                            cwd=ROOT / "web", capture_output=True, text=True)
    if not report.exists():
        print(tested.stdout[-4000:], tested.stderr[-4000:])
        return tally.add("web/vitest", False)
    for file in json.loads(report.read_text())["testResults"]:
        if not file["assertionResults"]:
            tally.add(f"web/{Path(file['name']).name}", False, file.get("message", ""))
        for case in file["assertionResults"]:
            tally.add(f"web/{case['fullName']}", case["status"] == "passed", "\n".join(case.get("failureMessages", [])))
    return None


def fuzz_stage(tally, long):
    """From the same objects as the tests under the address sanitizer."""
    error = configure("asan", SANITIZER_OPTIONS)
    fuzzers = fuzzers_of("asan")
    error = error or build("asan", fuzzers)
    if error or not fuzzers:
        print(error)
        return tally.add("fuzz build", False)
    seconds = FUZZ_SECONDS_LONG if long else FUZZ_SECONDS

    def fuzz(fuzzer):
        corpus = ROOT / "build" / "asan" / "corpus" / fuzzer
        corpus.mkdir(parents=True, exist_ok=True)
        seeds = ROOT / "build" / "asan" / "seeds" / fuzzer
        fuzz_seeds.write(fuzzer, seeds)
        return run([f"build/asan/bin/{fuzzer}", f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
                    f"-artifact_prefix=build/asan/{fuzzer}-", str(corpus), str(seeds)], capture_output=True, text=True, errors="replace")

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each has one thread
        for fuzzer, done in zip(fuzzers, pool.map(fuzz, fuzzers)):
            if done.returncode != 0:
                print(done.stderr[-3000:])
            tally.add(f"fuzz/{fuzzer}", done.returncode == 0)
    return None


def script_stage(folder):
    """Every executable test_* of a folder is one test; exit status 77 means skipped."""
    def stage(tally, long):
        for script in sorted((ROOT / "tests" / folder).glob("test_*")):
            command = [str(script)] + (["--long"] if long else [])
            done = run(command, capture_output=True, text=True, errors="replace")
            if done.returncode == 77:
                print(f"  skipped {script.name}: {done.stdout.strip().splitlines()[-1:]}")
                tally.skipped += 1
                continue
            if done.returncode != 0:
                print(done.stdout[-4000:], done.stderr[-4000:])
            tally.add(f"{folder}/{script.name}", done.returncode == 0)
    return stage


STAGES = [
    ("architecture", script_stage("architecture")),
    ("web", web_stage),
    ("release", release_stage),
    ("crash", script_stage("crash")),
    ("browser", script_stage("browser")),
    ("commands", script_stage("commands")),
    ("interop", script_stage("interop")),
    ("fuzz", fuzz_stage),
    ("asan", sanitizer_stage("asan")),
    ("tsan", sanitizer_stage("tsan")),
]
LEAVE_A_CORE_IDLE = ("commands", "interop")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--long", action="store_true", help="also what takes longer")
    parser.add_argument("--only", default="", help="stages whose name contains this")
    arguments = parser.parse_args()
    chosen = [(name, stage) for name, stage in STAGES if arguments.only in name]
    tally = Tally()
    times = []
    for name, stage in chosen:
        print(f"== {name}", flush=True)
        started = time.monotonic()
        before = (tally.passed, tally.failed, tally.skipped)
        with building_ahead() if name in LEAVE_A_CORE_IDLE and len(chosen) == len(STAGES) else contextlib.nullcontext():
            stage(tally, arguments.long)
        seconds = time.monotonic() - started
        passed, failed, skipped = (now - then for now, then in zip((tally.passed, tally.failed, tally.skipped), before))
        times.append((name, seconds))
        print(f"   {name}: {passed} passed, {failed} failed, {skipped} skipped in {seconds:.0f} s", flush=True)
    for failure in tally.failures:
        print(f"FAILED {failure}")
    print("stages: " + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in times))
    print(f"{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped")
    return 1 if tally.failed or tally.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
