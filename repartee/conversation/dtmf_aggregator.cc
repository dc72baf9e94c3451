#include "repartee/conversation/dtmf_aggregator.h"

#include <utility>

#include "repartee/base/iso_time.h"
#include "repartee/frames/text_frames.h"

namespace repartee {
namespace {

constexpr std::size_t kMaxKeys = 128;

}  // namespace

DTMFAggregator::DTMFAggregator(DTMFAggregatorOptions options)
    : FrameProcessor("DTMFAggregator"), options_(std::move(options)) {}

Status DTMFAggregator::OnSetup() {
  timer_.emplace(loop(), [this] { Flush(); });
  return OkStatus();
}

Status DTMFAggregator::Process(FramePtr frame, Direction direction) {
  if (frame->Is<EndFrame>() || frame->Is<CancelFrame>()) Flush();
  const auto* key = frame->As<InputDTMFFrame>();
  const std::optional<KeypadEntry> button = key ? std::optional(key->button) : std::nullopt;
  Push(std::move(frame), direction);
  if (button) OnKey(*button);
  return OkStatus();
}

void DTMFAggregator::OnKey(KeypadEntry key) {
  if (keys_.empty()) BroadcastInterruption();
  keys_ += static_cast<char>(key);
  if (key == options_.termination_digit || keys_.size() >= kMaxKeys) return Flush();
  timer_->Arm(options_.timeout);
}

void DTMFAggregator::Flush() {
  if (timer_) timer_->Disarm();
  if (keys_.empty()) return;
  auto said = Make<TranscriptionFrame>(options_.prefix + std::exchange(keys_, {}), "",
                                       FormatIsoMillis(loop().wall_now()));
  said->finalized = true;
  Push(std::move(said));
}

}  // namespace repartee
