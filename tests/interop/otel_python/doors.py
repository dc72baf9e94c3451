"""Who may come in at which port of the trace server: with and without a key, as a foreign page would ask, and as a page
with the public key alone. Arguments: the ports of the API, of OTLP over HTTP and over gRPC, public and secret key."""
import base64
import http.client
import json
import sys

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

API, OTLP, GRPC = (int(port) for port in sys.argv[1:4])
PUBLIC, SECRET = sys.argv[4:]
KEY = "Basic " + base64.b64encode(f"{PUBLIC}:{SECRET}".encode()).decode()
WRONG_KEY = "Basic " + base64.b64encode(f"{PUBLIC}:another".encode()).decode()
FOREIGN = ({"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"})
PAGE = {"Host": "traces.example", "Origin": "https://app.example"}
BATCH = json.dumps({"batch": []})
SPANS = json.dumps({"resourceSpans": []})
SCORE = json.dumps({"name": "feedback", "value": 1, "traceId": "0" * 31 + "1"})


def ask(port, method, path, body="", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body, {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def status(*request, **headers):
    return ask(*request, **headers).status


def expect(wanted, found, what):
    assert wanted == found, f"{what}: {found}, not {wanted}"


def check_api():
    """Nothing without a key, whoever asks; everything with one, from any page."""
    for request in (("GET", "/api/public/traces"), ("GET", "/api/public/v2/observations"), ("DELETE", "/api/public/traces"),
                    ("POST", "/api/public/otel/v1/traces", SPANS), ("POST", "/api/public/ingestion", BATCH),
                    ("POST", "/api/public/scores", SCORE), ("POST", "/api/public/media", "{}"), ("GET", "/api/public/media/x")):
        for headers in ({}, PAGE, *FOREIGN):
            expect(401, status(API, *request, **headers), (request, headers))
            expect(401, status(API, *request, **headers, Authorization=WRONG_KEY), (request, headers, "wrong key"))
    for request, wanted in ((("GET", "/api/public/traces"), 200), (("POST", "/api/public/otel/v1/traces", SPANS), 200),
                            (("POST", "/api/public/ingestion", BATCH), 207)):
        for headers in ({}, PAGE, *FOREIGN):
            answer = ask(API, *request, **headers, Authorization=KEY)
            expect(wanted, answer.status, (request, headers))
            expect(headers.get("Origin"), answer.getheader("Access-Control-Allow-Origin"), (request, headers))
            expect(None, answer.getheader("Access-Control-Allow-Credentials"), (request, headers))


def check_feedback():
    """A page may bring scores with the public key, and nothing else."""
    bearer = {**PAGE, "Authorization": f"Bearer {PUBLIC}"}
    asked = {**PAGE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    preflight = ask(API, "OPTIONS", "/api/public/scores", **asked)
    expect((204, PAGE["Origin"]), (preflight.status, preflight.getheader("Access-Control-Allow-Origin")), "preflight")
    expect(200, status(API, "POST", "/api/public/scores", SCORE, **bearer), "feedback")
    for request in (("GET", "/api/public/traces"), ("GET", "/api/public/v2/scores"), ("DELETE", "/api/public/scores/x")):
        expect(403, status(API, *request, **bearer), request)
    refused = status(API, "POST", "/api/public/otel/v1/traces", SPANS, **bearer)
    assert refused in (401, 403), refused
    expect(401, status(API, "POST", "/api/public/scores", SCORE, **PAGE, Authorization="Bearer pk-none"), "unknown public key")


def check_dashboard():
    """Without a key for this machine's own pages alone."""
    for path in ("/", "/conversations", "/api/ui/session", "/api/ui/conversations", "/api/ui/events", "/metrics"):
        for headers in FOREIGN:
            expect(403, status(API, "GET", path, **headers), (path, headers))
    for path in ("/api/ui/session", "/api/ui/conversations"):
        expect(200, status(API, "GET", path), path)
        expect(200, status(API, "GET", path, **PAGE, Authorization=KEY), path)
        expect(401, status(API, "GET", path, Authorization=WRONG_KEY), path)


def check_otlp():
    """Without a key from this machine's own programs alone."""
    for path, body, fine in (("/v1/traces", SPANS, 200), ("/api/public/media", "{}", 400)):
        expect(fine, status(OTLP, "POST", path, body), path)
        for headers in FOREIGN:
            expect(403, status(OTLP, "POST", path, body, **headers), (path, headers))
        expect(fine, status(OTLP, "POST", path, body, **PAGE, Authorization=KEY), path)
        expect(401, status(OTLP, "POST", path, body, Authorization=WRONG_KEY), path)
    for headers in FOREIGN:
        expect(403, status(OTLP, "GET", "/api/repartee/info", **headers), headers)
    expect(404, status(OTLP, "GET", "/api/public/traces", Authorization=KEY), "reading is for the other port")


def export(authority=None, key=None):
    options = [("grpc.default_authority", authority)] if authority else []
    with grpc.insecure_channel(f"127.0.0.1:{GRPC}", options) as channel:
        stub = trace_service_pb2_grpc.TraceServiceStub(channel)
        try:
            stub.Export(trace_service_pb2.ExportTraceServiceRequest(), timeout=10, metadata=[("authorization", key)] if key else [])
            return "OK"
        except grpc.RpcError as error:
            return error.code().name


def check_grpc():
    expect("OK", export(), "from this machine")
    expect("PERMISSION_DENIED", export("evil.example"), "a foreign name")
    expect("OK", export("traces.example", KEY), "with a key")
    expect("UNAUTHENTICATED", export(key=WRONG_KEY), "with a wrong key")


for check in (check_api, check_feedback, check_dashboard, check_otlp, check_grpc):
    check()
