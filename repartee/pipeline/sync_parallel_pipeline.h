// SyncParallelPipeline: a ParallelPipeline whose branches keep step: what they make of a
// frame goes on only when all of them are done with it.
//
// A marker follows each data or control frame through every branch; while the markers
// are under way the next frame waits. System frames are not held. An interruption drops
// what was made so far. Limits: ParallelPipeline's. Thread: the conversation's loop.
#pragma once

#include <memory>
#include <vector>

#include "repartee/base/mailbox.h"
#include "repartee/pipeline/parallel_pipeline.h"

namespace repartee {

// In which order the frames made of one frame go on.
enum class FrameOrder : std::uint8_t {
  kArrival,   // as they came out of the branches
  kPipeline,  // all of the first branch, then all of the second
};

class SyncParallelPipeline final : public ParallelPipeline {
 public:
  // Each branch is a list of borrowed processors.
  explicit SyncParallelPipeline(const std::vector<std::vector<FrameProcessor*>>& branches,
                                FrameOrder order = FrameOrder::kArrival);

 protected:
  Status Process(FramePtr frame, Direction direction) override;
  Status OnSetup() override;
  void Leave(FramePtr frame, Direction direction, std::size_t branch) override;

 private:
  struct Made {
    FramePtr frame;
    Direction direction;
    std::size_t branch;
  };

  Task<Status> InStep(FramePtr frame, Direction direction);
  void Release(bool interrupted);

  const FrameOrder order_;
  FramePtr marker_;  // behind the frame in hand; null: none
  std::size_t missing_ = 0;
  std::vector<Made> made_;
  std::unique_ptr<Mailbox<bool>> progress_;
};

}  // namespace repartee
