#!/usr/bin/env python3
"""Runs each benchmark once with tiny sizes: it must print one JSON object as its last line and find
its own checks right. Figures are not judged here. Standard library only."""
import http.server
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCH = Path(os.environ.get("REPARTEE_BIN", ROOT / "build/release/bin")) / "repartee-bench"
TINY = {
    "hops": ["--frames", "500", "--repeat", "2"],
    "fleet": ["--pipelines", "3", "--seconds", "0.2"],
    "interrupt": ["--queued", "5", "--repeat", "2"],
    "turn": ["--turns", "3"],
    "startup": ["--extra", "2"],
    "serde": ["--frames", "100", "--repeat", "2"],
    "vad": ["--windows", "20", "--repeat", "2"],
    "ws-echo": [],
}
LOAD = ["ws-load", "--clients", "20", "--seconds", "1", "--bad"]


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes spans and says so."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def run(arguments, **environment):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "REPARTEE_", "ENABLE_TRACING"))}
    done = subprocess.run([BENCH, *arguments, "--json"], capture_output=True, text=True, timeout=60,
                          env={**kept, **environment})
    lines = done.stdout.splitlines()
    return done.returncode, json.loads(lines[-1]) if lines else {}, done.stderr


def check_load():
    """Twenty callers beside three that stall, send garbage and vanish: nobody loses a frame."""
    server = subprocess.Popen([BENCH, "ws-echo", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        ready = json.loads(server.stdout.readline())
        status, report, errors = run([*LOAD, "--port", str(ready["port"])])
        if status != 0 or not report.get("ok"):
            yield f"ws-load: exit status {status}, {json.dumps(report)[:400]} {errors[:300]}"
    finally:
        server.terminate()
        if server.wait(20) != 0:
            yield f"ws-echo ended with status {server.returncode}"


def main():
    if not BENCH.exists():
        sys.exit(f"{BENCH} is missing: build it first")
    problems = []

    def check(label, arguments, **environment):
        status, report, errors = run(arguments, **environment)
        good = status == 0 and report.get("ok") is True and bool(report.get("metrics"))
        print("ok  " if good else "FAIL", label)
        if not good:
            problems.append(f"{label}: exit status {status}, {json.dumps(report)[:300]} {errors[:300]}")
        return report.get("metrics", {})

    offered = run(["caps"])[1]["benches"]
    optional = {"vad"}  # where the local models are built
    if set(offered) | optional != set(TINY):
        problems.append(f"caps lists {offered}, the table here {sorted(TINY)}")
    problems += check_load()
    for name in [name for name in offered if name != "ws-echo"]:
        check(name, [name, *TINY.get(name, [])])
    if check("turn, traced into memory", ["turn", *TINY["turn"], "--tracing", "memory"]).get("spans_per_turn", 0) < 4:
        problems.append("a traced turn has less than four spans")
    collector = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{collector.server_port}/v1/traces"
    if check("turn, traced to a collector", ["turn", *TINY["turn"], "--tracing", "otlp"],
             BENCH_OTLP_URL=url).get("spans_per_turn", 0) < 4:
        problems.append("the collector was sent less than four spans a turn")
    fleet = check("fleet, traced to a collector", ["fleet", *TINY["fleet"], "--tracing", "otlp", "--turn-every", "0.1"],
                  BENCH_OTLP_URL=url)
    if fleet.get("spans_sent", 0) < 4 * 3 or fleet.get("spans_dropped") != 0:
        problems.append(f"the collector was sent less than every turn of the fleet: {fleet}")
    if run(["turn", "--no-such-option"])[0] != 2:
        problems.append("an unknown option is not refused with exit status 2")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
