// ParallelPipeline: every frame goes to all branches, as the same object; what the
// branches let out is passed on once, by frame id, first comer wins.
//
// Start, End and Cancel come out once the last branch has delivered them. While one
// is being collected nothing is handled here and everything else that comes out of
// a branch is held: released after a start, before an end. A cancel alone waits for nothing.
//
// Limits: the last 4,096 ids of sound and as many of other frames are remembered; at most
// 16,384 frames are held, then the oldest goes out early. Thread: the conversation's loop.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_set>
#include <vector>

#include "repartee/pipeline/frame_processor.h"
#include "repartee/pipeline/pipeline.h"

namespace repartee {

class ParallelPipeline : public FrameProcessor {
 public:
  // Each branch is a list of borrowed processors.
  explicit ParallelPipeline(const std::vector<std::vector<FrameProcessor*>>& branches);
  ~ParallelPipeline() override;

  std::vector<FrameProcessor*> Children() override;

 protected:
  ParallelPipeline(const char* class_name, const std::vector<std::vector<FrameProcessor*>>& branches);

  Status Process(FramePtr frame, Direction direction) override;
  std::size_t branch_count() const { return branches_.size(); }
  // Into every branch, at its head or its tail.
  void GiveToBranches(const FramePtr& frame, Direction direction);
  // What a branch lets out; goes on unless another branch was first.
  virtual void Leave(FramePtr frame, Direction direction, std::size_t branch);

 private:
  class BranchEnd;
  struct Branch;
  struct Held {
    FramePtr frame;
    Direction direction;
  };

  // Which frames were let out.
  struct Remembered {
    std::deque<std::uint64_t> order;
    std::unordered_set<std::uint64_t> ids;
  };

  void Collected(const FramePtr& frame, Direction direction);
  void Release();
  bool SeenBefore(const Frame& frame);

  std::vector<std::unique_ptr<Branch>> branches_;
  FramePtr collecting_;  // Start, End or Cancel on its way through the branches
  FramePtr overtaken_;   // the one a Cancel took the place of
  std::size_t missing_ = 0;
  std::deque<Held> held_;
  Remembered seen_sounds_;
  Remembered seen_others_;
};

}  // namespace repartee
