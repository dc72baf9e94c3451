// WakePhraseUserTurnStartStrategy: the bot sleeps until it is called by name.
//
// Asleep it lets no later strategy see anything, so put it first; what was said without
// the phrase is thrown away. The phrase starts a turn and wakes it; it goes back to sleep
// when nobody has said anything for a while, or so long after the phrase, whatever is said.
//
// Thread: the conversation's loop.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repartee/base/event.h"
#include "repartee/conversation/user_turn/strategy.h"

namespace repartee {

struct WakePhraseUserTurnStartOptions {
  // Whole words, in any case, with or without blanks between them: "hey robot" is heard in "Heyrobot!".
  std::vector<std::string> phrases;
  Nanos timeout = std::chrono::seconds(10);  // of no word from anybody
  bool single_activation = false;            // the timeout counts from the phrase alone
  UserTurnStartedParams started;
};

class WakePhraseUserTurnStartStrategy final : public BaseUserTurnStartStrategy {
 public:
  explicit WakePhraseUserTurnStartStrategy(WakePhraseUserTurnStartOptions options);

  Event<std::string> on_wake_phrase_detected;  // the phrase
  Event<> on_wake_phrase_timeout;

  bool awake() const { return awake_; }
  StrategyResult Process(const Frame& frame) override;
  void OnTurnStarted() override { StayAwake(); }
  void Attach(UserTurnHost& host) override;
  void Detach() override;

 private:
  StrategyResult OnWords(const std::string& text);
  void StayAwake();
  const std::string* FindPhrase(const std::string& text) const;
  void Sleep();

  const WakePhraseUserTurnStartOptions options_;
  std::vector<std::string> keys_;  // the phrases in the form in which they are looked for
  std::string heard_;              // the end of what was said while asleep: a phrase may come in two parts
  std::optional<Timer> timer_;     // from Attach to Detach
  bool awake_ = false;
};

}  // namespace repartee
