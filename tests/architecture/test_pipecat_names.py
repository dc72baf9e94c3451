#!/usr/bin/env python3
"""Checks docs/coming-from-pipecat.md: every name of ours in it exists in a header, and every frame class of
the reference has its line."""
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "coming-from-pipecat.md"
# Written in code, but no name of ours.
OTHER = {"code", "std", "chrono"}


def names_of_ours(text):
    """What stands in backquotes, piece by piece: `Broadcast<F>` names Broadcast and F."""
    for quoted in re.findall(r"`([^`]+)`", text):
        # A call or a declaration as an example.
        if "(" in quoted or " " in quoted:
            continue
        yield from re.findall(r"[A-Za-z_][A-Za-z_0-9]{2,}", quoted)


def main():
    guide = GUIDE.read_text()
    headers = "\n".join(path.read_text() for path in sorted((ROOT / "repartee").rglob("*.h")))
    headers += (ROOT / "repartee" / "frames" / "frame.cc").read_text()
    known = set(re.findall(r"[A-Za-z_][A-Za-z_0-9]*", re.sub(r"//.*", "", headers)))
    problems = []
    checked = set(names_of_ours(guide)) - OTHER
    for name in sorted(checked):
        if name not in known:
            problems.append(f"docs/coming-from-pipecat.md names `{name}`, which no header declares")

    frames = json.loads((ROOT / "tests" / "golden" / "runtime" / "frames.json").read_text())["frames"]
    for frame in frames:
        if not re.search(rf"\b{frame['name']}\b", guide):
            problems.append(f"docs/coming-from-pipecat.md says nothing of {frame['name']}")

    if len(checked) < 150:
        problems.append(f"only {len(checked)} names were found in docs/coming-from-pipecat.md: is it read right?")
    print("\n".join(problems) or f"{len(checked)} names and {len(frames)} frames are as they should be")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
