#include "repartee/conversation/user_turn/start_strategies.h"

#include "repartee/conversation/user_turn/words.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"

namespace repartee {

VADUserTurnStartStrategy::VADUserTurnStartStrategy(UserTurnStartedParams params)
    : BaseUserTurnStartStrategy("VADUserTurnStartStrategy", params) {}

StrategyResult VADUserTurnStartStrategy::Process(const Frame& frame) {
  return frame.Is<VADUserStartedSpeakingFrame>() ? TriggerUserTurnStarted() : StrategyResult::kContinue;
}

TranscriptionUserTurnStartStrategy::TranscriptionUserTurnStartStrategy(
    TranscriptionUserTurnStartOptions options)
    : BaseUserTurnStartStrategy("TranscriptionUserTurnStartStrategy", options.started),
      use_interim_(options.use_interim) {}

StrategyResult TranscriptionUserTurnStartStrategy::Process(const Frame& frame) {
  const bool counts =
      frame.Is<TranscriptionFrame>() || (use_interim_ && frame.Is<InterimTranscriptionFrame>());
  // Recognizers send blank ones for noise.
  if (!counts || IsBlank(frame.As<TextFrame>()->text)) return StrategyResult::kContinue;
  return TriggerUserTurnStarted();
}

MinWordsUserTurnStartStrategy::MinWordsUserTurnStartStrategy(MinWordsUserTurnStartOptions options)
    : BaseUserTurnStartStrategy("MinWordsUserTurnStartStrategy", options.started),
      min_words_(options.min_words),
      use_interim_(options.use_interim) {}

// The turn has interrupted the bot: the next word counts.
void MinWordsUserTurnStartStrategy::OnTurnStarted() { bot_speaking_ = false; }

StrategyResult MinWordsUserTurnStartStrategy::Process(const Frame& frame) {
  switch (frame.type()) {
    case FrameType::kBotStartedSpeaking: bot_speaking_ = true; break;
    case FrameType::kBotStoppedSpeaking: bot_speaking_ = false; break;
    case FrameType::kTranscription: return OnText(frame);
    case FrameType::kInterimTranscription:
      if (use_interim_) return OnText(frame);
      break;
    default: break;
  }
  return StrategyResult::kContinue;
}

StrategyResult MinWordsUserTurnStartStrategy::OnText(const Frame& frame) {
  const int needed = bot_speaking_ ? min_words_ : 1;
  if (CountWords(frame.As<TextFrame>()->text) >= needed) return TriggerUserTurnStarted();
  host().ResetAggregation();
  return StrategyResult::kContinue;
}

ExternalUserTurnStartStrategy::ExternalUserTurnStartStrategy(UserTurnStartedParams params)
    : BaseUserTurnStartStrategy("ExternalUserTurnStartStrategy", params) {}

StrategyResult ExternalUserTurnStartStrategy::Process(const Frame& frame) {
  if (frame.Is<ProposedUserStartedSpeakingFrame>()) return TriggerUserTurnStarted();
  if (!frame.Is<UserStartedSpeakingFrame>()) return StrategyResult::kContinue;
  // Whoever announced it interrupts, too.
  UserTurnStartedParams noted;
  noted.enable_interruptions = false;
  noted.enable_user_speaking_frames = false;
  return TriggerUserTurnStarted(noted);
}

}  // namespace repartee
