#!/usr/bin/env python3
"""Each repair of extended mode that docs/tracing.md lists names a test, and that test exists."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROWS = 27


def main():
    guide = (ROOT / "docs/tracing.md").read_text()
    table = guide.split("## What extended mode repairs", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| (\d+) \|.*\| `(\w+)` \|$", table, re.M)
    tests = {name for path in (ROOT / "repartee").rglob("*_test.cc")
             for name in re.findall(r"^TEST(?:_F|_P)?\(\s*\w+,\s*(\w+)\)", path.read_text(), re.M)}
    problems = [f"repair {number}: there is no test {name}" for number, name in rows if name not in tests]
    if [int(number) for number, _ in rows] != list(range(1, ROWS + 1)):
        problems.append(f"the table has the rows {[number for number, _ in rows]}")
    print("\n".join(problems) or f"{len(rows)} repairs, each with its test")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
