#include "repartee/agent/hearing.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "repartee/frames/service_frames.h"
#include "repartee/frames/speaking_frames.h"

namespace repartee {
namespace {

constexpr Nanos kPeriod = std::chrono::milliseconds(100);

// What is less is not seen.
double Rounded(double value) { return std::round(value * 100) / 100; }

}  // namespace

Hearing::Hearing(EventLoop& loop, const VadAnalyzer* vad, Nanos pause, Tell tell)
    : loop_(loop), vad_(vad), pause_(pause), tell_(std::move(tell)), timer_(loop, [this] { Look(); }) {}

void Hearing::Start() {
  if (vad_ != nullptr && !timer_.armed()) timer_.Arm(Nanos(0));
}

FrameTypeSet Hearing::wanted_pushes() const {
  return {FrameType::kVADUserStartedSpeaking, FrameType::kVADUserStoppedSpeaking,
          FrameType::kUserStoppedSpeaking, FrameType::kMetrics};
}

void Hearing::OnPushFrame(const FramePushed& event) {
  switch (event.frame->type()) {
    case FrameType::kVADUserStartedSpeaking:
      silent_since_.reset();
      judged_.reset();
      over_ = false;
      break;
    case FrameType::kVADUserStoppedSpeaking:
      if (!silent_since_) silent_since_ = loop_.now();
      break;
    case FrameType::kUserStoppedSpeaking: over_ = true; break;
    default: {
      const auto* const metrics = event.frame->As<MetricsFrame>();
      if (metrics == nullptr) break;
      for (const MetricsData& data : metrics->data) {
        if (const auto* const turn = std::get_if<TurnMetricsData>(&data.value)) judged_ = turn->probability;
      }
    }
  }
}

double Hearing::NearEnd() const {
  if (over_) return 1;
  if (judged_) return *judged_;
  if (!silent_since_) return 0;
  if (pause_ <= Nanos(0)) return 1;
  return std::min(1.0, ToSeconds(loop_.now() - *silent_since_) / ToSeconds(pause_));
}

void Hearing::Look() {
  timer_.Arm(kPeriod);
  const VadState state = vad_->state();
  Json now = {{"type", "hearing"},
              {"voice", Rounded(vad_->last_confidence())},
              {"threshold", Rounded(vad_->params().confidence)},
              {"speaking", state == VadState::kSpeaking || state == VadState::kStopping},
              {"turn", Rounded(NearEnd())},
              {"over", over_}};
  if (now == told_) return;
  told_ = now;
  tell_(std::move(now));
}

}  // namespace repartee
