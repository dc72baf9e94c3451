#!/usr/bin/env python3
"""The tracing page's program on the page's services, DeepgramSTTService, OpenAILLMService and CartesiaTTSService, against
our scripted vendors, with the page's .env: its trace is the recorded one (golden two_turns_end) but for times, in Pipecat's
mode and, with what that mode adds, in extended mode. A recording collector takes the program's requests and hands the very
bytes on to our server: each field of each span in them is what the program's file exporter wrote and what the server
shows. (That the server keeps those bytes as they are: StoreTest.GivesBodiesBackByteForByte.)"""
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
from otlp import spans_in, spans_written
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
    """The recording collector: keeps the bytes of each request and hands them on to the server."""

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


def as_shown(span):
    """As the server's dashboard is told of it: microseconds, twelve decimals, and pairs as lists."""
    def shown(value):
        return float(f"{value:.12f}") if isinstance(value, float) else value

    def lists(pairs):
        return [[key, shown(value)] for key, value in pairs]

    def ms(ns):
        return ns // 1000 / 1000
    return {"name": span["name"], "parent": span["parent"], "start": ms(span["start"]), "end": ms(span["end"]),
            "scope": span["scope"], "resource": lists(span["resource"]), "attributes": lists(span["attributes"]),
            "events": [[name, ms(time), lists(attributes)] for name, time, attributes in span["events"]]}


def shown_by(server, trace_id, span_id):
    detail = server.get(f"/api/ui/conversations/{trace_id}/spans/{span_id}")
    span = detail["span"]
    return {**{key: span[key] for key in ("name", "parent", "start", "end")}, "scope": detail["scope"]["name"],
            "resource": detail["resource"], "attributes": detail["attributes"],
            "events": [[e["name"], e["time"], e["attributes"]] for e in detail["events"]]}


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
        shown = {o["id"]: shown_by(server, traces[0]["id"], o["id"]) for o in server.observations(traces[0]["id"])}
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
    assert sent == spans_written(requests), (sent, requests)
    assert set(sent) == set(shown), (sent, shown)
    for identity, span in sent.items():
        wrong = {key: (value, shown[identity][key]) for key, value in as_shown(span).items() if shown[identity][key] != value}
        assert not wrong, (span["name"], wrong)
    ended = judge.played(requests)[0]
    names = sorted(span["name"] for span in sent.values())
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
