// GatedAggregator: holds frames back while its gate is closed. One function says which
// frame opens it, another which closes it; the frame that opens goes first, what waited
// follows.
//
// System frames, the other direction and the end pass. An interruption drops what waits,
// but for what is uninterruptible; so does the end.
// Limit: 16,384 frames, then the oldest goes on early. Thread: the conversation's loop.
#pragma once

#include <deque>
#include <functional>

#include "repartee/pipeline/frame_processor.h"

namespace repartee {

struct GatedAggregatorOptions {
  std::function<bool(const Frame&)> gate_open_fn;   // asked while closed
  std::function<bool(const Frame&)> gate_close_fn;  // asked while open
  bool start_open = false;
  Direction direction = Direction::kDownstream;
};

class GatedAggregator final : public FrameProcessor {
 public:
  explicit GatedAggregator(GatedAggregatorOptions options);

  bool open() const { return open_; }

 protected:
  Status Process(FramePtr frame, Direction direction) override;

 private:
  void Hold(FramePtr frame);
  void DropInterruptible();

  const GatedAggregatorOptions options_;
  std::deque<FramePtr> held_;
  bool open_;
};

// Keeps the latest LLMContextFrame until Release is called: the model starts when the
// program says so, with the newest context. All else passes.
class GatedLLMContextAggregator final : public FrameProcessor {
 public:
  // `start_open`: the first context passes.
  explicit GatedLLMContextAggregator(bool start_open = false);

  // The waiting context goes on, or the next one that comes.
  void Release();

 protected:
  Status Process(FramePtr frame, Direction direction) override;

 private:
  FramePtr waiting_;
  bool open_;
};

}  // namespace repartee
