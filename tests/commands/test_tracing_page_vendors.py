#!/usr/bin/env python3
"""The tracing page's program on the page's services, DeepgramSTTService, OpenAILLMService and CartesiaTTSService, against
our scripted vendors, with the page's .env: its trace is the recorded one (golden two_turns_end) but for times, in Pipecat's
mode and, with what that mode adds, in extended mode. A relay between the program and our server keeps the bytes: the spans
in them are those that the server shows."""
import array
import http.server
import json
import sys
import tempfile
import threading
import urllib.error
import urllib.request
import wave
from pathlib import Path

import test_trace_scenarios as judge
from programs import CLIPS, ROOT, Server, read_samples, run, skip_without_local_models
from test_examples import Vendors
from test_tracing_page import DOTENV

sys.path.insert(0, str(ROOT / "tests/vendors"))
import deepgram  # noqa: E402

GOLDEN = ROOT / "tests/golden/tracing/two_turns_end"
# Real time and another caller: what is measured is judged exactly where time is virtual (test_trace_scenarios.py).
judge.SLACK_MS = 3000
# The vendor ends an utterance when it is asked to, as Deepgram was when the recording was made.
deepgram.SILENCE_ENDS_MS = 60_000
USAGE = {"prompt_tokens": 42, "completion_tokens": 9, "total_tokens": 51, "prompt_tokens_details": {"cached_tokens": 16},
         "completion_tokens_details": {"reasoning_tokens": 0}}
ANSWERS = ["The capital of France is Paris.", "That is Rome."]


class Relay:
    """Hands each request on to the server, and keeps its bytes."""

    def __init__(self, target):
        self.bodies = []
        relay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                relay.bodies.append((self.path, body))
                headers = {name: self.headers[name] for name in ("Authorization", "Content-Type") if self.headers[name]}
                request = urllib.request.Request(target + self.path, data=body, headers=headers)
                try:
                    with urllib.request.urlopen(request, timeout=10) as answer:
                        status, text = answer.status, answer.read()
                except urllib.error.HTTPError as refusal:
                    status, text = refusal.code, refusal.read()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def fields(data):
    """The fields of a protobuf message: (number, bytes or integer)."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        kind = key & 7
        if kind == 0:
            yield key >> 3, varint()
            continue
        size = {1: 8, 5: 4}.get(kind) or varint()
        yield key >> 3, data[at:at + size]
        at += size


def spans_in(body):
    """{id: (name, parent's id, number of attributes)} of an ExportTraceServiceRequest."""
    found = {}
    for number, resource_spans in fields(body):
        assert number == 1, number
        for scope_spans in (value for n, value in fields(resource_spans) if n == 2):
            for span in (value for n, value in fields(scope_spans) if n == 2):
                parts = list(fields(span))
                one = dict(parts)
                found[one[2].hex()] = (one[5].decode(), one.get(4, b"").hex() or None, sum(n == 9 for n, _ in parts))
    return found


def write_clip(path):
    """Two utterances; the second begins when the first answer has been heard."""
    rate, _, samples = read_samples(CLIPS / "ten-of-clubs.wav")
    voice = samples[int(0.15 * rate):int(0.95 * rate)]
    clip = voice + [0] * int(3.6 * rate) + voice + [0] * int(0.2 * rate)
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, rate, 0, "NONE", ""))
        out.writeframes(array.array("h", clip).tobytes())


def converse(folder, mode):
    """The requests as OTLP's JSON, what the relay saw, what the server shows."""
    vendors = Vendors(["What is the capital of France?", "And of Italy?"],
                      [{"text": text, "usage": USAGE, "first_delay_ms": 100} for text in ANSWERS])
    write_clip(Path(folder) / "clip.wav")
    with Server(folder) as server:
        relay = Relay(server.url)
        (Path(folder) / ".env").write_text(DOTENV.format(host=relay.url, key=server.basic))
        done = run("repartee-tracing-page", "clip.wav", cwd=folder, HOSTNAME="golden-host", REPARTEE_TRACING_MODE=mode,
                   REPARTEE_TRACE_FILE="spans.jsonl", **{**vendors.environment, "ENABLE_TRACING": "true"})
        assert done.returncode == 0, done
        requests = [json.loads(line) for line in (Path(folder) / "spans.jsonl").read_text().splitlines()]
        traces = server.wait_for(server.traces, 5)
        assert len(traces) == 1, traces
        shown = {o["id"]: (o["name"], o["parentObservationId"]) for o in server.observations(traces[0]["id"])}
        return requests, relay.bodies, shown


def check(mode):
    with tempfile.TemporaryDirectory() as folder:
        requests, bodies, shown = converse(folder, mode)
    lines = list(judge.differences(GOLDEN, requests, mode == "extended"))
    assert not lines, "\n".join([mode, *lines])

    assert {path for path, _ in bodies} == {"/api/public/otel/v1/traces"}, bodies
    sent = {}
    for _, body in bodies:
        sent.update(spans_in(body))  # of a span that comes again, when it has ended, the last counts
    ended = judge.played(requests)[0]
    assert sent == {span.identity: (span.name, span.parent, len(span.attributes)) for span in ended}, (sent, ended)
    assert {identity: span[:2] for identity, span in sent.items()} == shown, (sent, shown)
    names = sorted(name for name, _, _ in sent.values())
    page = ["conversation", "llm_openaillmservice", "llm_openaillmservice", "stt_deepgramsttservice",
            "stt_deepgramsttservice", "tts_cartesiattsservice", "tts_cartesiattsservice", "turn-1", "turn-2"]
    assert names == (page if mode == "extended" else sorted(judge.wire_name(span) for span in ended)), names


def main():
    skip_without_local_models()
    for mode in ("pipecat", "extended"):
        check(mode)
        print("ok  ", mode)


if __name__ == "__main__":
    sys.exit(main())
