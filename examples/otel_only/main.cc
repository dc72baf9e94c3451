// Traces of a program that has nothing to do with voice: a job that reads files, some of
// which may be missing.
//
//   otel-only FILE...
//
// OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS say where the spans go;
// OTEL_CONSOLE_EXPORT=true prints them.
#include <cstdio>
#include <string>
#include <utility>

#include "repartee/base/dotenv.h"
#include "repartee/otel/otlp_http_exporter.h"
#include "repartee/otel/setup.h"

using namespace repartee;

namespace {

void ReadFile(const otel::Tracer& tracer, const otel::Span& job, const std::string& name) {
  otel::StartOptions options;
  options.parent = job.context();
  options.kind = otel::SpanKind::kClient;
  otel::Span span = tracer.StartSpan("read " + name, std::move(options));
  span.SetAttribute("file.name", name);
  std::FILE* const file = std::fopen(name.c_str(), "rb");
  if (file == nullptr) {
    span.RecordException({.type = "FileNotFound", .message = name + " is not there"});
    span.SetStatus(otel::SpanStatus::kError, "FileNotFound");
    return;
  }
  span.SetAttribute("file.first_byte", std::fgetc(file));
  span.AddEvent("opened");
  std::fclose(file);
}  // a span ends with its scope

}  // namespace

int main(int argc, char** argv) {
  if (const Status status = LoadDotenv(); !status.ok()) {
    std::fprintf(stderr, "otel-only: %s\n", status.message().c_str());
    return 1;
  }
  ProviderSetup setup;
  setup.service_name = "otel-only";
  setup.exporter = otel::OtlpHttpExporter::FromEnvironment();
  if (!SetupProvider(std::move(setup))) return 1;
  {
    const otel::Tracer tracer = GlobalTracerProvider()->GetTracer("otel-only");
    otel::Span job = tracer.StartSpan("job");
    job.SetAttribute("job.files", argc - 1);
    for (int i = 1; i < argc; ++i) ReadFile(tracer, job, argv[i]);
  }
  const otel::ExportCounters before = GlobalTracerProvider()->counters();
  const bool delivered = ShutdownTracing();
  std::printf("%s; dropped so far: %lld\n", delivered ? "delivered" : "not delivered",
              static_cast<long long>(before.dropped));
  return delivered ? 0 : 1;
}
