"""A collector of OTLP over gRPC made of OpenTelemetry's own generated stubs. Prints its port, answers its calls as the
JSON in its first argument says (a code and perhaps milliseconds to wait each, then OK), and prints each call as a line
of JSON: its metadata, its encoding, its spans. Ends with its standard input.

  collector.py ANSWERS [SERVER_CERTIFICATE SERVER_KEY CLIENT_CA]
"""
import json
import sys
import threading
from concurrent import futures

import grpc
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def retry_info(milliseconds):
    """A google.rpc.Status with a RetryInfo in its details."""
    delay = b"\x08" + varint(milliseconds // 1000) + b"\x10" + varint(milliseconds % 1000 * 1_000_000)
    return field(3, field(1, b"type.googleapis.com/google.rpc.RetryInfo") + field(2, field(1, delay)))


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self, answers):
        self.answers = answers
        self.lock = threading.Lock()

    def Export(self, request, context):
        metadata = dict(context.invocation_metadata())
        with self.lock:
            answer = self.answers.pop(0) if self.answers else None
            print(json.dumps({"metadata": metadata, "answer": answer, "request": json_format.MessageToDict(request)}), flush=True)
        if answer:
            if "retry_ms" in answer:
                context.set_trailing_metadata((("grpc-status-details-bin", retry_info(answer["retry_ms"])),))
            context.abort(grpc.StatusCode[answer["code"]], "as it was told")
        return trace_service_pb2.ExportTraceServiceResponse()


def main():
    server = grpc.server(futures.ThreadPoolExecutor(4))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Collector(json.loads(sys.argv[1])), server)
    if len(sys.argv) > 2:
        certificate, key, ca = (open(path, "rb").read() for path in sys.argv[2:5])
        port = server.add_secure_port("localhost:0", grpc.ssl_server_credentials([(key, certificate)], ca, True))
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    sys.stdin.read()
    server.stop(1).wait()


main()
