#!/usr/bin/env python3
"""Plain OpenTelemetry SDKs of Python, JavaScript, Go and Java, unchanged: a span over http/protobuf, http/json (which Go's
has not) and gRPC each, which the server's API gives back."""
import base64
import json
import os
import subprocess
import sys
import tempfile
import urllib.request

import compiled
import environment
import node
from sdk import HERE, Server

PROTOCOLS = {"python": ("json", "protobuf", "grpc"), "js": ("json", "protobuf", "grpc"), "go": ("protobuf", "grpc"),
             "java": ("json", "protobuf", "grpc")}


def commands():
    """How the program of each language is started."""
    interpreter = node.node()
    return {"python": [environment.python_with(HERE / "otel_python/requirements.txt"), HERE / "otel_python/client.py"],
            "js": [interpreter, node.folder_with_packages(interpreter) / "otel.mjs"],
            "go": [compiled.go_program(HERE / "otel_go")],
            "java": compiled.java_command(HERE / "otel_java")}


def run(command, addresses, basic):
    kept = {key: value for key, value in os.environ.items() if not key.startswith("OTEL_")}
    return subprocess.run([*command, *addresses, basic], env=kept, capture_output=True, text=True, timeout=120)


def check(server, language):
    spans = server.wait_for(
        lambda: (lambda found: found if len(found) == len(PROTOCOLS[language]) else None)(
            server.get(f"/api/public/v2/observations?sessionId=call-{language}&fields=core,basic,model,metadata")["data"]), 10)
    assert spans, server.get("/api/public/v2/observations")
    assert {span["name"] for span in spans} == {f"over-{protocol}" for protocol in PROTOCOLS[language]}, spans
    for span in spans:
        assert span["providedModelName"] == "gpt-4o", span
        assert f"plain-{language}" in str(span["metadata"]), span


def check_refusals(commands, addresses, server):
    """Whoever sends a wrong key is told so over each protocol, and the server says that it was."""
    for language in ("python", "go", "java"):  # JavaScript's SDK says nothing unless it is asked to
        done = run(commands[language], addresses, base64.b64encode(b"pk-lf-none:sk-lf-none").decode())
        assert "Invalid credentials" in done.stderr, (language, done)
    with urllib.request.urlopen(server.url + "/api/ui/ingest-health", timeout=10) as answer:
        refused = {refusal["path"]: refusal for refusal in json.load(answer)["refused"]}
    assert set(refused) == {"/v1/traces", "gRPC TraceService/Export"}, refused
    assert all(refusal["status"] == 401 for refusal in refused.values()), refused


def main():
    programs = commands()
    with tempfile.TemporaryDirectory() as folder, Server(folder, "--otlp-grpc-port", "0") as server:
        addresses = [f"http://127.0.0.1:{server.info['otlp_http_port']}", f"http://127.0.0.1:{server.info['otlp_grpc_port']}"]
        for language, program in programs.items():
            done = run(program, addresses, server.basic)
            assert done.returncode == 0 and not done.stderr, (language, done)
            check(server, language)
        health = server.get("/api/ui/ingest-health")
        assert health["requests"] == sum(map(len, PROTOCOLS.values())) and not health["refused"], health
        check_refusals(programs, addresses, server)
    return 0


if __name__ == "__main__":
    sys.exit(main())
