#include "repartee/conversation/user_turn/wake_phrase_strategy.h"

#include <algorithm>

#include "repartee/conversation/user_turn/words.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"

namespace repartee {
namespace {

// Of what was heard before: more than any phrase, less than a speech.
constexpr std::size_t kMaxHeard = 250;

// The text's words, one blank in front of each and one at the end, and where each word begins in the same
// text without blanks.
struct Joined {
  std::string text;
  std::vector<std::size_t> begins;
};

Joined JoinWords(const std::string& text) {
  Joined joined;
  for (const std::string& word : SplitWords(NormalizeWords(text))) {
    joined.begins.push_back(joined.text.size());
    joined.text += word;
  }
  joined.begins.push_back(joined.text.size());
  return joined;
}

}  // namespace

WakePhraseUserTurnStartStrategy::WakePhraseUserTurnStartStrategy(WakePhraseUserTurnStartOptions options)
    : BaseUserTurnStartStrategy("WakePhraseUserTurnStartStrategy", options.started),
      options_(std::move(options)) {
  for (const std::string& phrase : options_.phrases) keys_.push_back(JoinWords(phrase).text);
}

void WakePhraseUserTurnStartStrategy::Attach(UserTurnHost& host) {
  BaseUserTurnStartStrategy::Attach(host);
  timer_.emplace(host.loop(), [this] {
    Sleep();
    on_wake_phrase_timeout.Emit(this->host().loop());
  });
}

void WakePhraseUserTurnStartStrategy::Detach() {
  timer_.reset();
  BaseUserTurnStartStrategy::Detach();
}

StrategyResult WakePhraseUserTurnStartStrategy::Process(const Frame& frame) {
  switch (frame.type()) {
    case FrameType::kTranscription: return OnWords(frame.As<TextFrame>()->text);
    case FrameType::kVADUserStartedSpeaking:
    case FrameType::kUserSpeaking:
    case FrameType::kBotSpeaking: StayAwake(); break;
    default: break;
  }
  return awake_ ? StrategyResult::kContinue : StrategyResult::kStop;
}

StrategyResult WakePhraseUserTurnStartStrategy::OnWords(const std::string& text) {
  if (awake_) {
    StayAwake();
    return StrategyResult::kContinue;
  }
  const std::string all = heard_ + " " + text;
  if (const std::string* phrase = FindPhrase(all)) {
    awake_ = true;
    heard_.clear();
    timer_->Arm(options_.timeout);
    on_wake_phrase_detected.Emit(host().loop(), *phrase);
    return TriggerUserTurnStarted();
  }
  heard_ = all.size() > kMaxHeard ? all.substr(all.size() - kMaxHeard) : all;
  host().ResetAggregation();
  return StrategyResult::kStop;
}

const std::string* WakePhraseUserTurnStartStrategy::FindPhrase(const std::string& text) const {
  const Joined joined = JoinWords(text);
  const auto at_word = [&joined](std::size_t position) {
    return std::binary_search(joined.begins.begin(), joined.begins.end(), position);
  };
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const std::string& key = keys_[i];
    if (key.empty()) continue;
    for (auto at = joined.text.find(key); at != std::string::npos; at = joined.text.find(key, at + 1)) {
      if (at_word(at) && at_word(at + key.size())) return &options_.phrases[i];
    }
  }
  return nullptr;
}

void WakePhraseUserTurnStartStrategy::StayAwake() {
  if (awake_ && !options_.single_activation) timer_->Arm(options_.timeout);
}

void WakePhraseUserTurnStartStrategy::Sleep() {
  awake_ = false;
  heard_.clear();
  if (timer_) timer_->Disarm();
}

}  // namespace repartee
