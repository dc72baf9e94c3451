#include "repartee/otel/setup.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <set>
#include <utility>

#include "repartee/base/log.h"
#include "repartee/otel/console_exporter.h"
#include "repartee/otel/file_exporter.h"
#include "repartee/otel/otlp_http_exporter.h"

namespace repartee {
namespace {

// Who debugs by the console waits for each span.
constexpr std::chrono::milliseconds kConsoleDelay{200};
constexpr std::chrono::seconds kExitLimit{5};

struct Global {
  std::mutex mutex;
  std::shared_ptr<otel::TracerProvider> provider;  // guarded by mutex
  bool exit_hooked = false;                        // guarded by mutex
};

// Never destroyed: spans may end while the program exits.
Global& TheGlobal() {
  static Global& global = *new Global;
  return global;
}

bool IsSwitchedOff(const otel::Environment& environment) {
  return !environment.IsOn("ENABLE_TRACING", true) ||
         otel::ToLower(environment.Get("OTEL_SDK_DISABLED")) == "true";
}

// OTEL_TRACES_EXPORTER, a list; unknown words are logged and left out.
std::set<std::string> ExporterNames(const otel::Environment& environment) {
  const std::string list = otel::ToLower(environment.Get("OTEL_TRACES_EXPORTER"));
  std::set<std::string> names;
  for (std::size_t from = 0; from < list.size();) {
    const std::size_t comma = std::min(list.find(',', from), list.size());
    const std::string name(otel::Trim(std::string_view(list).substr(from, comma - from)));
    from = comma + 1;
    if (name == "none" || name == "console" || name == "otlp") {
      names.insert(name);
    } else if (!name.empty()) {
      LogWarning("OTEL_TRACES_EXPORTER: \"{}\" is not one of otlp, console, none; it is ignored", name);
    }
  }
  return names;
}

// Lets the environment choose.
void ChooseExporter(ProviderSetup& setup, const std::set<std::string>& names,
                    const otel::Environment& environment) {
  if (names.empty()) return;
  if (!names.contains("otlp")) setup.exporter = nullptr;
  if (names.contains("none")) setup.more_exporters.clear();
  if (names.contains("console")) setup.console_export = true;
  if (names.contains("otlp") && !setup.exporter)
    setup.exporter = otel::OtlpHttpExporter::FromEnvironment(environment);
}

std::shared_ptr<otel::TracerProvider> MakeProvider(ProviderSetup& setup, otel::TracingMode mode,
                                                   const otel::Environment& environment) {
  otel::TracerProviderOptions options{.resource = otel::MakeResource(setup.service_name, mode, environment),
                                      .sampler = otel::Sampler::FromEnvironment(environment),
                                      .limits = otel::SpanLimits::FromEnvironment(environment),
                                      .loop = setup.loop};
  auto provider = std::make_shared<otel::TracerProvider>(std::move(options));
  otel::BatchOptions batch = otel::BatchOptions::FromEnvironment(environment);
  if (setup.console_export) {
    otel::BatchOptions console = batch;
    console.schedule_delay = std::min(batch.schedule_delay, kConsoleDelay);
    provider->AddBatchExporter(std::make_unique<otel::ConsoleExporter>(), console);
  }
  if (setup.batch_delay) batch.schedule_delay = *setup.batch_delay;
  if (setup.exporter) provider->AddBatchExporter(std::move(setup.exporter), batch);
  for (auto& exporter : setup.more_exporters) provider->AddBatchExporter(std::move(exporter), batch);
  return provider;
}

}  // namespace

bool SetupProvider(ProviderSetup setup, const otel::Environment& environment) {
  if (IsSwitchedOff(environment)) {
    LogInfo("tracing is switched off by the environment");
    return true;
  }
  const otel::TracingMode mode = setup.mode ? *setup.mode : otel::TracingModeFrom(environment);
  if (environment.IsOn("OTEL_CONSOLE_EXPORT", false)) setup.console_export = true;
  const bool extended = mode == otel::TracingMode::kExtended;
  const std::set<std::string> names = extended ? ExporterNames(environment) : std::set<std::string>();
  ChooseExporter(setup, names, environment);
  std::erase(setup.more_exporters, nullptr);
  const std::string file = environment.Get("REPARTEE_TRACE_FILE");
  if (!file.empty() && !names.contains("none"))
    setup.more_exporters.push_back(std::make_unique<otel::FileExporter>(file));
  if (names.contains("none") && !setup.console_export) {
    LogInfo("tracing is switched off by OTEL_TRACES_EXPORTER=none");
    return true;
  }
  if (!setup.exporter && !setup.console_export && setup.more_exporters.empty()) {
    LogError("tracing is not set up: there is no exporter, so spans would go nowhere");
    return false;
  }
  if (const Status refused = extended ? OkStatus() : otel::BatchOptions::CheckAsPython(environment);
      !refused.ok()) {
    LogError("tracing is not set up, as in Pipecat: {}", refused.message());
    return false;
  }

  Global& global = TheGlobal();
  const std::lock_guard lock(global.mutex);
  if (global.provider) {
    LogError("tracing is set up already; the first set-up stays");
    return false;
  }
  global.provider = MakeProvider(setup, mode, environment);
  if (!std::exchange(global.exit_hooked, true)) {
    std::atexit([] { ShutdownTracing(kExitLimit); });
  }
  return true;
}

std::shared_ptr<otel::TracerProvider> GlobalTracerProvider() {
  Global& global = TheGlobal();
  const std::lock_guard lock(global.mutex);
  return global.provider ? global.provider : std::make_shared<otel::TracerProvider>();
}

bool ShutdownTracing(Nanos timeout) {
  Global& global = TheGlobal();
  std::shared_ptr<otel::TracerProvider> provider;
  {
    const std::lock_guard lock(global.mutex);
    provider = std::exchange(global.provider, nullptr);
  }
  return !provider || provider->Shutdown(timeout);
}

}  // namespace repartee
