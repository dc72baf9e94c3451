// The part of doctor_settings.h that is about names.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "repartee/base/dotenv.h"
#include "repartee/cli/doctor_settings.h"

namespace repartee::cli {
namespace {

constexpr char kDotenvFile[] = ".env";

constexpr auto kNames = std::to_array<std::string_view>({"ENABLE_TRACING",
                                                         "OTEL_SDK_DISABLED",
                                                         "OTEL_SERVICE_NAME",
                                                         "OTEL_RESOURCE_ATTRIBUTES",
                                                         "OTEL_TRACES_EXPORTER",
                                                         "OTEL_CONSOLE_EXPORT",
                                                         "OTEL_TRACES_SAMPLER",
                                                         "OTEL_TRACES_SAMPLER_ARG",
                                                         "OTEL_PROPAGATORS",
                                                         "OTEL_BSP_SCHEDULE_DELAY",
                                                         "OTEL_BSP_EXPORT_TIMEOUT",
                                                         "OTEL_BSP_MAX_QUEUE_SIZE",
                                                         "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
                                                         "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
                                                         "OTEL_ATTRIBUTE_COUNT_LIMIT",
                                                         "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
                                                         "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
                                                         "OTEL_SPAN_EVENT_COUNT_LIMIT",
                                                         "OTEL_SPAN_LINK_COUNT_LIMIT",
                                                         "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
                                                         "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
                                                         "REPARTEE_TRACING_MODE",
                                                         "REPARTEE_SPAN_NAMES",
                                                         "REPARTEE_CAPTURE_CONTENT",
                                                         "REPARTEE_PROVISIONAL_SPANS",
                                                         "REPARTEE_RECORD",
                                                         "REPARTEE_SPOOL_DIRECTORY",
                                                         "REPARTEE_SPOOL_MAX_BYTES",
                                                         "REPARTEE_TRACE_FILE",
                                                         "REPARTEE_LOG_LEVEL",
                                                         "OTEL_LOG_LEVEL",
                                                         "REPARTEE_MODELS",
                                                         "REPARTEE_LOCAL"});
constexpr auto kOtlpNames =
    std::to_array<std::string_view>({"ENDPOINT", "HEADERS", "COMPRESSION", "TIMEOUT", "PROTOCOL",
                                     "CERTIFICATE", "CLIENT_KEY", "CLIENT_CERTIFICATE", "INSECURE"});

// OpenTelemetry's, but not read by this program: other signals, other languages, other exporters.
constexpr auto kOthers = std::to_array<std::string_view>({"OTEL_CONFIG_FILE",
                                                          "OTEL_EXPERIMENTAL_",
                                                          "OTEL_METRIC",
                                                          "OTEL_LOGS_",
                                                          "OTEL_LOGRECORD_",
                                                          "OTEL_BLRP_",
                                                          "OTEL_EXPORTER_OTLP_METRICS_",
                                                          "OTEL_EXPORTER_OTLP_LOGS_",
                                                          "OTEL_EXPORTER_PROMETHEUS_",
                                                          "OTEL_EXPORTER_JAEGER_",
                                                          "OTEL_EXPORTER_ZIPKIN_",
                                                          "OTEL_PYTHON_",
                                                          "OTEL_NODE_",
                                                          "OTEL_JAVA",
                                                          "OTEL_GO_",
                                                          "OTEL_DOTNET_",
                                                          "OTEL_PHP_",
                                                          "OTEL_RUBY_",
                                                          "OTEL_INSTRUMENTATION_",
                                                          "OTEL_SEMCONV_"});

constexpr auto kFamilies = std::to_array<std::string_view>(
    {"OTEL_", "OTLP_", "REPARTEE_", "ENABLE_TRAC", "ENABLETRAC", "TRACING_ENABLE"});

bool BeginsWithOne(std::string_view name, const auto& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [name](std::string_view beginning) { return name.starts_with(beginning); });
}

std::vector<std::string> KnownNames() {
  std::vector<std::string> names(kNames.begin(), kNames.end());
  for (const std::string_view name : kOtlpNames) {
    names.push_back("OTEL_EXPORTER_OTLP_" + std::string(name));
    names.push_back("OTEL_EXPORTER_OTLP_TRACES_" + std::string(name));
  }
  return names;
}

// How many characters must be put in, left out or changed to make one of the other.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row[b.size()];
}

// The name that was probably meant; empty if none is near.
std::string Meant(const std::string& name, const std::vector<std::string>& known) {
  const auto nearest = std::min_element(known.begin(), known.end(), [&name](const auto& a, const auto& b) {
    return Distance(name, a) < Distance(name, b);
  });
  return Distance(name, *nearest) * 4 <= std::max(name.size(), nearest->size()) ? *nearest : "";
}

void CheckName(DoctorReport& report, const std::string& name, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  if (BeginsWithOne(name, kOthers)) return report.Note(name, "is not read by this program");
  if (const std::string meant = Meant(name, known); !meant.empty())
    return report.Problem(name, "is the name of no variable, so nobody reads it",
                          "did you mean " + meant + "?");
  report.Note(name, "is the name of no variable of tracing's; it is not read");
}

}  // namespace

void CheckDotenv(DoctorReport& report) {
  std::ifstream file(kDotenvFile, std::ios::binary);
  if (!file) return report.Note(kDotenvFile, "there is none in this folder; the environment alone counts");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto lookup = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
  const Status loaded = LoadDotenv(kDotenvFile);
  const Result<DotenvEntries> entries = ParseDotenv(text, kDotenvFile, lookup);
  if (!loaded.ok() || !entries.ok()) {
    return report.Problem(kDotenvFile, (loaded.ok() ? entries.status() : loaded).message(),
                          "until the line is mended nothing of the file counts");
  }
  report.Ok(kDotenvFile, fmt::format("{} variables", entries->size()));
  for (const auto& [name, value] : *entries) {
    if (lookup(name) != value)
      report.Note(kDotenvFile, name + " says something else in the environment, which wins");
  }
}

void CheckNames(DoctorReport& report) {
  const std::vector<std::string> known = KnownNames();
  std::vector<std::string> names;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string_view entry = *at;
    const std::string_view name = entry.substr(0, entry.find('='));
    if (BeginsWithOne(name, kFamilies)) names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) CheckName(report, name, known);
}

}  // namespace repartee::cli
