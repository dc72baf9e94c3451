// PipelineRunner: runs a task on this thread until it has finished. The first SIGINT
// cancels it.
//
// Thread: the caller's becomes the conversation's.
#pragma once

#include "repartee/pipeline/task.h"

namespace repartee {

struct PipelineRunnerOptions {
  bool handle_sigint = true;
  bool handle_sigterm = false;
};

class PipelineRunner {
 public:
  explicit PipelineRunner(PipelineRunnerOptions options = {}) : options_(options) {}

  // Returns when the task has finished.
  void Run(PipelineTask& task);
  void Run(PipelineTask& task, EventLoop& loop);

 private:
  PipelineRunnerOptions options_;
};

}  // namespace repartee
