#include "repartee/conversation/user_turn/eager_stop_strategy.h"

#include <algorithm>
#include <utility>

#include "repartee/conversation/user_turn/words.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"

namespace repartee {

EagerUserTurnStopStrategy::EagerUserTurnStopStrategy(std::unique_ptr<BaseUserTurnStopStrategy> inner,
                                                     EagerUserTurnStopOptions options)
    : BaseUserTurnStopStrategy("EagerUserTurnStopStrategy"), inner_(std::move(inner)), options_(options) {}

void EagerUserTurnStopStrategy::Attach(UserTurnHost& real) {
  BaseUserTurnStopStrategy::Attach(real);
  set_outer(&real);
  limit_.emplace(real.loop(), [this] { Discard(); });
  UserTurnHost& self = *this;
  inner_->Attach(self);
}

void EagerUserTurnStopStrategy::Detach() {
  inner_->Detach();
  limit_.reset();
  set_outer(nullptr);
  BaseUserTurnStopStrategy::Detach();
}

StrategyResult EagerUserTurnStopStrategy::Process(const Frame& frame) {
  // It cuts the early answer as well: none is left to be confirmed at the end of the turn.
  if (frame.type() == FrameType::kInterruption) Forget();
  switch (frame.type()) {
    // What was final before it is part of what the model would be asked.
    case FrameType::kEagerTranscription: Begin(SaidWith(frame.As<TextFrame>()->text)); break;
    case FrameType::kTranscription: {
      const std::string& text = frame.As<TextFrame>()->text;
      if (IsBlank(text)) break;
      said_ = SaidWith(text);
      if (options_.eager_on_transcripts) Begin(said_);
      break;
    }
    case FrameType::kVADUserStartedSpeaking:
      Discard();
      break;  // the user goes on
    // The recognizer takes it back, and its frame tells everybody.
    case FrameType::kEagerEndOfTurnCancel: Forget(); break;
    default: break;
  }
  return inner_->Process(frame);
}

void EagerUserTurnStopStrategy::Begin(const std::string& text) {
  if (!outer().turn_open() || IsBlank(text)) return;
  std::string normal = NormalizeWords(text);
  if (eager_ == normal) return;
  Discard();
  eager_ = std::move(normal);
  limit_->Arm(std::min(options_.limit, kMaxEagerLimit));
  outer().StartEagerInference(*this, text);
}

std::string EagerUserTurnStopStrategy::SaidWith(const std::string& text) const {
  return said_.empty() ? text : said_ + " " + text;
}

void EagerUserTurnStopStrategy::Forget() {
  limit_->Disarm();
  eager_.reset();
}

void EagerUserTurnStopStrategy::Discard() {
  if (eager_) outer().CancelEagerInference();
  Forget();
}

// The turn is over: is the early answer one to what was really said?
void EagerUserTurnStopStrategy::TriggerInference(const BaseUserTurnStopStrategy&) {
  if (eager_ && *eager_ == NormalizeWords(said_)) {
    confirmed_ = true;
    return Forget();
  }
  Discard();
  outer().TriggerInference(*this);
}

void EagerUserTurnStopStrategy::StopTurn(const BaseUserTurnStopStrategy&, UserTurnStoppedParams params) {
  params.confirms_speculation = std::exchange(confirmed_, false);
  outer().StopTurn(*this, params);
}

void EagerUserTurnStopStrategy::OnTurnStarted() {
  said_.clear();
  inner_->OnTurnStarted();
}

void EagerUserTurnStopStrategy::OnTurnStopped() {
  Discard();
  said_.clear();
  inner_->OnTurnStopped();
}

}  // namespace repartee
