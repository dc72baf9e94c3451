// SpokenWords: what was said in a turn and in the whole conversation, for the spans
// that show it; and how long somebody talked.
//
// A user's words may be recognized just before the turn they open: those that come
// when the bot has had its say wait for the next turn. Bounded: 64 KiB a text.
// Thread: the conversation's loop.
#pragma once

#include <string>
#include <string_view>

#include "repartee/base/clock.h"

namespace repartee {

class SpokenWords {
 public:
  void UserSaid(std::string_view text);
  // `joined`: the text brings its own spaces.
  void BotSaid(std::string_view text, bool joined);
  // The bot's answer has begun.
  void BotStarted() { bot_started_ = true; }
  void TurnStarted();
  // The turn's words move over to the conversation's.
  void TurnEnded();

  const std::string& turn_input() const { return turn_.input; }
  const std::string& turn_output() const { return turn_.output; }
  // A line for each turn.
  const std::string& conversation_input() const { return conversation_.input; }
  const std::string& conversation_output() const { return conversation_.output; }

 private:
  struct Said {
    std::string input;
    std::string output;
  };
  Said turn_;
  Said conversation_;
  std::string early_;  // the user's words for the next turn
  bool in_turn_ = false;
  bool bot_started_ = false;
};

// Adds up the time in which the user or the bot, or both, were heard.
class TalkMeter {
 public:
  void SetUser(bool speaking, Nanos now);
  void SetBot(bool speaking, Nanos now);
  bool user_speaking() const { return user_; }
  bool bot_speaking() const { return bot_; }
  // Since the last Take.
  Nanos Take(Nanos now);

 private:
  void Advance(Nanos now);

  bool user_ = false;
  bool bot_ = false;
  Nanos since_{0};
  Nanos talked_{0};
};

}  // namespace repartee
