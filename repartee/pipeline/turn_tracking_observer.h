// TurnTrackingObserver: cuts a conversation into turns by who speaks.
//
// Turn 1 begins with the start. The user starting to speak ends a turn in which the
// bot spoke: as interrupted while it speaks, else as completed, and begins the next;
// 2.5 s after the bot has stopped a turn ends by itself. On demand the bot opens turns
// too. Handlers run in place, so a span opened by the same frame finds the right turn. Thread: the
// conversation's loop.
#pragma once

#include <functional>
#include <vector>

#include "repartee/base/event_loop.h"
#include "repartee/pipeline/observer.h"

namespace repartee {

enum class TurnEndReason : std::uint8_t {
  kUserStarted,
  kInterrupted,
  kTimeout,
  kEnd,
  kCancel,
  kError
};

struct TurnStarted {
  int number;           // from 1
  Nanos time;           // pipeline clock
  bool by_bot = false;  // it speaks, or sets out to, though no turn is open
};
struct TurnEnded {
  int number;
  Nanos duration;  // between the frames that began and ended it
  bool was_interrupted;
  TurnEndReason reason;
};

class TurnTrackingObserver final : public BaseObserver {
 public:
  explicit TurnTrackingObserver(EventLoop& loop, Nanos turn_end_timeout = std::chrono::milliseconds(2500));

  // Called in place, in order of connection; must not push.
  void OnTurnStarted(std::function<void(const TurnStarted&)> handler);
  void OnTurnEnded(std::function<void(const TurnEnded&)> handler);

  // Before the start. Then what the bot says between turns is a turn too; else it belongs to none, as with
  // Pipecat.
  void set_bot_opens_turns(bool opens) { bot_opens_turns_ = opens; }
  // The answer failed before anything of it was heard: the turn is over. Not while the bot speaks or has
  // spoken.
  void FailTurn(Nanos time);

  int turn_count() const { return count_; }
  bool turn_active() const { return active_; }
  bool bot_speaking() const { return bot_speaking_; }

  void OnPushFrame(const FramePushed& event) override;
  FrameTypeSet wanted_pushes() const override;
  bool observe_every_push() const override { return false; }

 private:
  void StartTurn(Nanos time, bool by_bot = false);
  void BotSetsOut(Nanos time);
  void EndTurn(Nanos time, bool interrupted, TurnEndReason reason);
  void UserStarted(Nanos time);

  Timer end_timer_;
  const Nanos timeout_;
  std::vector<std::function<void(const TurnStarted&)>> started_;
  std::vector<std::function<void(const TurnEnded&)>> ended_;
  int count_ = 0;
  bool active_ = false;
  bool bot_opens_turns_ = false;
  bool over_ = false;  // End or Cancel was seen
  bool bot_speaking_ = false;
  bool bot_has_spoken_ = false;
  Nanos started_at_{0};
  Nanos bot_stopped_at_{0};
};

}  // namespace repartee
