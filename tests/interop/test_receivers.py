#!/usr/bin/env python3
"""Phoenix, MLflow and Jaeger take the trace of a conversation with tools and show it by their own APIs: what arrives is
what was sent, span for span; conversation and turns show what was said, tools are tools, tokens are counted once.
Hundreds of MB of their packages, and a big build: with --long only."""
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
from compiled import published_go_program

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

    def __init__(self, folder, command, health, port, **variables):
        self.url = f"http://127.0.0.1:{port}"
        self.log = open(Path(folder) / "receiver.log", "w+", encoding="utf-8")
        path = f"{Path(command[0]).parent}:{os.environ['PATH']}"
        self.process = subprocess.Popen([*map(str, command)], cwd=folder, stdout=self.log, stderr=subprocess.STDOUT,
                                        env={**os.environ, "PATH": path, **variables}, start_new_session=True)
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not self.answers(health):
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.log.seek(0)
                raise RuntimeError(f"{command[0]} did not start: {self.log.read()[-3000:]}")
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

    def post(self, path, body):
        request = urllib.request.Request(self.url + path, data=json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, 15)
        self.process.wait(30)
        self.log.close()


def sent_spans(path):
    """{id: span}, each with the attributes of its resource."""
    return {span["spanId"]: {**span, "resource": values_of(resource["resource"]), "scope": scope["scope"]["name"]}
            for line in Path(path).read_text().splitlines() for resource in json.loads(line)["resourceSpans"]
            for scope in resource["scopeSpans"] for span in scope["spans"]}


def values_of(of):
    """{key: value} of the attributes that are texts, numbers or truth values."""
    read = {"stringValue": str, "intValue": int, "doubleValue": float, "boolValue": bool}
    values = {}
    for attribute in of.get("attributes", []):
        for kind, value in attribute["value"].items():
            if kind in read:
                values[attribute["key"]] = read[kind](value)
    return values


def converse(folder, endpoint, **more):
    """The sent spans by id, as the file beside the exporter has them."""
    file = Path(folder) / "sent.jsonl"
    check_appointment_desk(folder, ENABLE_TRACING="true", OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, REPARTEE_TRACE_FILE=str(file),
                           **more)
    return sent_spans(file)


def tokens_of(sent):
    """What the calls of the model used: (input, output)."""
    used = [values_of(span) for span in sent.values()]
    used = [(v["gen_ai.usage.input_tokens"], v["gen_ai.usage.output_tokens"]) for v in used if "gen_ai.usage.input_tokens" in v]
    assert len(used) == 3, used
    return tuple(map(sum, zip(*used)))


def said_in(sent):
    """{id: (input, output)} of the conversation and its turns."""
    said = {identity: (values_of(span).get("input.value"), values_of(span).get("output.value"))
            for identity, span in sent.items() if span["name"] == "conversation" or span["name"].startswith("turn-")}
    assert any(all(both) for both in said.values()), said
    return said


def tools_of(sent):
    tools = {identity: values_of(span) for identity, span in sent.items() if span["name"].startswith("execute_tool ")}
    assert {v["gen_ai.tool.name"] for v in tools.values()} == {"free_hours", "book", "end_conversation"}, tools
    return tools


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


def differing(sent, shown):
    """Lines for what is not shown as it was sent: attributes by key."""
    return [f"{key}: {value!r} was sent and {shown.get(key)!r} is shown" for key, value in sent.items()
            if shown.get(key) != value]


def unpacked(values):
    """With texts that hold JSON as what they hold."""
    def holds_json(value):
        return isinstance(value, str) and value[:1] in ("[", "{", '"')
    return {key: json.loads(value) if holds_json(value) else value for key, value in values.items()}


PHOENIX_USAGE = "{projects{edges{node{name tokenCountPrompt tokenCountCompletion tokenCountTotal}}}}"


def check_phoenix(folder):
    port = free_port()
    python = environment.python_with(HERE / "phoenix" / "requirements.txt")
    with Receiver(folder, [python, "-m", "phoenix.server.main", "serve"], "/healthz", port, PHOENIX_PORT=str(port),
                  PHOENIX_GRPC_PORT=str(free_port()), PHOENIX_WORKING_DIR=str(folder), PHOENIX_HOST="127.0.0.1") as phoenix:
        sent = converse(folder, phoenix.url)
        spans = wait_for(lambda: phoenix.get("/v1/projects/default/spans?limit=100")["data"], len(sent))
        projects = phoenix.post("/graphql", {"query": PHOENIX_USAGE})["data"]["projects"]["edges"]
    check_tree(sent, {s["context"]["span_id"]: (s["name"], s["parent_id"]) for s in spans})
    by_id = {s["context"]["span_id"]: s for s in spans}
    kinds = {s["name"]: s["span_kind"] for s in spans}
    assert kinds["conversation"] == "AGENT" and kinds["turn-1"] == "CHAIN" and kinds["llm_openaillmservice"] == "LLM", kinds
    for identity, span in sent.items():
        shown = {**by_id[identity]["attributes"], "openinference.span.kind": by_id[identity]["span_kind"]}
        assert not differing(values_of(span), shown), (span["name"], differing(values_of(span), shown))
    for identity, (said, answered) in said_in(sent).items():
        shown = by_id[identity]["attributes"]
        assert (shown.get("input.value"), shown.get("output.value")) == (said, answered), by_id[identity]
    for identity, tool in tools_of(sent).items():
        shown = by_id[identity]
        assert shown["span_kind"] == "TOOL", shown
        assert shown["attributes"]["input.value"] == tool["gen_ai.tool.call.arguments"], shown
    conversation = next(s for s in spans if s["name"] == "conversation")
    assert "my name is Ada" in conversation["attributes"]["input.value"], conversation
    assert "Goodbye" in conversation["attributes"]["output.value"], conversation
    counted = next(e["node"] for e in projects if e["node"]["name"] == "default")
    prompt, completion = tokens_of(sent)
    assert (counted["tokenCountPrompt"], counted["tokenCountCompletion"]) == (prompt, completion), (counted, prompt, completion)
    assert counted["tokenCountTotal"] == prompt + completion, counted


def check_mlflow(folder):
    port = free_port()
    python = environment.python_with(HERE / "mlflow" / "requirements.txt")
    command = [python, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", port, "--workers", "1",
               "--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
    with Receiver(folder, command, "/health", port, MLFLOW_DISABLE_TELEMETRY="true") as mlflow:
        # Its first request takes it long.
        sent = converse(folder, mlflow.url, OTEL_EXPORTER_OTLP_HEADERS="x-mlflow-experiment-id=0",
                        OTEL_EXPORTER_OTLP_TIMEOUT="60000", OTEL_BSP_SCHEDULE_DELAY="200")

        def read():
            done = subprocess.run([str(python), HERE / "mlflow/read.py", mlflow.url], capture_output=True, text=True,
                                  timeout=120)
            assert done.returncode == 0, done.stderr[-3000:]
            return json.loads(done.stdout.splitlines()[-1])
        spans = wait_for(read, len(sent))
    check_tree(sent, {s["id"]: (s["name"], s["parent"]) for s in spans})
    by_id = {s["id"]: s for s in spans}
    for identity, span in sent.items():
        shown = by_id[identity]
        assert shown["times"] == [int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])], (span["name"], shown)
        wrong = differing(unpacked(values_of(span)), unpacked(shown["attributes"]))  # MLflow unpacks some
        assert not wrong, (span["name"], wrong)
    for identity, (said, answered) in said_in(sent).items():
        shown = by_id[identity]
        assert unpacked({"in": shown["inputs"], "out": shown["outputs"]}) == unpacked({"in": said, "out": answered}), shown
    for identity in tools_of(sent):
        shown = by_id[identity]
        assert shown["type"] == "TOOL" and shown["inputs"] is not None and shown["outputs"] is not None, shown
    conversation = next(s for s in spans if s["name"] == "conversation")
    assert "my name is Ada" in str(conversation["inputs"]) and "Goodbye" in str(conversation["outputs"]), conversation
    prompt, completion = tokens_of(sent)
    counted = json.loads(conversation["usage"])
    assert (counted["input_tokens"], counted["output_tokens"], counted["total_tokens"]) == (
        prompt, completion, prompt + completion), (counted, prompt, completion)


def check_jaeger(folder, over_grpc):
    ports = {name: free_port() for name in ("collector.otlp.http", "collector.otlp.grpc", "collector.http-server",
                                            "collector.grpc-server", "query.http-server", "query.grpc-server", "admin.http")}
    command = [published_go_program(HERE / "jaeger"), *(f"--{name}.host-port=127.0.0.1:{port}" for name, port in ports.items())]
    with Receiver(folder, command, "/api/services", ports["query.http-server"]) as jaeger:
        way = "grpc" if over_grpc else "http"
        sent = converse(folder, f"http://127.0.0.1:{ports['collector.otlp.' + way]}",
                        OTEL_EXPORTER_OTLP_PROTOCOL="grpc" if over_grpc else "http/protobuf")
        service = next(iter(sent.values()))["resource"]["service.name"]
        found = wait_for(lambda: [(span, trace["processes"][span["processID"]])
                                  for trace in jaeger.get(f"/api/traces?service={service}")["data"]
                                  for span in trace["spans"]], len(sent))
    check_tree(sent, {s["spanID"]: (s["operationName"], next((r["spanID"] for r in s["references"]), None)) for s, _ in found})
    for shown, process in found:
        span = sent[shown["spanID"]]
        start, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
        assert (shown["traceID"], shown["startTime"]) == (span["traceId"], start // 1000), (span, shown)
        assert shown["duration"] == (end - start) // 1000, (span, shown)
        wrong = differing({**values_of(span), "otel.scope.name": span["scope"]}, tags_of(shown["tags"]))
        assert not wrong, (span["name"], wrong)
        assert process["serviceName"] == service, process
        resource = {key: value for key, value in span["resource"].items() if key != "service.name"}
        assert not differing(resource, tags_of(process["tags"])), differing(resource, tags_of(process["tags"]))
        events = [(int(e["timeUnixNano"]) // 1000, {"event": e["name"], **values_of(e)}) for e in span.get("events", [])]
        assert [(log["timestamp"], tags_of(log["fields"])) for log in shown["logs"]] == events, (shown["logs"], events)


def tags_of(tags):
    return {tag["key"]: tag["value"] for tag in tags}


def check_jaeger_over_http(folder):
    check_jaeger(folder, over_grpc=False)


def check_jaeger_over_grpc(folder):
    check_jaeger(folder, over_grpc=True)


def main():
    if "--long" not in sys.argv[1:]:
        print("only with --long")
        return 77
    skip_without_local_models()
    for check in (check_phoenix, check_mlflow, check_jaeger_over_http, check_jaeger_over_grpc):
        with tempfile.TemporaryDirectory() as folder:
            check(folder)
        print("ok  ", check.__name__, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
