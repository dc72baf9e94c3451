#include "repartee/cli/doctor_settings.h"

#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "repartee/base/log_tap.h"
#include "repartee/cli/doctor_credentials.h"
#include "repartee/net/http.h"
#include "repartee/otel/batch_options.h"
#include "repartee/otel/resource.h"
#include "repartee/otel/sampler.h"
#include "repartee/otel/span_limits.h"
#include "repartee/tracing/tracing_params.h"

namespace repartee::cli {
namespace {

constexpr const char* kEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
constexpr const char* kTracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
constexpr const char* kProtocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
constexpr int kGrpcPort = 4317;
constexpr int kHttpPort = 4318;

// What a program would log while it reads its settings becomes a line of the report each.
class Complaints {
 public:
  explicit Complaints(DoctorReport& report)
      : report_(report),
        tap_(
            [this](LogLevel level, std::string_view text) {
              if (level >= LogLevel::kWarning) lines_.emplace_back(text);
            },
            LogTap::Lines::kHeldBack) {}
  // "NAME: what is wrong".
  ~Complaints() {
    for (const std::string& line : lines_) {
      const auto colon = line.find(": ");
      const bool names_it = colon != std::string::npos && line.find(' ') > colon;
      report_.Problem(names_it ? line.substr(0, colon) : "settings",
                      names_it ? std::string_view(line).substr(colon + 2) : line);
    }
  }
  Complaints(const Complaints&) = delete;
  Complaints& operator=(const Complaints&) = delete;

 private:
  DoctorReport& report_;
  std::vector<std::string> lines_;
  const LogTap tap_;
};

void CheckOnOff(DoctorReport& report, const otel::Environment& environment) {
  constexpr const char* kName = "ENABLE_TRACING";
  const std::optional<std::string> value = environment.Find(kName);
  if (!value) {
    report.Ok(kName, "is not set, so tracing is on");
  } else if (environment.IsOn(kName, true)) {
    report.Ok(kName, *value + ": tracing is on");
  } else {
    report.Problem(kName,
                   "\"" + *value +
                       "\" switches tracing off (so do false, 0, no, off and nothing; Pipecat's own "
                       "programs commonly take any value for on)",
                   "set it to true, or leave it out");
  }
  const std::string disabled = otel::ToLower(environment.Get("OTEL_SDK_DISABLED"));
  if (disabled == "true") {
    report.Problem("OTEL_SDK_DISABLED", "true switches tracing off", "leave it out");
  } else if (!disabled.empty() && disabled != "false") {
    report.Note("OTEL_SDK_DISABLED", "only true counts; \"" + disabled + "\" leaves tracing on");
  }
}

void CheckExporters(DoctorReport& report, const otel::Environment& environment) {
  const std::string list = otel::ToLower(environment.Get("OTEL_TRACES_EXPORTER"));
  if (!list.empty() && list.find("otlp") == std::string::npos) {
    report.Problem("OTEL_TRACES_EXPORTER", "\"" + list + "\" sends nothing over the network", "add otlp");
  }
  if (environment.IsOn("OTEL_CONSOLE_EXPORT", false))
    report.Ok("OTEL_CONSOLE_EXPORT", "each span is printed on the terminal too");
  if (const std::string file = environment.Get("REPARTEE_TRACE_FILE"); !file.empty())
    report.Ok("REPARTEE_TRACE_FILE", "each batch is written to " + file + " too");
}

void CheckSampling(DoctorReport& report, const otel::Environment& environment) {
  constexpr const char* kName = "OTEL_TRACES_SAMPLER";
  const otel::Sampler sampler = otel::Sampler::FromEnvironment(environment);
  otel::TraceId highest;
  highest.bytes.fill(0xff);
  otel::TraceId lowest;
  lowest.bytes[0] = 1;  // all zeros is no id
  if (sampler.Keeps({}, highest)) return;
  const std::string text = environment.Get(kName) + " " + environment.Get("OTEL_TRACES_SAMPLER_ARG");
  if (sampler.Keeps({}, lowest)) return report.Note(kName, text + ": only that share of traces is kept");
  report.Problem(kName, text + ": no trace is kept", "leave it out to keep all");
}

void CheckSpool(DoctorReport& report, const otel::Environment& environment) {
  constexpr const char* kName = "REPARTEE_SPOOL_DIRECTORY";
  const std::string folder = environment.Get(kName);
  if (folder.empty()) return;
  if (access(folder.c_str(), F_OK) != 0) return report.Note(kName, folder + " is made when it is needed");
  if (access(folder.c_str(), R_OK | W_OK | X_OK) != 0)
    return report.Problem(kName, folder + " cannot be written",
                          "give the program's user the right to, or another folder");
  report.Ok(kName, "what cannot be sent waits in " + folder);
}

// True if the endpoint is one that takes Langfuse's paths.
bool IsLangfuseCloud(const Url& url) {
  return url.host == "cloud.langfuse.com" || url.host.ends_with(".cloud.langfuse.com");
}

void CheckPaths(DoctorReport& report, const otel::Environment& environment, const Url& url) {
  const std::string base = environment.Get(kEndpoint);
  const std::string whole = environment.Get(kTracesEndpoint);
  if (!base.empty() && !whole.empty())
    report.Note(kEndpoint, std::string("is not used for traces: ") + kTracesEndpoint + " wins");
  const std::string path = url.target.substr(0, url.target.find('?'));
  if (path.ends_with("/v1/traces/v1/traces")) {
    report.Problem(kEndpoint, "/v1/traces is appended to it, so spans would go to " + path,
                   std::string("leave /v1/traces out, or name the variable ") + kTracesEndpoint);
  } else if (!whole.empty() && path == "/") {
    report.Problem(kTracesEndpoint, "is used as it is, so spans would go to the path /",
                   "append /v1/traces, or name the variable " + std::string(kEndpoint));
  } else if (IsLangfuseCloud(url) && path.find("/api/public/otel") == std::string::npos) {
    report.Problem(whole.empty() ? kEndpoint : kTracesEndpoint, "Langfuse does not take spans at " + path,
                   "write https://" + url.host + "/api/public/otel");
  }
}

void CheckProtocol(DoctorReport& report, const otel::OtlpOptions& options, const Url& url) {
  const bool grpc = options.protocol == otel::OtlpProtocol::kGrpc;
  const std::string port = std::to_string(url.port);
  if (!grpc && url.port == kGrpcPort) {
    report.Problem(kProtocol, "port 4317 is OTLP over gRPC, and spans would go over HTTP",
                   "use port 4318, or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc");
  } else if (grpc && url.port == kHttpPort) {
    report.Problem(kProtocol, "port 4318 is OTLP over HTTP, and spans would go over gRPC",
                   "use port 4317, or leave OTEL_EXPORTER_OTLP_PROTOCOL out");
  } else if (grpc && (url.target.find("/api/public/otel") != std::string::npos || IsLangfuseCloud(url))) {
    report.Problem(kProtocol, "/api/public/otel takes spans over HTTP, not gRPC",
                   "leave OTEL_EXPORTER_OTLP_PROTOCOL out");
  } else if (grpc && url.target != "/") {
    report.Note(kProtocol, "gRPC has no paths; " + url.target + " is left out");
  }
  if (url.scheme == "http" && url.port == 443)
    report.Problem(kEndpoint, "port 443 speaks TLS", "write https:// instead of http://");
}

std::string Shown(const Url& url) {
  return url.scheme + "://" + url.Authority() + url.target.substr(0, url.target.find('?'));
}

}  // namespace

void CheckSwitches(DoctorReport& report, const otel::Environment& environment) {
  CheckOnOff(report, environment);
  CheckExporters(report, environment);
  const Complaints complaints(report);
  CheckSampling(report, environment);
  CheckSpool(report, environment);
  const otel::BatchOptions batch = otel::BatchOptions::FromEnvironment(environment);
  if (batch.schedule_delay > std::chrono::minutes(1))
    report.Note("OTEL_BSP_SCHEDULE_DELAY",
                fmt::format("milliseconds: a span waits up to {} s before it is sent",
                            batch.schedule_delay.count() / 1000));
  // For what they complain of.
  otel::SpanLimits::FromEnvironment(environment);
  otel::MakeResource("repartee-doctor", otel::TracingModeFrom(environment), environment);
  if (!TracingParams::FromEnvironment(environment).captures_content())
    report.Note("REPARTEE_CAPTURE_CONTENT", "none: traces hold no word of what was said");
}

std::optional<otel::OtlpOptions> CheckEndpointSettings(DoctorReport& report,
                                                       const otel::Environment& environment) {
  const Complaints complaints(report);
  Result<otel::OtlpOptions> options = otel::OtlpOptions::FromEnvironment(environment);
  if (!options.ok()) {
    report.Problem("endpoint", options.status().message(),
                   "write it as http://HOST:PORT or https://HOST/PATH");
    return std::nullopt;
  }
  const Result<Url> url = ParseUrl(options->url);
  if (!url.ok()) return std::nullopt;
  report.Ok("endpoint", "spans go to " + Shown(*url));
  CheckPaths(report, environment, *url);
  CheckProtocol(report, *options, *url);
  CheckCredentials(report, *options, *url);
  return *std::move(options);
}

}  // namespace repartee::cli
