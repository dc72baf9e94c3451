#!/usr/bin/env python3
"""Phoenix and MLflow take the trace of a conversation with tools and show it by their own APIs: every span that was sent,
conversation and turns with what was said, tools as tools. Hundreds of MB of their packages: with --long only."""
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import environment

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "commands"))
from programs import skip_without_local_models  # noqa: E402
from test_examples import check_appointment_desk  # noqa: E402

STARTS_WITHIN_S = 120.0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Receiver:
    """A server of somebody else's, in a folder of its own."""

    def __init__(self, name, folder, arguments, health, **variables):
        self.python = environment.python_with(HERE / name / "requirements.txt")
        self.port = int(variables.pop("port"))
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = open(Path(folder) / f"{name}.log", "w+", encoding="utf-8")
        path = f"{Path(self.python).parent}:{os.environ['PATH']}"
        self.process = subprocess.Popen([str(self.python), "-m", *map(str, arguments)], cwd=folder, stdout=self.log,
                                        stderr=subprocess.STDOUT, env={**os.environ, "PATH": path, **variables},
                                        start_new_session=True)
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not self.answers(health):
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.log.seek(0)
                raise RuntimeError(f"{name} did not start: {self.log.read()[-3000:]}")
            time.sleep(0.2)

    def answers(self, path):
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=20) as answer:
            return json.load(answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, 15)
        self.process.wait(30)
        self.log.close()


def sent_spans(path):
    spans = [span for line in Path(path).read_text().splitlines() for resource in json.loads(line)["resourceSpans"]
             for scope in resource["scopeSpans"] for span in scope["spans"]]
    return {span["spanId"]: span for span in spans}


def text_of(span, key):
    return next((a["value"].get("stringValue") for a in span["attributes"] if a["key"] == key), None)


def converse(folder, endpoint, **more):
    """The sent spans by id, as the file beside the exporter has them."""
    file = Path(folder) / "sent.jsonl"
    check_appointment_desk(folder, ENABLE_TRACING="true", OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, REPARTEE_TRACE_FILE=str(file),
                           **more)
    return sent_spans(file)


def wait_for(read, count):
    """What `read` gives once it is so much."""
    deadline = time.monotonic() + 30
    while True:
        found = read()
        if len(found) >= count or time.monotonic() > deadline:
            return found
        time.sleep(0.3)


def check_tree(sent, shown):
    """`shown`: {id: (name, parent's id or None)}"""
    want = {identity: (span["name"], span.get("parentSpanId") or None) for identity, span in sent.items()}
    assert shown == want, (shown, want)


def check_phoenix(folder):
    port = free_port()
    with Receiver("phoenix", folder, ["phoenix.server.main", "serve"], "/healthz", port=port, PHOENIX_PORT=str(port),
                  PHOENIX_GRPC_PORT=str(free_port()), PHOENIX_WORKING_DIR=str(folder), PHOENIX_HOST="127.0.0.1") as phoenix:
        sent = converse(folder, phoenix.url)
        spans = wait_for(lambda: phoenix.get("/v1/projects/default/spans?limit=100")["data"], len(sent))
    check_tree(sent, {s["context"]["span_id"]: (s["name"], s["parent_id"]) for s in spans})
    kinds = {s["name"]: s["span_kind"] for s in spans}
    assert kinds["conversation"] == "AGENT" and kinds["turn-1"] == "CHAIN" and kinds["execute_tool book"] == "TOOL", kinds
    assert kinds["llm_openaillmservice"] == "LLM", kinds
    for span in spans:
        attributes = span["attributes"]
        for key in ("input.value", "output.value"):
            want = text_of(sent[span["context"]["span_id"]], key)
            if want is not None:
                assert attributes.get(key) == want, (span["name"], key, attributes)
    conversation = next(s for s in spans if s["name"] == "conversation")
    assert "my name is Ada" in conversation["attributes"]["input.value"], conversation
    assert "Goodbye" in conversation["attributes"]["output.value"], conversation


def check_mlflow(folder):
    port = free_port()
    arguments = ["mlflow", "server", "--host", "127.0.0.1", "--port", port, "--workers", "1", "--backend-store-uri",
                 f"sqlite:///{folder}/mlflow.db"]
    with Receiver("mlflow", folder, arguments, "/health", port=port, MLFLOW_DISABLE_TELEMETRY="true") as mlflow:
        # Its first request takes it long.
        sent = converse(folder, mlflow.url, OTEL_EXPORTER_OTLP_HEADERS="x-mlflow-experiment-id=0",
                        OTEL_EXPORTER_OTLP_TIMEOUT="60000", OTEL_BSP_SCHEDULE_DELAY="200")

        def read():
            done = subprocess.run([str(mlflow.python), HERE / "mlflow/read.py", mlflow.url], capture_output=True, text=True,
                                  timeout=120)
            assert done.returncode == 0, done.stderr[-3000:]
            return json.loads(done.stdout.splitlines()[-1])
        spans = wait_for(read, len(sent))
    check_tree(sent, {s["id"]: (s["name"], s["parent"]) for s in spans})
    types = {s["name"]: s["type"] for s in spans}
    assert types["execute_tool book"] == "TOOL", types
    by_name = {s["name"]: s for s in spans}
    assert "my name is Ada" in str(by_name["conversation"]["inputs"]), by_name["conversation"]
    assert "Goodbye" in str(by_name["conversation"]["outputs"]), by_name["conversation"]


def main():
    if "--long" not in sys.argv[1:]:
        print("only with --long")
        return 77
    skip_without_local_models()
    for check in (check_phoenix, check_mlflow):
        with tempfile.TemporaryDirectory() as folder:
            check(folder)
        print("ok  ", check.__name__, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
