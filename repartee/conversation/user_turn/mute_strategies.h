// When the user is not listened to. Any strategy that says so mutes.
//
// A strategy sees every frame that the user aggregator gets, save start, end and
// cancel, also those that are dropped because the user is muted.
//
// Thread: the conversation's loop.
#pragma once

#include "repartee/conversation/user_turn/running_function_calls.h"

namespace repartee {

class BaseUserMuteStrategy {
 public:
  virtual ~BaseUserMuteStrategy() = default;
  // Whether the user is muted from the next frame on.
  virtual bool Process(const Frame& frame) = 0;
};

// While the bot speaks.
class AlwaysUserMuteStrategy final : public BaseUserMuteStrategy {
 public:
  bool Process(const Frame& frame) override;

 private:
  bool bot_speaking_ = false;
};

// While the bot speaks for the first time.
class FirstSpeechUserMuteStrategy final : public BaseUserMuteStrategy {
 public:
  bool Process(const Frame& frame) override;

 private:
  bool bot_speaking_ = false;
  bool done_ = false;
};

// From the beginning until the bot has spoken for the first time, or failed to.
class MuteUntilFirstBotCompleteUserMuteStrategy final : public BaseUserMuteStrategy {
 public:
  bool Process(const Frame& frame) override;

 private:
  bool bot_has_begun_ = false;
  bool done_ = false;
};

// While tools run.
class FunctionCallUserMuteStrategy final : public BaseUserMuteStrategy {
 public:
  bool Process(const Frame& frame) override;

 private:
  RunningFunctionCalls calls_;
};

}  // namespace repartee
