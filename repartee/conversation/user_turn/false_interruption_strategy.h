// FalseInterruptionUserTurnStartStrategy: while the bot speaks, a voice alone does not
// interrupt it. The bot pauses; words make it an interruption; a noise, or no more than
// an "mm-hm", lets the bot go on where it stopped.
//
// Put it first: it keeps the voice from the later strategies while the bot speaks. The
// price is that an interruption is sure only with the first words that a recognizer
// gives, guesses included. While the bot is silent it does nothing.
//
// Thread: the conversation's loop.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repartee/conversation/user_turn/strategy.h"

namespace repartee {

struct FalseInterruptionUserTurnStartOptions {
  // The output transport whose sound pauses; borrowed. Null: the bot speaks on until there are words.
  const FrameProcessor* output = nullptr;
  // The bot goes on so long after the voice has stopped without words: a recognizer needs its time.
  Nanos resume_after = std::chrono::seconds(1);
  // What is said without wanting the turn, in any case; a text made of nothing else does not interrupt.
  // Empty: every word does.
  std::vector<std::string> backchannels = {
      "mm-hm", "mhm",  "mm", "hm",    "hmm",  "uh-huh", "aha",    "ah",   "oh",      "yeah", "yep",
      "yes",   "okay", "ok", "right", "sure", "i see",  "got it", "true", "exactly", "wow",  "cool"};
  UserTurnStartedParams started;
};

class FalseInterruptionUserTurnStartStrategy final : public BaseUserTurnStartStrategy {
 public:
  explicit FalseInterruptionUserTurnStartStrategy(FalseInterruptionUserTurnStartOptions options = {});

  StrategyResult Process(const Frame& frame) override;
  void OnTurnStarted() override;
  void Attach(UserTurnHost& host) override;
  void Detach() override;

 private:
  StrategyResult OnVoice(bool started);
  StrategyResult OnWords(const Frame& frame, bool final);
  bool IsBackchannel(const std::string& text) const;
  void Resume();

  const FalseInterruptionUserTurnStartOptions options_;
  std::vector<std::string> backchannels_;  // as NormalizeWords gives them
  std::optional<Timer> resume_timer_;      // from Attach to Detach
  bool bot_speaking_ = false;
  bool paused_ = false;
};

}  // namespace repartee
