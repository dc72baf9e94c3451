#!/usr/bin/env python3
"""Plays every recorded conversation of tests/golden/tracing with repartee-scenario and compares the trace.

In pipecat mode each span of the recording (virtual.json) has its twin and there is no other: name, parents,
scope, kind, status, attribute names and types are equal, values too but for what is measured: 50 ms. In
extended mode everything recorded is there, but for what that mode repairs, listed below; more may be.
Two plays of one conversation differ in ids and the time of day alone. Standard library only.
"""
import json
import re
import sys
import tempfile
from pathlib import Path

import programs

GOLDEN = programs.ROOT / "tests/golden/tracing"
SLACK_MS = 50
MEASURED = {"metrics.ttfb", "metrics.audio_seconds", "turn.duration_seconds", "turn.user_bot_latency_seconds"}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
KIND = {"stt": "stt", "chat": "llm", "tts": "tts"}
GHOST_MS = 60  # a shorter llm or tts span of the recording is the rest of something aborted


def plain(value):
    """An OTLP value as (type, content)."""
    if not value:
        return ("empty", True)
    (key, content), = value.items()
    if key == "intValue":
        return ("int", int(content))
    if key == "arrayValue":
        return ("array", [list(plain(item)) for item in content.get("values", [])])
    if key == "kvlistValue":
        return ("kvlist", {pair["key"]: list(plain(pair["value"])) for pair in content.get("values", [])})
    return (key.removesuffix("Value"), content)


def recorded_value(value):
    (kind, content), = value.items()
    if kind == "array":
        content = [list(recorded_value(item)) for item in content]
    if kind == "kvlist":
        content = {key: list(recorded_value(item)) for key, item in content.items()}
    return (kind, content)


class Span:
    def __init__(self, identity, parent, name, scope, kind, status, start, end, attributes, events, order):
        self.identity, self.parent, self.name, self.scope = identity, parent, name, scope
        self.kind, self.status, self.start, self.end = kind, status, start, end
        self.attributes, self.events, self.order = attributes, events, order

    def get(self, key):
        return self.attributes.get(key, (None, None))[1]


def recorded(folder):
    golden = json.loads((folder / "virtual.json").read_text())
    spans = [Span(span["id"], span["parent"], span["name"], span["scope"]["name"], span["kind"], span["status"]["code"],
                  span["start_ms"], span["end_ms"], {k: recorded_value(v) for k, v in span["attributes"].items()},
                  [event["name"] for event in span["events"]], span["export_order"]) for span in golden["spans"]]
    return spans, {key: recorded_value(value) for key, value in golden["resource"].items()}


def played(requests):
    """Of a span that was sent twice the last counts."""
    spans, resource = {}, {}
    for request in requests:
        for resource_spans in request["resourceSpans"]:
            resource = {a["key"]: plain(a.get("value")) for a in resource_spans["resource"]["attributes"]}
            for scope_spans in resource_spans["scopeSpans"]:
                for raw in scope_spans["spans"]:
                    identity = raw["spanId"]
                    spans.pop(identity, None)
                    spans[identity] = Span(
                        identity, raw.get("parentSpanId") or None, raw["name"], scope_spans["scope"]["name"],
                        {1: "INTERNAL"}.get(raw["kind"]), {0: "UNSET", 2: "ERROR"}[raw.get("status", {}).get("code", 0)],
                        int(raw["startTimeUnixNano"]) / 1e6, int(raw["endTimeUnixNano"]) / 1e6,
                        {a["key"]: plain(a.get("value")) for a in raw["attributes"]},
                        [event["name"] for event in raw.get("events", [])], len(spans))
    return list(spans.values()), resource


def wire_name(span):
    if span.name == f"turn-{span.get('turn.number')}":
        return "turn"
    kind = KIND.get(span.get("gen_ai.operation.name"))
    return kind if kind and span.name.startswith(kind + "_") else span.name


def keyed(spans, extended):
    """Spans by (conversation, turn, name, how many of that before it); times count from the first start."""
    by_id = {span.identity: span for span in spans}
    first = min((span.start for span in spans), default=0)
    roots, result, counts = [], {}, {}
    for span in sorted(spans, key=lambda span: (span.start, span.order)):
        span.start, span.end = span.start - first, span.end - first
        above, at = [], span
        while at.parent in by_id:
            at = by_id[at.parent]
            above.append(at)
        top = above[-1] if above else span
        if top not in roots:
            roots.append(top)
        # What belongs to which turn is repaired in extended mode.
        turn = next((s.get("turn.number") for s in [span] + above if wire_name(s) == "turn"), None)
        depth = None if extended else len(above)
        place = (roots.index(top) if len(roots) > 1 and not extended else 0, None if extended else turn, depth, wire_name(span))
        counts[place] = counts.get(place, 0) + 1
        result[(*place, counts[place])] = span
    return result


def same_value(key, want, got):
    if want[0] != got[0]:
        return False
    if key == "conversation.id" and UUID.fullmatch(str(want[1])):
        return bool(UUID.fullmatch(str(got[1])))
    if key in MEASURED:
        return abs(want[1] - got[1]) <= SLACK_MS / 1e3
    if key in ("input", "tools"):
        return json.loads(want[1]) == json.loads(got[1])
    return want[1] == got[1] or (want[0] == "kvlist" and dict(want[1]) == dict(got[1]))


def repaired(span, twin, key, failed):
    """What extended mode says otherwise."""
    if span.get(key) == "NOT_GIVEN" or key in ("vad_enabled", "gen_ai.request.model"):
        return True
    if key == "metrics.ttfb":  # none that was made up
        return span.get("output") is None and span.name == "llm"
    if key == "tts.interrupted":  # a failure is one
        return twin.status == "ERROR"
    ended = twin.get("turn.end_reason") in ("end", "cancel", "error")
    return span.name == "turn" and (ended or failed) and key in MEASURED | {"turn.was_interrupted"}


def differences(folder, requests, extended):
    want, resource = recorded(folder)
    got, our_resource = played(requests)
    failed = any(span.status == "ERROR" for span in want)
    want, got = keyed(want, extended), keyed(got, extended)
    # In extended mode the environment's names win.
    free = ("telemetry.sdk.", *(("service.name", "deployment.environment") if extended else ()))
    for key, value in resource.items():
        if want and not key.startswith(free) and our_resource.get(key) != value:
            yield f"resource {key} is {our_resource.get(key)}, not {value}"
    for place in got.keys() - want.keys():
        if not extended:
            yield f"unexpected span {place}"
    for place, span in want.items():
        twin = got.get(place)
        where = f"{span.name} {place}"
        if twin is None:
            if not (extended and span.name in ("llm", "tts") and span.end - span.start < GHOST_MS):
                yield f"missing span {place}"
            continue
        yield from span_differences(where, span, twin, extended, failed)


def span_differences(where, span, twin, extended, failed):
    if (span.scope, span.kind) != (twin.scope, twin.kind):
        yield f"{where}: scope and kind are {twin.scope}, {twin.kind}"
    if span.status != twin.status and not (extended and "error.type" in twin.attributes):
        yield f"{where}: status is {twin.status}, not {span.status}"
    if (not set(span.events) <= set(twin.events)) if extended else span.events != twin.events:
        yield f"{where}: events are {twin.events}, not {span.events}"
    # How long the pipeline takes to drain is no matter of tracing.
    late = 0 if span.name == "conversation" else abs(span.end - twin.end)
    if not extended and max(abs(span.start - twin.start), late) > SLACK_MS:
        yield f"{where}: from {twin.start:.0f} to {twin.end:.0f} ms, not {span.start:.0f} to {span.end:.0f}"
    if not extended and span.attributes.keys() != twin.attributes.keys():
        yield f"{where}: attributes {sorted(span.attributes.keys() ^ twin.attributes.keys())} on one side alone"
    for key, value in span.attributes.items():
        other = twin.attributes.get(key)
        if extended and repaired(span, twin, key, failed):
            continue
        if other is None or not same_value(key, value, other):
            yield f"{where}: {key} is {other}, not {value}"


def play(folder, mode, out):
    programs.play_scenario(folder, "--mode", mode, "--out", out, cwd=out.parent)
    return json.loads(out.read_text())


def outline(requests):
    spans, _ = played(requests)
    first = min((span.start for span in spans), default=0)
    generated = ("conversation.id", "gen_ai.conversation.id", "langfuse.session.id")
    return [(s.name, round(s.start - first, 2), round(s.end - first, 2), s.status,
             {k: (v[0], round(v[1], 3 if k.endswith("_ms") else 6)) if v[0] == "double" else v
              for k, v in s.attributes.items() if k not in generated}) for s in spans]


def check(folder, scratch):
    # Nothing but the inputs is there to be looked at.
    alone = scratch / folder.name
    alone.mkdir()
    (alone / "scenario.json").write_bytes((folder / "scenario.json").read_bytes())
    lines = []
    for mode in ("pipecat", "extended"):
        try:
            requests = play(alone, mode, scratch / "trace.json")
            lines += [f"{mode}: {line}" for line in differences(folder, requests, mode == "extended")]
            if outline(requests) != outline(play(alone, mode, scratch / "again.json")):
                lines.append(f"{mode}: two plays differ")
        except RuntimeError as error:
            lines.append(f"{mode}: {error}")
    return lines


def check_refusals(scratch):
    """What is not understood is refused by name, and what waits in vain fails."""
    def scenario(steps, **more):
        return {"format": "scenario/1", "name": "x", "about": "x", "conversations": [{"steps": steps, **more}]}

    end = {"do": "end"}
    cases = [(2, "unknown key \"colour\"", scenario([end], colour=1)),
             (2, "unknown step \"dance\"", scenario([{"do": "dance"}, end])),
             (2, "unknown frame type \"NoFrame\"", scenario([{"do": "wait_for", "frame": "NoFrame"}, end])),
             (2, "unknown kind of reply \"song\"", scenario([end], openai={"replies": [{"kind": "song"}]})),
             (2, "the last one must be", scenario([{"do": "wait", "ms": 1}])),
             (2, "only \"scenario/1\" is known", {**scenario([end]), "format": "scenario/2"}),
             (1, "0 of 1 BotStartedSpeakingFrame", scenario([{"do": "wait_for", "frame": "BotStartedSpeakingFrame"}, end]))]
    folder = scratch / "refused"
    folder.mkdir()
    return programs.refusals(cases, folder, "scenario.json", folder)


def main():
    folders = sorted(path.parent for path in GOLDEN.glob("*/scenario.json"))
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        results = ((folder.name, check(folder, scratch)) for folder in folders)
        return programs.report(results, check_refusals(scratch), 39)


if __name__ == "__main__":
    sys.exit(main())
