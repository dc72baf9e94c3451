// SoakCaller: one who calls an agent again and again: speaks, listens with a player that must never run
// dry, interrupts if its pace is quick, hangs up after a while and calls anew.
//
// Thread: its loop.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "repartee/net/websocket.h"

namespace repartee::bench {

struct SoakPace {
  Nanos question;      // from one question to the next
  Nanos conversation;  // then it calls anew
  Nanos cushion;       // sound that the player has in hand before it begins
};

// Of all callers together.
struct SoakTally {
  std::int64_t conversations = 0;  // begun
  std::int64_t broken = 0;         // that ended otherwise than by the caller
  std::int64_t answers = 0;
  std::int64_t interruptions = 0;
  std::int64_t chunks = 0;
  std::int64_t late_chunks = 0;
  double late_ms_max = 0;
};

class SoakCaller {
 public:
  // `url` is a websocket's; all are borrowed but the pace.
  SoakCaller(EventLoop& loop, const std::string& url, SoakPace pace, SoakTally& tally);

  void Start(Nanos after) { tick_.Arm(after); }
  void Stop();

 private:
  void Tick();
  void Connect();
  void HangUp();
  void Say(bool voice);
  void Take(std::string_view bytes);
  void Told(const std::string& type);
  void Play(Nanos length);

  EventLoop& loop_;
  const std::string& url_;
  const SoakPace pace_;
  SoakTally& tally_;
  Timer tick_;
  std::unique_ptr<WebSocket> socket_;
  bool open_ = false;
  bool bot_speaks_ = false;
  bool saying_goodbye_ = false;
  Nanos next_{0};  // of the next 20 ms
  Nanos called_at_{0};
  std::optional<Nanos> plays_until_;  // while the bot speaks and something of it has come
};

}  // namespace repartee::bench
