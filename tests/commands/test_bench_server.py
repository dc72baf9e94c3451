#!/usr/bin/env python3
"""Loads a trace server with a little of voice10: everything sent is acknowledged, every question is answered,
and the report has its figures. They are not judged here. Standard library only."""
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCH = Path(os.environ.get("REPARTEE_BIN", ROOT / "build/release/bin")) / "repartee-bench-server"
CONVERSATIONS = 1008  # the eighth of each thousand holds the word that is searched for
FIGURES = {"cold_start_s", "idle_rss_mb", "acknowledged_spans", "spans_per_s", "server_cpu_s_per_million", "sender_cores",
           "request_ms_median", "request_ms_p99", "put_off", "peak_rss_mb", "read_back_ms", "queries", "queries_while_loading",
           "bytes_per_span", "cold_start_stored_s"}


def problems_of(options, spans):
    done = subprocess.run([BENCH, "--spans", str(spans), *options], capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        yield f"exit status {done.returncode}: {done.stderr[:400]}"
        return
    metrics = json.loads(done.stdout.splitlines()[-1])["metrics"]
    if set(metrics) != FIGURES:
        yield f"figures that are missing or unknown: {sorted(set(metrics) ^ FIGURES)}"
    if metrics["acknowledged_spans"] != spans:
        yield f"{metrics['acknowledged_spans']} of {spans} spans acknowledged"
    if min(metrics["read_back_ms"]) < 0:
        yield f"a trace could not be read back: {metrics['read_back_ms']}"
    for name, figures in [*metrics["queries"].items(), *metrics["queries_while_loading"].items()]:
        if "error" in figures or figures["bytes"] < 10:
            yield f"query {name}: {figures}"


def main():
    problems = []
    for options in ([], ["--gzip", "--mixed"]):
        problems += [f"{' '.join(options)}: {problem}" for problem in problems_of(options, 41 * CONVERSATIONS)]
    taken = subprocess.run([BENCH, "--data", str(ROOT / "bench")], capture_output=True, text=True, timeout=60)
    if taken.returncode != 1 or "is not empty" not in taken.stderr:
        problems.append(f"a folder that is not empty: exit status {taken.returncode}, {taken.stderr[:200]}")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
