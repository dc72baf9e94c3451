// Rig: runs a few processors in virtual time between two taps and notes all that
// comes out, with the virtual millisecond. For tests; minutes take milliseconds.
//
// Thread: the test's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "repartee/pipeline/task.h"

namespace repartee::testing {

struct Observed {
  FramePtr frame;
  Direction direction;
  double at_ms;  // since the rig was made ready; negative before
};

class Rig {
 public:
  // `processors` are borrowed. The pipeline has started when the constructor returns.
  // Real time is for processors that talk to a socket: wait with loop().RunUntil then.
  explicit Rig(std::vector<FrameProcessor*> processors, PipelineTaskOptions options = DefaultOptions(),
               EventLoop::Time time = EventLoop::Time::kVirtual);
  ~Rig();

  // No idle limit.
  static PipelineTaskOptions DefaultOptions();

  void Push(FramePtr frame, Direction direction = Direction::kDownstream);
  // Lets virtual time go on.
  void Wait(Nanos duration);
  // Until nothing is left to happen or the task has finished.
  void Run();

  // Everything noted at one side, in order, without StartFrame.
  const std::vector<Observed>& downstream() const { return downstream_; }
  const std::vector<Observed>& upstream() const { return upstream_; }
  // "TextFrame(one)@100" for each; text frames show their text. Times are rounded to milliseconds.
  std::vector<std::string> DownstreamLog() const;
  std::vector<std::string> UpstreamLog() const;

  EventLoop& loop() { return loop_; }
  PipelineTask& task() { return *task_; }
  double now_ms() const;

 private:
  class Tap;

  EventLoop loop_;
  std::unique_ptr<Tap> head_;
  std::unique_ptr<Tap> tail_;
  std::vector<Observed> downstream_;
  std::vector<Observed> upstream_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<PipelineTask> task_;
  Nanos ready_at_{0};
};

}  // namespace repartee::testing
