#include "repartee/pipeline/turn_tracking_observer.h"

namespace repartee {

TurnTrackingObserver::TurnTrackingObserver(EventLoop& loop, Nanos turn_end_timeout)
    // The turn ended when the bot stopped; the timer only made sure of it.
    : end_timer_(loop, [this] { EndTurn(bot_stopped_at_, false, TurnEndReason::kTimeout); }),
      timeout_(turn_end_timeout) {}

void TurnTrackingObserver::OnTurnStarted(std::function<void(const TurnStarted&)> handler) {
  started_.push_back(std::move(handler));
}

void TurnTrackingObserver::OnTurnEnded(std::function<void(const TurnEnded&)> handler) {
  ended_.push_back(std::move(handler));
}

FrameTypeSet TurnTrackingObserver::wanted_pushes() const {
  return {FrameType::kStart,
          FrameType::kEnd,
          FrameType::kCancel,
          FrameType::kUserStartedSpeaking,
          FrameType::kBotStartedSpeaking,
          FrameType::kBotStoppedSpeaking,
          FrameType::kLLMFullResponseStart,
          FrameType::kTTSSpeak};
}

void TurnTrackingObserver::OnPushFrame(const FramePushed& event) {
  switch (event.frame->type()) {
    case FrameType::kStart:
      if (count_ == 0) StartTurn(event.time);
      break;
    case FrameType::kUserStartedSpeaking: UserStarted(event.time); break;
    // An answer is asked for, or a text is to be spoken: what follows from it belongs into the turn.
    case FrameType::kLLMFullResponseStart:
    case FrameType::kTTSSpeak: BotSetsOut(event.time); break;
    case FrameType::kBotStartedSpeaking:
      BotSetsOut(event.time);
      bot_speaking_ = true;
      bot_has_spoken_ = true;
      end_timer_.Disarm();
      break;
    case FrameType::kBotStoppedSpeaking:
      if (!bot_speaking_) break;  // late, after a barge-in
      bot_speaking_ = false;
      bot_stopped_at_ = event.time;
      end_timer_.Arm(timeout_);
      break;
    case FrameType::kEnd:
      over_ = true;
      EndTurn(event.time, true, TurnEndReason::kEnd);
      break;
    case FrameType::kCancel:
      over_ = true;
      EndTurn(event.time, true, TurnEndReason::kCancel);
      break;
    default: break;
  }
}

// What is said after the end was asked for is the goodbye of the last turn.
void TurnTrackingObserver::BotSetsOut(Nanos time) {
  if (bot_opens_turns_ && !active_ && !over_) StartTurn(time, true);
}

void TurnTrackingObserver::FailTurn(Nanos time) {
  if (!bot_speaking_ && !bot_has_spoken_) EndTurn(time, false, TurnEndReason::kError);
}

void TurnTrackingObserver::UserStarted(Nanos time) {
  if (bot_speaking_) {
    EndTurn(time, true, TurnEndReason::kInterrupted);
    bot_speaking_ = false;
    StartTurn(time);
  } else if (active_ && bot_has_spoken_) {
    EndTurn(time, false, TurnEndReason::kUserStarted);
    StartTurn(time);
  } else if (!active_) {
    StartTurn(time);
  }
}

void TurnTrackingObserver::StartTurn(Nanos time, bool by_bot) {
  active_ = true;
  bot_has_spoken_ = false;
  started_at_ = time;
  const TurnStarted event{++count_, time, by_bot};
  for (const auto& handler : started_) handler(event);
}

void TurnTrackingObserver::EndTurn(Nanos time, bool interrupted, TurnEndReason reason) {
  end_timer_.Disarm();
  if (!active_) return;
  active_ = false;
  const TurnEnded event{count_, time - started_at_, interrupted, reason};
  for (const auto& handler : ended_) handler(event);
}

}  // namespace repartee
