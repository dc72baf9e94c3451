"""What the store of a stopped server says in rows and roll-ups, against its spans: counted anew from the day files,
with the standard library alone."""
import shutil
import sqlite3
import tempfile
from collections import defaultdict
from pathlib import Path

PROVISIONAL, ENTRY, INTERRUPTED, HANGUP = 1, 256, 8, 32
TURN = 2  # the stage of a turn
WARNING, ERROR = 2, 3
LENGTHS = [60 * 10**9, 3600 * 10**9, 86400 * 10**9]  # of a roll-up's row: minute, hour, day
SUMS = ("count", "errors", "interrupted", "cost", "priced", "input_tokens", "output_tokens", "total_tokens")


def day_files(data):
    return sorted(path for path in Path(data).glob("day-*.db"))


def read_varint(blob, at):
    value = shift = 0
    while True:
        byte = blob[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def read_sketches(blob):
    """Count and sum of each of the two sketches."""
    found, at = [], 0
    for _ in range(2):
        zigzag, at = read_varint(blob, at)
        buckets, at = read_varint(blob, at)
        count = 0
        for _ in range(buckets):
            _, at = read_varint(blob, at)
            one, at = read_varint(blob, at)
            count += one
        found += [count, (zigzag >> 1) ^ -(zigzag & 1)]
    assert at == len(blob)
    return found


def known(value):
    return max(value or 0, 0)


def rollups_of(spans):
    rows = defaultdict(lambda: [0] * (len(SUMS) + 4))
    for s in spans:
        if s["flags"] & (PROVISIONAL | ENTRY):
            continue
        is_turn = s["stage"] == TURN
        cut_short = is_turn and s["flags"] & (INTERRUPTED | HANGUP) == INTERRUPTED
        wait = s["ub_latency"] if is_turn else s["ttfb"]
        values = [1, int(s["level"] == ERROR), int(cut_short), known(s["cost"]), int(s["cost"] is not None),
                  known(s["input_tokens"]), known(s["output_tokens"]), known(s["total_tokens"]),
                  1, known(s["duration"]) // 1000, int(wait is not None), wait or 0]
        for resolution, length in enumerate(LENGTHS):
            row = rows[(s["series"], resolution, s["start"] // length * length)]
            for i, value in enumerate(values):
                row[i] += value
    return dict(rows)


def traces_of(spans):
    rows = {}
    for s in spans:
        if s["flags"] & ENTRY:
            continue
        end = s["start"] + s["duration"]
        row = rows.setdefault(s["tkey"], {"start": s["start"], "end": end, "spans": 0, "errors": 0, "warnings": 0, "cost": None,
                                          "input_tokens": 0, "output_tokens": 0, "total_tokens": 0, "turns": 0})
        row["start"], row["end"] = min(row["start"], s["start"]), max(row["end"], end)
        if s["flags"] & PROVISIONAL:
            continue
        row["spans"] += 1
        row["errors"] += s["level"] == ERROR
        row["warnings"] += s["level"] == WARNING
        row["turns"] += s["stage"] == TURN
        if s["cost"] is not None:
            row["cost"] = (row["cost"] or 0) + s["cost"]
        for key in ("input_tokens", "output_tokens", "total_tokens"):
            row[key] += known(s[key])
    return rows


def compare(what, want, got):
    problems = [f"{what} {key}: {got.get(key)} instead of {want[key]}" for key in want if want[key] != got.get(key)]
    return problems + [f"{what} {key} is of no span" for key in got if key not in want]


def recount(data):
    """What is wrong, as texts; and how many spans were counted. The server must have stopped."""
    problems, counted = [], 0
    for path in day_files(data):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as day:
            day.row_factory = sqlite3.Row
            spans = day.execute("SELECT * FROM span").fetchall()
            counted += len(spans)
            rows = {(r["series"], r["resolution"], r["start"]): [r[key] for key in SUMS] + read_sketches(r["sketches"])
                    for r in day.execute("SELECT * FROM rollup") if r["count"] != 0}
            problems += compare(f"{path.name} roll-up", rollups_of(spans), rows)
            wanted = traces_of(spans)
            traces = {r["tkey"]: {key: r[key] for key in wanted.get(r["tkey"], ())} for r in day.execute("SELECT * FROM trace")}
            problems += compare(f"{path.name} trace", wanted, traces)
        day.close()
    return problems, counted


def stored_of(data, requests):
    """Of each request, a list of span ids, how many are stored: read from a copy, so that what a kill left stays so."""
    with tempfile.TemporaryDirectory() as copy:
        for path in Path(data).glob("day-*.db*"):
            if not path.name.endswith("-shm"):
                shutil.copy(path, copy)
        found = set()
        for path in day_files(copy):
            with sqlite3.connect(path) as day:
                found.update(row[0] for row in day.execute("SELECT span_id FROM span"))
            day.close()
    return [sum(int.from_bytes(identity, "big", signed=True) in found for identity in set(ids)) for ids in requests]
