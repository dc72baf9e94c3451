#include "repartee/tracing/setup.h"

#include <mutex>
#include <utility>

#include "repartee/tracing/conversation_tracing.h"

namespace repartee {
namespace {

struct Global {
  std::mutex mutex;
  std::shared_ptr<otel::TracerProvider> provider;  // guarded by mutex; shared with the tasks that run
  TracingParams params;                            // guarded by mutex
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
  return std::make_unique<ConversationTracing>(task, global.provider, global.params);
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
  TraceTasksWith(GlobalTracerProvider(), params);
  return true;
}

void TraceTasksWith(std::shared_ptr<otel::TracerProvider> provider, TracingParams params) {
  Global& global = TheGlobal();
  const std::lock_guard lock(global.mutex);
  global.provider = std::move(provider);
  global.params = params;
  SetTaskTracingFactory(global.provider ? &TraceTask : nullptr);
}

}  // namespace repartee
