#include "repartee/conversation/user_turn/false_interruption_strategy.h"

#include <algorithm>
#include <utility>

#include "repartee/conversation/user_turn/words.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"

namespace repartee {

FalseInterruptionUserTurnStartStrategy::FalseInterruptionUserTurnStartStrategy(
    FalseInterruptionUserTurnStartOptions options)
    : BaseUserTurnStartStrategy("FalseInterruptionUserTurnStartStrategy", options.started),
      options_(std::move(options)) {
  for (const std::string& text : options_.backchannels) backchannels_.push_back(NormalizeWords(text));
}

void FalseInterruptionUserTurnStartStrategy::Attach(UserTurnHost& host) {
  BaseUserTurnStartStrategy::Attach(host);
  resume_timer_.emplace(host.loop(), [this] { Resume(); });
}

void FalseInterruptionUserTurnStartStrategy::Detach() {
  resume_timer_.reset();
  BaseUserTurnStartStrategy::Detach();
}

StrategyResult FalseInterruptionUserTurnStartStrategy::Process(const Frame& frame) {
  switch (frame.type()) {
    case FrameType::kBotStartedSpeaking: bot_speaking_ = true; break;
    case FrameType::kBotStoppedSpeaking:
      bot_speaking_ = false;
      paused_ = false;
      resume_timer_->Disarm();
      break;
    case FrameType::kVADUserStartedSpeaking: return OnVoice(true);
    case FrameType::kVADUserStoppedSpeaking: return OnVoice(false);
    case FrameType::kTranscription: return OnWords(frame, true);
    case FrameType::kInterimTranscription: return OnWords(frame, false);
    default: break;
  }
  return StrategyResult::kContinue;
}

// A turn that is open has interrupted the bot already.
StrategyResult FalseInterruptionUserTurnStartStrategy::OnVoice(bool started) {
  if (!bot_speaking_ || host().turn_open()) return StrategyResult::kContinue;
  if (!started) {
    if (paused_) resume_timer_->Arm(options_.resume_after);
    return StrategyResult::kStop;
  }
  resume_timer_->Disarm();
  if (options_.output && !paused_) {
    paused_ = true;
    host().PauseBot(*options_.output);
  }
  return StrategyResult::kStop;
}

StrategyResult FalseInterruptionUserTurnStartStrategy::OnWords(const Frame& frame, bool final) {
  const std::string& text = frame.As<TextFrame>()->text;
  if (!bot_speaking_ || host().turn_open() || IsBlank(text)) return StrategyResult::kContinue;
  if (!IsBackchannel(text)) return TriggerUserTurnStarted();
  // More may follow a guess: "yeah" may become "yeah but no".
  if (final) {
    host().ResetAggregation();
    host().NoteBackchannel(*frame.As<TranscriptionFrame>());
    Resume();
  }
  return StrategyResult::kStop;
}

// Phrase by phrase from the front, the longest first.
bool FalseInterruptionUserTurnStartStrategy::IsBackchannel(const std::string& text) const {
  std::string rest = NormalizeWords(text);
  while (!rest.empty()) {
    std::size_t longest = 0;
    for (const std::string& phrase : backchannels_) {
      const bool whole =
          rest.size() == phrase.size() || (rest.size() > phrase.size() && rest[phrase.size()] == ' ');
      if (whole && phrase.size() > longest && rest.starts_with(phrase)) longest = phrase.size();
    }
    if (longest == 0) return false;
    rest.erase(0, std::min(longest + 1, rest.size()));
  }
  return true;
}

// The interruption, if it is one, ends the pause by itself.
void FalseInterruptionUserTurnStartStrategy::OnTurnStarted() {
  paused_ = false;
  resume_timer_->Disarm();
}

void FalseInterruptionUserTurnStartStrategy::Resume() {
  resume_timer_->Disarm();
  if (std::exchange(paused_, false)) host().ResumeBot(*options_.output);
}

}  // namespace repartee
