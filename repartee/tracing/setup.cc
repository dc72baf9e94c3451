#include "repartee/tracing/setup.h"

#include <cstdlib>
#include <mutex>
#include <utility>

#include "repartee/base/log.h"
#include "repartee/tracing/conversation_tracing.h"

namespace repartee {
namespace {

constexpr std::chrono::seconds kExitLimit{5};

struct Global {
  std::mutex mutex;
  std::shared_ptr<otel::TracerProvider> provider;  // guarded by mutex; shared with the tasks that run
  TracingParams params;                            // guarded by mutex
  std::shared_ptr<Recordings> recordings;          // guarded by mutex; shared with the tasks that run
};

// Never destroyed: tasks may end while the program exits.
Global& TheGlobal() {
  static Global& global = *new Global;
  return global;
}

std::unique_ptr<TaskTracing> TraceTask(PipelineTask& task) {
  Global& global = TheGlobal();
  const std::lock_guard lock(global.mutex);
  if (!global.provider || !global.provider->enabled()) return nullptr;
  return std::make_unique<ConversationTracing>(task, global.provider, global.params, global.recordings);
}

// Null, with the reason logged, if there can be none: spans go on without.
std::shared_ptr<Recordings> MakeRecordings(std::optional<otel::OtlpOptions> where, RecordingFormat format,
                                           const otel::Environment& environment) {
  Result<otel::OtlpOptions> options =
      where ? Result<otel::OtlpOptions>(*std::move(where)) : otel::OtlpOptions::FromEnvironment(environment);
  Result<std::unique_ptr<Recordings>> made =
      options.ok() ? Recordings::Create(*options, std::move(format)) : std::move(options).status();
  if (made.ok()) {
    std::atexit([] { FinishRecordings(kExitLimit); });
    return *std::move(made);
  }
  LogError("tracing: nothing is recorded: {}", made.status().message());
  return nullptr;
}

}  // namespace

bool SetupTracing(TracingSetup setup, const otel::Environment& environment) {
  const TracingParams params = setup.params ? *setup.params : TracingParams::FromEnvironment(environment);
  ProviderSetup provider{.service_name = std::move(setup.service_name),
                         .exporter = std::move(setup.exporter),
                         .console_export = setup.console_export,
                         .mode = params.mode,
                         .batch_delay = setup.batch_delay,
                         .loop = setup.loop};
  if (!SetupProvider(std::move(provider), environment)) return false;
  std::shared_ptr<Recordings> recordings;
  const bool record = setup.record ? *setup.record : environment.IsOn("REPARTEE_RECORD", false);
  if (record && params.captures_content() && GlobalTracerProvider()->enabled())
    recordings = MakeRecordings(std::move(setup.record_to), std::move(setup.record_format), environment);
  TraceTasksWith(GlobalTracerProvider(), params, std::move(recordings));
  return true;
}

void TraceTasksWith(std::shared_ptr<otel::TracerProvider> provider, TracingParams params,
                    std::shared_ptr<Recordings> recordings) {
  Global& global = TheGlobal();
  const std::lock_guard lock(global.mutex);
  global.provider = std::move(provider);
  global.params = params;
  global.recordings = std::move(recordings);
  SetTaskTracingFactory(global.provider ? &TraceTask : nullptr);
}

bool FinishRecordings(Nanos timeout) {
  Global& global = TheGlobal();
  std::shared_ptr<Recordings> recordings;
  {
    const std::lock_guard lock(global.mutex);
    recordings = std::exchange(global.recordings, nullptr);
  }
  return !recordings || (recordings->Finish(timeout) && recordings->failed() == 0);
}

}  // namespace repartee
