#!/usr/bin/env python3
"""Plays every recorded behaviour case with repartee-scenario and compares what came out: those of golden/runtime, and
the lines of golden/pipecat/cases.jsonl, which interop/pipecat/play_cases.py has recorded from the real Pipecat.

A case agrees when each side gives the same frames in the same order with the same content,
events and contexts are the same, and times lie within 40 ms or 10 %, whichever is more.
Each case is played twice and must give the same bytes. Standard library only.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import programs

FREE = ("<any>", "<prompt text>", "<text>")  # values that differ by run, texts that are free
IDS = ("context_id", "group_id", "segment_id")


def near(recorded, played):
    if recorded is None or played is None:
        return recorded is played
    return abs(recorded - played) <= max(40.0, 0.10 * abs(recorded))


def without_lag(case):
    """A recording's own input came late by some milliseconds: takes that away from its times."""
    lags, waited = [(0.0, 0.0)], 0.0
    for step in case["input"]:
        if step["op"] == "wait":
            waited += step["ms"]
        elif step.get("at_ms") is not None:
            lags.append((step["at_ms"], step["at_ms"] - waited))
    sides = case["observed"]["downstream"] + case["observed"]["upstream"]
    for entry in sides + case["events"] + case.get("also", {}).get("audio_writes", []):
        if entry["at_ms"] is not None:
            entry["at_ms"] -= [lag for at, lag in lags if at <= entry["at_ms"] + 0.1][-1]
    return case


def number_ids(observed):
    """Ids count by order of first appearance, over both sides."""
    seen = {name: [] for name in IDS}
    for entry in sorted(observed["downstream"] + observed["upstream"], key=lambda entry: entry["n"]):
        fields = entry["frame"].get("fields", {})
        for name in IDS:
            if fields.get(name) is not None:
                if fields[name] not in seen[name]:
                    seen[name].append(fields[name])
                fields[name] = seen[name].index(fields[name])


def same(recorded, played):
    """Equal but for what the recording leaves free; a null counts as missing."""
    if isinstance(recorded, str) and recorded in FREE:
        return played is not None
    if isinstance(recorded, dict) and isinstance(played, dict):
        keys = {key for value in (recorded, played) for key in value if value[key] is not None}
        return all(same(recorded.get(key), played.get(key)) for key in keys)
    if isinstance(recorded, list) and isinstance(played, list):
        return len(recorded) == len(played) and all(map(same, recorded, played))
    return recorded == played


def same_frame(recorded, played):
    a, b = dict(recorded["frame"]), dict(played["frame"])
    return near(a.pop("pts_ms", None), b.pop("pts_ms", None)) and same(a, b)


def swap_ties(recorded, played, ties_ms):
    """`played` in the order of `recorded`, where only frames of nearly one time have swapped places."""
    rest, ordered = list(played), []
    for entry in recorded:
        at = next((i for i, other in enumerate(rest) if other["frame"]["type"] == entry["frame"]["type"]), None)
        if at is None or any(abs(other["at_ms"] - rest[at]["at_ms"]) > ties_ms for other in rest[:at]):
            return played
        ordered.append(rest.pop(at))
    return ordered + rest


def side_differences(name, recorded, played, ties_ms):
    if ties_ms:
        played = swap_ties(recorded, played, ties_ms)
    for i in range(max(len(recorded), len(played))):
        a = recorded[i] if i < len(recorded) else None
        b = played[i] if i < len(played) else None
        if a is None or b is None or not same_frame(a, b):
            yield f"{name}[{i}]: recorded {json.dumps(a and a['frame'], ensure_ascii=False)}"
            yield f"{name}[{i}]:   played {json.dumps(b and b['frame'], ensure_ascii=False)}"
            if a is None or b is None or a["frame"]["type"] != b["frame"]["type"]:
                return  # all that follows is shifted
        elif not near(a["at_ms"], b["at_ms"]):
            yield f"{name}[{i}] {a['frame']['type']}: recorded at {a['at_ms']} ms, played at {b['at_ms']} ms"


def event_differences(recorded, played):
    """Handlers run beside the frames, so their order among themselves is free."""
    rest = list(played)
    for event in recorded:
        content = {key: event[key] for key in event if key != "at_ms"}
        match = [other for other in rest if same(content, {key: other[key] for key in other if key != "at_ms"})
                 and near(event["at_ms"], other["at_ms"])]
        if match:
            rest.remove(match[0])
        else:
            yield f"event missing: {json.dumps(event, ensure_ascii=False)}"
    for event in rest:
        yield f"event not recorded: {json.dumps(event, ensure_ascii=False)}"


def also_differences(recorded, played):
    for key, value in recorded.items():
        other = played.get(key)
        if key == "audio_writes" and len(other or []) == len(value):
            times = [(write.pop("at_ms"), got.pop("at_ms")) for write, got in zip(value, other)]
            yield from (f"write {i}: recorded at {a} ms, played at {b} ms"
                        for i, (a, b) in enumerate(times) if not near(a, b))
        if not same(value, other):
            yield f"{key}: recorded {json.dumps(value, ensure_ascii=False)}"
            yield f"{key}:   played {json.dumps(other, ensure_ascii=False)}"


def differences(case, played):
    without_lag(case)
    for run in (case, played):
        number_ids(run["observed"])
    ties = case.get("compare", {}).get("ties_ms", 0)
    for side in ("downstream", "upstream"):
        yield from side_differences(side, case["observed"][side], played["observed"][side], ties)
    yield from event_differences(case["events"], played["events"])
    yield from also_differences(case.get("also", {}), played["also"])


def play(path, out):
    programs.play_scenario("--case", path, "--out", out, cwd=out.parent)
    return out.read_bytes()


def question(case):
    """A case without its answers."""
    asked = {key: case[key] for key in ("case", "title", "setup_spec", "input")}
    inputs = case["setup_spec"].get("inputs")
    if inputs:
        asked["also"] = {"runs": [{key: run[key] for key in inputs if key in run} for run in case["also"]["runs"]]}
    return asked


def check(case, folder):
    asked = folder / "case.json"
    asked.write_text(json.dumps(question(case)))
    try:
        first = play(asked, folder / "first.json")
        if play(asked, folder / "second.json") != first:
            return ["two runs gave different bytes"]
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        return [str(error)]
    return list(differences(case, json.loads(first)))


def check_refusals(folder):
    """What is not understood is refused by name, and leaves no file behind."""
    one = [{"test": "Pass"}]
    unknown = {"op": "push", "direction": "downstream", "frame": {"type": "NoFrame"}}
    cases = [(2, "unknown key \"colour\"", {"case": "x", "setup_spec": {"processors": one}, "input": [], "colour": 1}),
             (2, "unknown frame type \"NoFrame\"", {"case": "x", "setup_spec": {"processors": one}, "input": [unknown]}),
             (2, "no test processor \"Nobody\"", {"case": "x", "setup_spec": {"processors": [{"test": "Nobody"}]}, "input": []})]
    return programs.refusals(cases, folder, "broken.json", "--case", folder / "broken.json")


def main():
    golden = programs.ROOT / "tests/golden"
    cases = [json.loads(path.read_text()) for path in sorted((golden / "runtime").glob("*_*.json"))]
    cases += [json.loads(line) for line in (golden / "pipecat/cases.jsonl").read_text().splitlines()]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        results = ((case["case"], check(case, folder)) for case in cases)
        return programs.report(results, check_refusals(folder), 1)


if __name__ == "__main__":
    sys.exit(main())
