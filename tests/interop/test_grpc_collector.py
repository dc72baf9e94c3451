#!/usr/bin/env python3
"""`repartee talk` sends its trace over gRPC to a collector of OpenTelemetry's own stubs: what arrives is what was sent,
after the waits that the collector asks for, under TLS with a client certificate, and to our own server."""
import base64
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import environment

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "commands"))
from programs import CLIPS, CONVERSATION_TREE, Server, run, skip_without_local_models  # noqa: E402

CLIP = CLIPS / "synthetic-capital-of-france.wav"


class Collector:
    def __init__(self, answers=(), tls=()):
        command = [environment.python_with(HERE / "grpc_collector" / "requirements.txt"),
                   HERE / "grpc_collector" / "collector.py", json.dumps(list(answers)), *tls]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def finish(self):
        out, _ = self.process.communicate(timeout=30)
        return [json.loads(line) for line in out.splitlines()]


def talk(folder, endpoint, **more):
    """The sent spans by id, as the file beside the exporter has them."""
    sent = Path(folder) / "sent.jsonl"
    sent.unlink(missing_ok=True)
    done = run("repartee", "talk", "--fast", "--json", "--in", CLIP, cwd=folder, OTEL_EXPORTER_OTLP_PROTOCOL="grpc",
               OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, REPARTEE_TRACE_FILE=str(sent), **more)
    assert done.returncode == 0, done.stderr
    return spans_of([json.loads(line) for line in sent.read_text().splitlines()], as_bytes=False), done


def spans_of(requests, as_bytes):
    found = {}
    for request in requests:
        for resource in request["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    found[identity(span["spanId"], as_bytes)] = {
                        "name": span["name"], "scope": scope["scope"]["name"], "resource": resource["resource"]["attributes"],
                        "trace": identity(span["traceId"], as_bytes), "parent": identity(span.get("parentSpanId", ""), as_bytes),
                        "times": (span["startTimeUnixNano"], span["endTimeUnixNano"]), "attributes": span.get("attributes", []),
                        "events": [(e["name"], e["timeUnixNano"], e.get("attributes", [])) for e in span.get("events", [])]}
    return found


def identity(text, as_bytes):
    """protobuf's JSON shows bytes in base64, OTLP's in hexadecimal."""
    return base64.b64decode(text).hex() if as_bytes else text.lower()


def check_waits_and_metadata(folder):
    collector = Collector([{"code": "UNAVAILABLE"}, {"code": "RESOURCE_EXHAUSTED", "retry_ms": 300}])
    sent, done = talk(folder, f"http://127.0.0.1:{collector.port}", OTEL_EXPORTER_OTLP_COMPRESSION="gzip",
                      OTEL_EXPORTER_OTLP_HEADERS="Authorization=Basic%20cGs6c2s=,x-team=a%2Cb", OTEL_BSP_SCHEDULE_DELAY="60000")
    calls = collector.finish()
    assert [call["answer"] is None for call in calls] == [False, False, True], calls
    assert calls[0]["request"] == calls[2]["request"]
    for name, value in (("authorization", "Basic cGs6c2s="), ("x-team", "a,b")):
        assert calls[2]["metadata"][name] == value, calls[2]["metadata"]
    assert calls[2]["metadata"]["user-agent"].startswith("repartee-otlp/"), calls[2]["metadata"]
    assert spans_of([calls[2]["request"]], as_bytes=True) == sent and len(sent) >= 5, (calls[2], sent)


def make_certificates(folder):
    """One self-signed pair that server and client both use and trust."""
    key, certificate = Path(folder) / "key.pem", Path(folder) / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return str(key), str(certificate)


def check_tls(folder):
    key, certificate = make_certificates(folder)
    trusted = {"OTEL_EXPORTER_OTLP_CERTIFICATE": certificate, "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": certificate,
               "OTEL_EXPORTER_OTLP_CLIENT_KEY": key}
    collector = Collector(tls=(certificate, key, certificate))
    sent, _ = talk(folder, f"https://localhost:{collector.port}", **trusted)
    assert spans_of([call["request"] for call in collector.finish()], as_bytes=True) == sent

    # Whom nobody vouches for gets nothing.
    collector = Collector(tls=(certificate, key, certificate))
    _, done = talk(folder, f"https://localhost:{collector.port}", OTEL_EXPORTER_OTLP_TIMEOUT="1500")
    assert collector.finish() == [] and "could not be delivered" in done.stderr, done.stderr


def check_our_server(folder):
    # Port 0 takes a free one; the line of JSON tells it.
    with Server(folder, "--otlp-grpc-port", "0") as server:
        talk(folder, f"http://127.0.0.1:{server.info['otlp_grpc_port']}",
             OTEL_EXPORTER_OTLP_HEADERS=f"Authorization=Basic%20{server.basic}")
        traces = server.wait_for(server.traces, 5)
        stored = server.tree(traces[0]["id"])
        assert stored == CONVERSATION_TREE, stored


def main():
    skip_without_local_models()
    for check in (check_waits_and_metadata, check_tls, check_our_server):
        with tempfile.TemporaryDirectory() as folder:
            check(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
