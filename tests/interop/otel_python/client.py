"""What a user of plain OpenTelemetry for Python does: one span over each of its exporters. Arguments: the addresses of
OTLP over HTTP and over gRPC, and the base64 of public and secret key."""
import sys

from opentelemetry.exporter.otlp.json.http.trace_exporter import OTLPSpanExporter as JsonExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as ProtobufExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

http, grpc, basic = sys.argv[1:]
headers = {"authorization": f"Basic {basic}"}
exporters = {
    "json": JsonExporter(endpoint=f"{http}/v1/traces", headers=headers),
    "protobuf": ProtobufExporter(endpoint=f"{http}/v1/traces", headers=headers, compression=Compression.Gzip),
    "grpc": GrpcExporter(endpoint=grpc, headers=headers, insecure=True),
}
for name, exporter in exporters.items():
    provider = TracerProvider(resource=Resource({"service.name": "plain-python"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("interop").start_as_current_span(f"over-{name}") as span:
        span.set_attributes({"gen_ai.request.model": "gpt-4o", "session.id": "call-python"})
        span.add_event("thought", {"n": 1})
    provider.shutdown()
