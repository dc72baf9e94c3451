#include "repartee/cli/doctor_delivery.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "repartee/cli/doctor_credentials.h"
#include "repartee/cli/trace_text.h"
#include "repartee/net/http_client.h"
#include "repartee/net/reach.h"
#include "repartee/otel/grpc/otlp_grpc_exporter.h"
#include "repartee/otel/in_memory_exporter.h"
#include "repartee/otel/resource.h"
#include "repartee/otel/tracer.h"

namespace repartee::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kStepLimit{5};
constexpr seconds kSendLimit{15};
// Langfuse takes spans first and shows them some seconds later.
constexpr seconds kShownWithin{20};
constexpr milliseconds kAskAgain{500};
constexpr std::string_view kApi = "/api/public/otel";

HttpClientOptions ClientOptions(const otel::OtlpOptions& options) {
  return {.ca_file = options.ca_file,
          .client_certificate_file = options.client_certificate_file,
          .client_key_file = options.client_key_file};
}

std::string AdviceForConnection(const Url& url) {
  const bool here = url.host == "localhost" || url.host == "::1" || url.host.starts_with("127.");
  const std::string ports =
      "4318 is OTLP over HTTP, 4317 OTLP over gRPC, 3000 Repartee's and Langfuse's own server";
  if (here)
    return "is the receiver running (repartee serve), on that port? " + ports +
           "; inside a container localhost is the container itself";
  return "is the port right, and does a firewall or a proxy (HTTPS_PROXY) stand between? " + ports;
}

constexpr const char* kTlsAdvice =
    "a receiver without TLS wants http:// in the endpoint; one with a certificate of your own wants its CA's "
    "file in "
    "OTEL_EXPORTER_OTLP_CERTIFICATE";

std::string AdviceForRefusal(const std::string& text) {
  if (text.find("answered 401") != std::string::npos || text.find("answered 403") != std::string::npos)
    return "take both keys from the settings of one project of that very server: keys of another region, "
           "host or "
           "project do not count";
  if (text.find("answered 404") != std::string::npos || text.find("answered 405") != std::string::npos)
    return "Langfuse and Repartee take spans below /api/public/otel, plain collectors at the endpoint "
           "without a path";
  return "";
}

otel::SpanPtr MakeSpan() {
  const otel::Environment environment;
  const auto store = std::make_shared<otel::SpanStore>();
  otel::TracerProvider provider(
      {.resource = otel::MakeResource("repartee-doctor", otel::TracingModeFrom(environment), environment)});
  provider.AddBatchExporter(std::make_unique<otel::InMemoryExporter>(store), otel::BatchOptions());
  provider.GetTracer("repartee.doctor").StartSpan("repartee doctor").End();
  provider.Shutdown(kStepLimit);
  return store->spans().empty() ? nullptr : store->spans().front();
}

// The server's address before /api/public/otel; nothing if spans do not go to such a path.
std::optional<std::string> ApiOrigin(const std::string& url) {
  const auto at = url.find(kApi);
  if (at == std::string::npos) return std::nullopt;
  return url.substr(0, at);
}

Result<HttpResponse> Ask(const std::string& url, const otel::OtlpOptions& options) {
  HttpRequest request;
  request.target = url;
  request.headers.Add("Authorization", AuthorizationOf(options));
  HttpCallOptions limit;
  limit.timeout = kStepLimit;
  return FetchBlocking(std::move(request), limit, ClientOptions(options));
}

// The latest spans of services, by what the pages' metrics are made of.
void CheckMetrics(DoctorReport& report, const std::string& origin, const otel::OtlpOptions& options) {
  const Result<HttpResponse> answer =
      Ask(origin + "/api/public/observations?type=GENERATION&limit=50", options);
  if (!answer.ok() || answer->status != 200) return;
  const Result<Json> body = ParseJson(answer->body);
  if (!body.ok()) return;
  int services = 0;
  int with_metrics = 0;
  for (const Json& observation : Items(*body, "data")) {
    const std::string metadata = observation.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (metadata.find("gen_ai.operation.name") == std::string::npos) continue;
    ++services;
    if (metadata.find("metrics.ttfb") != std::string::npos) ++with_metrics;
  }
  if (services == 0) return report.Note("metrics", "no conversation is there yet to look for metrics in");
  if (with_metrics > 0)
    return report.Ok("metrics",
                     fmt::format("{} of the latest {} services have metrics.ttfb", with_metrics, services));
  report.Problem("metrics", fmt::format("none of the latest {} services has metrics.ttfb", services),
                 "set enable_metrics in the task's parameters (PipelineParams)");
}

}  // namespace

bool CheckWay(DoctorReport& report, const otel::OtlpOptions& options) {
  const Result<Url> url = ParseUrl(options.url);
  if (!url.ok()) return false;
  const Result<Reach> reach = TryToReach(options.url, kStepLimit, ClientOptions(options));
  if (!reach.ok()) {
    report.Problem("proxy", reach.status().message(), "mend HTTPS_PROXY, or name the host in NO_PROXY");
    return false;
  }
  const bool by_proxy = !reach->proxy.empty();
  if (by_proxy) report.Note("proxy", "secure connections go by " + reach->proxy + " (HTTPS_PROXY)");
  const std::string host = by_proxy ? reach->proxy.substr(0, reach->proxy.rfind(':')) : url->host;
  if (!reach->name->ok()) {
    report.Problem("name", host + ": " + reach->name->message(),
                   "is the host spelt right, and is there a network?");
    return false;
  }
  report.Ok("name", fmt::format("{} is {}", host, fmt::join(reach->addresses, ", ")));
  const std::string place = by_proxy ? reach->proxy : fmt::format("{}:{}", host, url->port);
  if (!reach->connection->ok()) {
    report.Problem("connection", place + ": " + reach->connection->message(), AdviceForConnection(*url));
    return false;
  }
  report.Ok("connection", place + " answers");
  if (!reach->tls) return true;
  if (!reach->tls->ok()) {
    report.Problem("TLS", reach->tls->message(), kTlsAdvice);
    return false;
  }
  report.Ok("TLS", "the certificate is good");
  return true;
}

std::string CheckSending(DoctorReport& report, otel::OtlpOptions options) {
  const otel::SpanPtr span = MakeSpan();
  if (!span) {
    report.Problem("span", "none could be made");
    return "";
  }
  // What is not taken is to show here, not to wait on the disk.
  options.spool_directory.clear();
  Result<std::unique_ptr<otel::SpanExporter>> exporter = otel::MakeOtlpExporter(std::move(options));
  if (!exporter.ok()) {
    report.Problem("span", exporter.status().message());
    return "";
  }
  EventLoop loop;
  std::optional<otel::ExportResult> result;
  (*exporter)->Start(loop, [](const otel::ExportCounters&) {});
  (*exporter)->Export({span}, kSendLimit, [&result](otel::ExportResult done) { result = std::move(done); });
  loop.RunUntil([&result] { return result.has_value(); }, kSendLimit + kStepLimit);
  exporter->reset();
  std::string trace_id = span->context.trace_id.ToHex();
  if (!result) {
    report.Problem("span", "no answer in time", "OTEL_EXPORTER_OTLP_TIMEOUT is in milliseconds");
  } else if (!result->status.ok()) {
    report.Problem("span", result->status.message(), AdviceForRefusal(result->status.message()));
  } else if (result->rejected > 0) {
    report.Problem("span", "was delivered and turned away", "the receiver's log says why");
  } else {
    report.Ok("span", "taken, as trace " + trace_id);
    return trace_id;
  }
  return "";
}

void CheckReadingBack(DoctorReport& report, const otel::OtlpOptions& options, const std::string& trace_id) {
  const std::optional<std::string> origin = ApiOrigin(options.url);
  if (!origin || AuthorizationOf(options).empty() || options.protocol == otel::OtlpProtocol::kGrpc)
    return report.Note("read back", "only an endpoint at /api/public/otel, with its keys, can be asked");
  const auto begun = std::chrono::steady_clock::now();
  while (true) {
    const Result<HttpResponse> answer = Ask(*origin + "/api/public/traces/" + trace_id, options);
    const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun);
    if (answer.ok() && answer->status == 200) {
      report.Ok("read back",
                fmt::format("{}/api/public/traces/{} has it, {} ms later", *origin, trace_id, took.count()));
      return CheckMetrics(report, *origin, options);
    }
    const bool not_yet = answer.ok() && answer->status == 404;
    if (not_yet && took < kShownWithin) {
      std::this_thread::sleep_for(kAskAgain);
      continue;
    }
    const std::string text = !answer.ok() ? answer.status().message()
                             : not_yet ? fmt::format("taken, but not there {} s later", kShownWithin.count())
                                       : fmt::format("the public API answered {}", answer->status);
    return report.Problem("read back", text,
                          "look at the receiver's own log: its storage or its worker may be down");
  }
}

}  // namespace repartee::cli
