#!/usr/bin/env python3
"""Plain OpenTelemetry SDKs of Python and JavaScript, unchanged: a span over http/protobuf, http/json and gRPC each,
which the server's API gives back."""
import base64
import json
import subprocess
import sys
import tempfile
import urllib.request

import environment
import node
from sdk import HERE, Server

PROTOCOLS = ("json", "protobuf", "grpc")


def check(server, session, service):
    spans = server.wait_for(
        lambda: (lambda found: found if len(found) == 3 else None)(
            server.get(f"/api/public/v2/observations?sessionId={session}&fields=core,basic,model,metadata")["data"]), 10)
    assert spans, server.get("/api/public/v2/observations")
    assert {span["name"] for span in spans} == {f"over-{protocol}" for protocol in PROTOCOLS}, spans
    for span in spans:
        assert span["providedModelName"] == "gpt-4o", span
        assert service in str(span["metadata"]), span


def check_refusals(command, server):
    """Whoever sends a wrong key is told so over each protocol, and the server says that it was."""
    done = subprocess.run([*command, base64.b64encode(b"pk-lf-none:sk-lf-none").decode()], capture_output=True, text=True,
                          timeout=120)
    assert "Invalid credentials" in done.stderr, done
    with urllib.request.urlopen(server.url + "/api/ui/ingest-health", timeout=10) as answer:
        refused = {refusal["path"]: refusal for refusal in json.load(answer)["refused"]}
    assert set(refused) == {"/v1/traces", "gRPC TraceService/Export"}, refused
    assert all(refusal["status"] == 401 for refusal in refused.values()), refused


def main():
    python = environment.python_with(HERE / "otel_python/requirements.txt")
    interpreter = node.node()
    packages = node.folder_with_packages(interpreter)
    with tempfile.TemporaryDirectory() as folder, Server(folder, "--otlp-grpc-port", "0") as server:
        addresses = [f"http://127.0.0.1:{server.info['otlp_http_port']}", f"http://127.0.0.1:{server.info['otlp_grpc_port']}",
                     server.basic]
        for program in ([python, HERE / "otel_python/client.py"], [interpreter, packages / "otel.mjs"]):
            done = subprocess.run([*program, *addresses], cwd=packages, capture_output=True, text=True, timeout=120)
            assert done.returncode == 0 and not done.stderr, (program, done)
        check(server, "call-python", "plain-python")
        check(server, "call-js", "plain-js")
        health = server.get("/api/ui/ingest-health")
        assert health["requests"] == 6 and not health["refused"], health
        check_refusals([python, HERE / "otel_python/client.py", *addresses[:2]], server)
    return 0


if __name__ == "__main__":
    sys.exit(main())
