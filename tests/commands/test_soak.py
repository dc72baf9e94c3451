#!/usr/bin/env python3
"""Fifty callers at once, talking, interrupting, hanging up and calling anew: no sound late, nobody cut off, memory
flat. 20 seconds; with --long half an hour. Standard library only."""
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOAK = Path(os.environ.get("REPARTEE_BIN", ROOT / "build/release/bin")) / "repartee-soak"
# In the short run a busy machine is forgiven more, and memory is still being warmed up.
SHORT = ["--seconds", "20", "--call-seconds", "6", "--cushion-ms", "250", "--growth-kib", "16384"]
LONG = ["--seconds", "1800"]


def main():
    long = "--long" in sys.argv[1:]
    done = subprocess.run([SOAK, *(LONG if long else SHORT)], capture_output=True, text=True, timeout=2000)
    print(done.stdout.strip()[-2000:], done.stderr.strip()[-2000:])
    if done.returncode != 0:
        return 1
    metrics = json.loads(done.stdout.splitlines()[-1])["metrics"]
    # Each has called at least once more.
    assert metrics["conversations"] >= 100, metrics
    # Memory cannot shrink like that: the judge can fail.
    spoilt = subprocess.run([SOAK, "--seconds", "10", "--conversations", "2", "--growth-kib=-1000000"],
                            capture_output=True, text=True, timeout=60)
    assert spoilt.returncode == 1, spoilt
    return 0


if __name__ == "__main__":
    sys.exit(main())
