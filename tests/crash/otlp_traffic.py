"""Voice conversations as OTLP requests, made with the standard library alone: the protobuf
encoding by hand, HTTP by http.client. For the tests of this folder."""
import base64
import http.client
import json
import os
import random
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PUBLIC_KEY = "pk-lf-crash-test"
SECRET_KEY = "sk-lf-crash-test"
AUTHORIZATION = "Basic " + base64.b64encode(f"{PUBLIC_KEY}:{SECRET_KEY}".encode()).decode()


def default_binary():
    return os.environ.get("REPARTEE_BINARY", str(ROOT / "build" / "release" / "bin" / "repartee"))


# ---- protobuf ----

def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def fixed64(number, value):
    return varint(number << 3 | 1) + value.to_bytes(8, "little")


def attribute(key, value):
    if isinstance(value, bool):
        encoded = b"\x10" + varint(int(value))
    elif isinstance(value, int):
        encoded = b"\x18" + varint(value)
    elif isinstance(value, float):
        import struct
        encoded = b"\x21" + struct.pack("<d", value)
    else:
        encoded = field(1, value.encode())
    return field(1, key.encode()) + field(2, encoded)


def span(trace, span_id, parent, name, start, end, attributes, error=False):
    body = field(1, trace) + field(2, span_id) + (field(4, parent) if parent else b"") + field(5, name.encode())
    body += fixed64(7, start) + fixed64(8, end)
    for key, value in attributes.items():
        body += field(9, attribute(key, value))
    return body + field(15, b"\x18\x02" if error else b"")


def request(spans):
    """`spans`: list of (scope, span bytes)."""
    resource = field(1, field(1, attribute("service.name", "crash-test")))
    scopes = b""
    for scope in sorted({s for s, _ in spans}):
        scopes += field(2, field(1, field(1, scope.encode())) + b"".join(field(2, b) for s, b in spans if s == scope))
    return field(1, resource + scopes)


# ---- conversations ----

class Conversation:
    """Sends stt, llm, tts and then turn, turn by turn, and its root last, as Pipecat does."""

    def __init__(self, rng, start):
        self.rng = rng
        self.trace = rng.randbytes(16)
        self.root = rng.randbytes(8)
        self.start = self.now = start
        self.turns = rng.randint(1, 6)
        self.number = 0
        self.history = []
        self.done = False

    def next_spans(self):
        if self.number == self.turns:
            self.done = True
            attributes = {"conversation.id": self.trace.hex(), "conversation.type": "voice"}
            return [("pipecat.turn", self.root, span(self.trace, self.root, b"", "conversation", self.start, self.now, attributes))]
        self.number += 1
        rng, turn, out, begin = self.rng, self.rng.randbytes(8), [], self.now
        question = f"question {self.number} of {self.trace.hex()} and some words to make it longer"
        answer = f"answer {self.number} " + "word " * rng.randint(5, 30)
        self.history.append({"role": "user", "content": question})
        for kind, attributes in (
            ("stt", {"transcript": question, "is_final": True, "metrics.ttfb": rng.random()}),
            ("llm", {"input": json.dumps(self.history), "output": answer, "gen_ai.usage.input_tokens": rng.randint(1, 99),
                     "gen_ai.usage.output_tokens": rng.randint(1, 99), "metrics.ttfb": rng.random()}),
            ("tts", {"text": answer, "metrics.character_count": len(answer), "metrics.ttfb": rng.random()}),
        ):
            attributes["gen_ai.operation.name"] = "chat" if kind == "llm" else kind
            attributes["gen_ai.request.model"] = {"stt": "nova-3-general", "llm": "gpt-4.1", "tts": "sonic-3.6"}[kind]
            end = self.now + rng.randint(10, 3000) * 10**6
            identity = rng.randbytes(8)
            failed = rng.random() < 0.02
            out.append(("pipecat", identity, span(self.trace, identity, turn, kind, self.now, end, attributes, failed)))
            self.now = end
        self.history.append({"role": "assistant", "content": answer})
        attributes = {"turn.number": self.number, "turn.was_interrupted": rng.random() < 0.2,
                      "turn.user_bot_latency_seconds": rng.random() * 3}
        out.append(("pipecat.turn", turn, span(self.trace, turn, self.root, "turn", begin, self.now, attributes)))
        return out


# ---- the server ----

class Server:
    def __init__(self, binary, data):
        environment = dict(os.environ, LANGFUSE_INIT_ORG_ID="org", LANGFUSE_INIT_PROJECT_ID="project",
                           LANGFUSE_INIT_PROJECT_PUBLIC_KEY=PUBLIC_KEY, LANGFUSE_INIT_PROJECT_SECRET_KEY=SECRET_KEY)
        self.process = subprocess.Popen([binary, "serve", "--port", "0", "--otlp-http-port", "0", "--data", data, "--json"],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the server did not start: " + self.process.stderr.read())
        self.port = json.loads(line)["port"]
        self.otlp_port = json.loads(line)["otlp_http_port"]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=30)


def post(connection, body, path="/api/public/otel/v1/traces"):
    headers = {"Authorization": AUTHORIZATION, "Content-Type": "application/x-protobuf"}
    connection.request("POST", path, body, headers)
    response = connection.getresponse()
    response.read()
    return response.status


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"Authorization": AUTHORIZATION})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def wait_until(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(what)
        time.sleep(0.05)
