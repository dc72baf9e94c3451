"""Requests that are broken in one way each, at every port that takes traces: the answer has the right code, in the
encoding of the request, the server goes on, and nothing of them is stored. Arguments: the ports of the API, of OTLP over
HTTP and over gRPC, public and secret key."""
import base64
import gzip
import http.client
import json
import sys

import grpc
from google.rpc import status_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

API, OTLP, GRPC = (int(port) for port in sys.argv[1:4])
KEY = "Basic " + base64.b64encode(":".join(sys.argv[4:]).encode()).decode()
WRONG_KEY = "Basic " + base64.b64encode(b"pk:another").decode()
PATHS = {API: "/api/public/otel/v1/traces", OTLP: "/v1/traces"}
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
MOST_BYTES = 64 << 20
RPC_CODES = {400: 3, 401: 16, 413: 8, 415: 3}


def request(name=b"span", value=b"", trace=b"T" * 16, span=b"S" * 8):
    """One span's request, from bytes: a library would mend what is to be broken."""
    def field(number, content):
        size, length = len(content), b""
        while size >= 0x80:
            length += bytes([size & 0x7F | 0x80])
            size >>= 7
        return bytes([number << 3 | 2]) + length + bytes([size]) + content

    attribute = field(9, field(1, b"k") + field(2, value)) if value else b""
    return field(1, field(2, field(2, field(1, trace) + field(2, span) + field(5, name) + attribute)))


def nested(depth):
    """An AnyValue in as many arrays."""
    value = trace_service_pb2.ExportTraceServiceRequest().resource_spans.add().resource.attributes.add().value
    value.int_value = 1
    for _ in range(depth):
        outer = type(value)()
        outer.array_value.values.add().CopyFrom(value)
        value = outer
    return value.SerializeToString()


# What is wrong, the body, headers, and the codes at the three ports; None where it cannot be said there.
BROKEN = [
    ("garbage", b"\xff" * 200, {}, 400, 400, "INVALID_ARGUMENT"),
    ("truncated", request()[:-3], {}, 400, 400, "INVALID_ARGUMENT"),
    ("nothing at all", b"", {}, 200, 200, "OK"),
    ("no gzip", b"notgzip", {"Content-Encoding": "gzip"}, 400, 400, None),
    ("half of a gzip", gzip.compress(request())[:-9], {"Content-Encoding": "gzip"}, 400, 400, None),
    ("no deflate", b"notdeflate", {"Content-Encoding": "deflate"}, 400, 400, None),
    ("another type", b"<x/>", {"Content-Type": "text/xml"}, 400, 415, None),
    ("no spans, in JSON", b'{"resourceSpans":[]}', {"Content-Type": "application/json"}, 200, 200, None),
    ("broken JSON", b'{"resourceSpans":[', {"Content-Type": "application/json"}, 400, 400, None),
    ("ids of two bytes", request(trace=b"ab", span=b"cd"), {}, 200, 200, "OK"),
    ("values in values", request(value=nested(101)), {}, 400, 400, "INVALID_ARGUMENT"),
    ("a gzip bomb", gzip.compress(bytes(MOST_BYTES + 1)), {"Content-Encoding": "gzip"}, 413, 413, None),
    ("a wrong key", request(), {"Authorization": WRONG_KEY}, 401, 401, "UNAUTHENTICATED"),
]


def post(port, body, **headers):
    """Status, content type and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    sent = {"Content-Type": "application/x-protobuf", "Authorization": KEY, **headers}
    connection.request("POST", PATHS[port], body, sent)
    answer = connection.getresponse()
    found = answer.status, answer.getheader("Content-Type"), answer.read()
    connection.close()
    return found


def announce(port, length):
    """The status for a body of that length, of which nothing is sent."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest("POST", PATHS[port])
    for name, value in {"Content-Type": "application/x-protobuf", "Authorization": KEY, "Content-Length": str(length)}.items():
        connection.putheader(name, value)
    connection.endheaders()
    found = connection.getresponse().status
    connection.close()
    return found


def export(body, key=KEY, compression=grpc.Compression.NoCompression):
    """The code's name, and how many spans were rejected."""
    with grpc.insecure_channel(f"127.0.0.1:{GRPC}") as channel:
        call = channel.unary_unary(EXPORT, request_serializer=bytes,
                                   response_deserializer=trace_service_pb2.ExportTraceServiceResponse.FromString)
        try:
            answer = call(body, timeout=60, metadata=[("authorization", key)], compression=compression)
            return "OK", answer.partial_success.rejected_spans
        except grpc.RpcError as error:
            assert error.details(), "no reason is given"
            return error.code().name, 0


def get(path):
    connection = http.client.HTTPConnection("127.0.0.1", API, timeout=30)
    connection.request("GET", path, headers={"Authorization": KEY})
    answer = connection.getresponse()
    assert answer.status == 200, (path, answer.status)
    return json.load(answer)


def check_reason(port, status, kind, body, headers, what):
    """A refusal says why: as google.rpc.Status in plain OTLP, in the words of Langfuse's API else."""
    if port == API:
        told = json.loads(body)
        assert told.get("message") or told.get("error"), (what, body)
        return
    if headers.get("Content-Type") == "application/json":
        told = json.loads(body)
        code, message = told["code"], told["message"]
    else:
        assert kind == "application/x-protobuf", (what, kind)
        told = status_pb2.Status.FromString(body)
        code, message = told.code, told.message
    assert message and code == RPC_CODES[status], (what, code, message)


def check_one(what, body, headers, api, otlp, rpc):
    for port, wanted in ((API, api), (OTLP, otlp)):
        status, kind, answer = post(port, body, **headers)
        assert status == wanted, f"{what}, port {port}: {status}, not {wanted}: {answer[:200]}"
        if status != 200:
            check_reason(port, status, kind, answer, headers, what)
    if rpc:
        code, rejected = export(body, headers.get("Authorization", KEY))
        assert code == rpc, f"{what}, gRPC: {code}, not {rpc}"
        assert rejected == (what == "ids of two bytes"), (what, rejected)
    assert get("/api/public/health")["status"] == "OK", what


def check_rejected_alone():
    """A span that cannot be taken is counted, and its neighbours are not touched by it."""
    status, _, body = post(OTLP, request(trace=b"ab"))
    told = trace_service_pb2.ExportTraceServiceResponse.FromString(body).partial_success
    assert status == 200 and told.rejected_spans == 1 and told.error_message, told


def check_too_large():
    for port in PATHS:
        assert announce(port, MOST_BYTES + 1) == 413, port
    large = bytes(MOST_BYTES + 1)
    for compression in (grpc.Compression.NoCompression, grpc.Compression.Gzip):
        code, _ = export(large, compression=compression)
        assert code == "RESOURCE_EXHAUSTED", (compression, code)


def check_mended():
    """Text that is no UTF-8 is shown with a mark in its place."""
    for number, send in enumerate((lambda body: post(API, body)[0] == 200, lambda body: post(OTLP, body)[0] == 200,
                                   lambda body: export(body)[0] == "OK")):
        assert send(request(name=b"caf\xe9", value=b"\x0a\x01\xff", trace=bytes([number + 1]) * 16)), number
    names = [trace["name"] for trace in get("/api/public/traces")["data"]]
    assert names == ["caf\ufffd"] * 3, names


def main():
    for broken in BROKEN:
        check_one(*broken)
    check_rejected_alone()
    check_too_large()
    stored = get("/api/public/traces")["meta"]["totalItems"], get("/api/public/observations")["meta"]["totalItems"]
    assert stored == (0, 0), f"of what was refused {stored} are stored"
    check_mended()


main()
