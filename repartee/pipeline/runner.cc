#include "repartee/pipeline/runner.h"

#include <csignal>
#include <optional>

#include "repartee/base/signals.h"

namespace repartee {

void PipelineRunner::Run(PipelineTask& task) {
  EventLoop loop;
  Run(task, loop);
}

void PipelineRunner::Run(PipelineTask& task, EventLoop& loop) {
  std::optional<SignalWatcher> interrupt;
  std::optional<SignalWatcher> terminate;
  const auto cancel = [&task](int) { task.Cancel("signal"); };
  if (options_.handle_sigint) interrupt.emplace(loop, std::initializer_list<int>{SIGINT}, cancel);
  if (options_.handle_sigterm) terminate.emplace(loop, std::initializer_list<int>{SIGTERM}, cancel);
  loop.Post([&task, &loop] { task.Start(loop); });
  loop.RunUntil([&task] { return task.finished(); }, Nanos(std::chrono::hours(24 * 365)));
}

}  // namespace repartee
