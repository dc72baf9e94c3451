// What a user of plain OpenTelemetry for Java does: one span over each of its exporters. JSON it writes to a stream alone;
// the lines are sent as they are. Arguments: the addresses of OTLP over HTTP and over gRPC, and the base64 of public and
// secret key.
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.exporter.logging.otlp.internal.traces.OtlpStdoutSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.concurrent.TimeUnit;

public final class Client {
  public static void main(String[] args) throws Exception {
    String traces = args[0] + "/v1/traces";
    String key = "Basic " + args[2];
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    Map<String, SpanExporter> exporters = Map.of(
        "protobuf", OtlpHttpSpanExporter.builder().setEndpoint(traces).addHeader("authorization", key).setCompression("gzip").build(),
        "grpc", OtlpGrpcSpanExporter.builder().setEndpoint(args[1]).addHeader("authorization", key).setCompression("gzip").build(),
        "json", OtlpStdoutSpanExporter.builder().setOutput(written).setWrapperJsonObject(true).build());
    for (Map.Entry<String, SpanExporter> exporter : exporters.entrySet()) {
      writeSpan("over-" + exporter.getKey(), exporter.getValue());
    }
    HttpRequest request = HttpRequest.newBuilder(URI.create(traces)).header("content-type", "application/json")
        .header("authorization", key).POST(BodyPublishers.ofByteArray(written.toByteArray())).build();
    HttpResponse<String> answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
    if (answer.statusCode() != 200) throw new IllegalStateException(answer.statusCode() + " " + answer.body());
  }

  private static void writeSpan(String name, SpanExporter exporter) {
    Resource resource = Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), "plain-java"));
    SdkTracerProvider provider =
        SdkTracerProvider.builder().setResource(resource).addSpanProcessor(SimpleSpanProcessor.create(exporter)).build();
    Span span = provider.get("interop").spanBuilder(name).startSpan();
    span.setAttribute("gen_ai.request.model", "gpt-4o").setAttribute("session.id", "call-java");
    span.addEvent("thought", Attributes.of(AttributeKey.longKey("n"), 1L));
    span.end();
    provider.shutdown().join(10, TimeUnit.SECONDS);
  }
}
