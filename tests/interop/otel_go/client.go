// What a user of plain OpenTelemetry for Go does: one span over each of its exporters; JSON it has none. Arguments: the
// addresses of OTLP over HTTP and over gRPC, and the base64 of public and secret key.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	http, grpc, headers := os.Args[1], os.Args[2], map[string]string{"authorization": "Basic " + os.Args[3]}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(fail)) // a refused span is reported here alone
	overHTTP, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(http+"/v1/traces"), otlptracehttp.WithHeaders(headers),
		otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
	fail(err)
	overGRPC, err := otlptracegrpc.New(ctx, otlptracegrpc.WithEndpointURL(grpc), otlptracegrpc.WithHeaders(headers),
		otlptracegrpc.WithCompressor("gzip"))
	fail(err)
	for name, exporter := range map[string]sdk.SpanExporter{"protobuf": overHTTP, "grpc": overGRPC} {
		provider := sdk.NewTracerProvider(sdk.WithSyncer(exporter),
			sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", "plain-go"))))
		_, span := provider.Tracer("interop").Start(ctx, "over-"+name)
		span.SetAttributes(attribute.String("gen_ai.request.model", "gpt-4o"), attribute.String("session.id", "call-go"))
		span.AddEvent("thought", trace.WithAttributes(attribute.Int("n", 1)))
		span.End()
		fail(provider.Shutdown(ctx))
	}
}
