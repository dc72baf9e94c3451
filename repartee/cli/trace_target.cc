#include "repartee/cli/trace_target.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "repartee/audio/opus/ogg_opus.h"
#include "repartee/base/json.h"
#include "repartee/base/log.h"
#include "repartee/net/http_client.h"
#include "repartee/otel/grpc/otlp_grpc_exporter.h"
#include "repartee/tracing/setup.h"

namespace repartee::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLocalServerAnswersWithin{500};
// Who looks at the server meanwhile sees the conversation grow.
constexpr milliseconds kLocalDelay{200};
constexpr Nanos kDeliverWithin = std::chrono::seconds(10);
constexpr Nanos kUploadWithin = std::chrono::seconds(60);

// Without user and query, which may hold secrets.
std::string Shown(const std::string& url) {
  const auto parts = ParseUrl(url);
  if (!parts.ok()) return url;
  return fmt::format("{}://{}{}", parts->scheme, parts->Authority(),
                     parts->target.substr(0, parts->target.find('?')));
}

// WAV unless it is asked for otherwise.
RecordingFormat FormatOfRecordings(const otel::Environment& environment) {
  const std::string word = otel::ToLower(environment.Get("REPARTEE_RECORD_FORMAT"));
  if (word == "opus") return {.content_type = kOggOpusContentType, .encode = EncodeOggOpus};
  if (!word.empty() && word != "wav")
    LogError("REPARTEE_RECORD_FORMAT: \"{}\" is neither wav nor opus; wav is used", word);
  return {};
}

}  // namespace

bool LocalServerRuns(const std::string& url) {
  HttpRequest request;
  request.method = "GET";
  request.target = url + "/api/repartee/info";
  HttpCallOptions limit;
  limit.timeout = kLocalServerAnswersWithin;
  const auto answer = FetchBlocking(std::move(request), limit);
  if (!answer.ok() || answer->status != 200) return false;
  const auto info = ParseJson(answer->body);
  if (!info.ok() || !info->is_object()) return false;
  const auto name = info->find("name");
  return name != info->end() && *name == "repartee";
}

// Who asks for gRPC means a collector at its usual port.
bool NamesTarget(const otel::Environment& environment) {
  return !environment.GetFirst("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT").empty() ||
         otel::ToLower(environment.GetFirst("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
                                            "OTEL_EXPORTER_OTLP_PROTOCOL")) == "grpc";
}

Result<TraceTarget> TraceTarget::SetUp(const std::string& service_name, const std::string& local_server) {
  const otel::Environment environment;
  TraceTarget target;
  target.local_server_ = local_server;
  target.store_ = std::make_shared<otel::SpanStore>();
  TracingSetup setup;
  setup.service_name = service_name;
  std::optional<otel::OtlpOptions> otlp;
  if (NamesTarget(environment)) {
    auto options = otel::OtlpOptions::FromEnvironment(environment);
    if (!options.ok()) return std::move(options).status();
    otlp = *std::move(options);
  } else if (LocalServerRuns(local_server)) {
    otlp.emplace();
    otlp->url = otel::TracesUrl(local_server);
    otlp->provisional = otel::ProvisionalSpans::kOn;
    setup.batch_delay = kLocalDelay;
  }
  auto memory = std::make_unique<otel::InMemoryExporter>(target.store_);
  // What goes nowhere needs no recording.
  if (!otlp) setup.record = false;
  setup.record_to = otlp;
  setup.record_format = FormatOfRecordings(environment);
  if (otlp) {
    target.endpoint_ = Shown(otlp->url);
    auto exporter = otel::MakeOtlpExporter(*std::move(otlp));
    if (!exporter.ok()) return std::move(exporter).status();
    setup.exporter = *std::move(exporter);
  } else {
    setup.exporter = std::move(memory);
  }
  if (!SetupTracing(std::move(setup), environment)) return Status::Internal("tracing could not be set up");
  target.provider_ = GlobalTracerProvider();
  if (memory && target.provider_->enabled()) {
    target.provider_->AddBatchExporter(std::move(memory), otel::BatchOptions());
  }
  return target;
}

bool TraceTarget::Finish() {
  const bool in_time = provider_->Shutdown(kDeliverWithin);
  // Behind the spans, so that the server knows the trace.
  const bool recorded = FinishRecordings(kUploadWithin);
  const otel::ExportCounters counters = provider_->counters();
  delivered_ = in_time && recorded && counters.failed == 0 && counters.dropped == 0 && counters.rejected == 0;
  // Of this run; what an earlier one left may have been sent besides.
  kept_ = delivered_ && counters.spooled > counters.recovered;
  return delivered_;
}

std::vector<otel::SpanPtr> TraceTarget::TakeSpans() {
  std::vector<otel::SpanPtr> taken = store_->spans();
  if (!taken.empty()) store_->Clear();
  return taken;
}

std::string TraceTarget::Destination() const {
  if (!enabled()) return "not traced: tracing is switched off by the environment";
  if (!endpoint_.empty()) return endpoint_;
  return fmt::format("kept in memory alone: no trace server answers at {} (start one with: repartee serve)",
                     local_server_);
}

std::string TraceTarget::Describe() const {
  if (!enabled() || endpoint_.empty()) return Destination();
  if (kept_) return fmt::format("kept on disk until {} takes it", endpoint_);
  return fmt::format("{} {}", delivered_ ? "sent to" : "could not all be sent to", endpoint_);
}

}  // namespace repartee::cli
