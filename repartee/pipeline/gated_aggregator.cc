#include "repartee/pipeline/gated_aggregator.h"

#include <utility>

namespace repartee {
namespace {

constexpr std::size_t kMaxHeld = 16384;

}  // namespace

GatedAggregator::GatedAggregator(GatedAggregatorOptions options)
    : FrameProcessor("GatedAggregator"), options_(std::move(options)), open_(options_.start_open) {}

Status GatedAggregator::Process(FramePtr frame, Direction direction) {
  if (frame->Is<InterruptionFrame>()) DropInterruptible();
  if (frame->is_system() || frame->Is<EndFrame>() || frame->Is<StopFrame>() ||
      direction != options_.direction) {
    Push(std::move(frame), direction);
    return OkStatus();
  }
  open_ = open_ ? !options_.gate_close_fn(*frame) : options_.gate_open_fn(*frame);
  if (!open_) {
    Hold(std::move(frame));
    return OkStatus();
  }
  Push(std::move(frame), direction);
  std::deque<FramePtr> held;
  held.swap(held_);
  for (FramePtr& one : held) Push(std::move(one), direction);
  return OkStatus();
}

void GatedAggregator::Hold(FramePtr frame) {
  held_.push_back(std::move(frame));
  if (held_.size() <= kMaxHeld) return;
  Push(std::move(held_.front()), options_.direction);
  held_.pop_front();
}

void GatedAggregator::DropInterruptible() {
  std::erase_if(held_, [](const FramePtr& frame) { return frame->interruptible(); });
}

GatedLLMContextAggregator::GatedLLMContextAggregator(bool start_open)
    : FrameProcessor("GatedLLMContextAggregator"), open_(start_open) {}

void GatedLLMContextAggregator::Release() {
  open_ = true;
  if (!waiting_) return;
  open_ = false;
  Push(std::exchange(waiting_, nullptr));
}

Status GatedLLMContextAggregator::Process(FramePtr frame, Direction direction) {
  if (frame->type() != FrameType::kLLMContext || direction != Direction::kDownstream) {
    Push(std::move(frame), direction);
  } else if (std::exchange(open_, false)) {
    Push(std::move(frame), direction);
  } else {
    waiting_ = std::move(frame);
  }
  return OkStatus();
}

}  // namespace repartee
