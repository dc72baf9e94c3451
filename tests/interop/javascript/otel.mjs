// What a user of plain OpenTelemetry for Node does: one span over each of its exporters. Arguments: the addresses of
// OTLP over HTTP and over gRPC, and the base64 of public and secret key.
import { Metadata, credentials } from "@grpc/grpc-js";
import { OTLPTraceExporter as GrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";

const [http, grpc, basic] = process.argv.slice(2);
const headers = { authorization: `Basic ${basic}` };
const metadata = new Metadata();
metadata.set("authorization", headers.authorization);
const exporters = {
  json: new JsonExporter({ url: `${http}/v1/traces`, headers }),
  protobuf: new ProtobufExporter({ url: `${http}/v1/traces`, headers, compression: "gzip" }),
  grpc: new GrpcExporter({ url: grpc, credentials: credentials.createInsecure(), metadata }),
};

for (const [name, exporter] of Object.entries(exporters)) {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": "plain-js" }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const span = provider.getTracer("interop").startSpan(`over-${name}`);
  span.setAttribute("gen_ai.request.model", "gpt-4o").setAttribute("session.id", "call-js").addEvent("thought", { n: 1 });
  span.end();
  await provider.forceFlush();
  await provider.shutdown();
}
