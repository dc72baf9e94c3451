// Hearing: tells who asks how surely a voice is heard, and how near the user's turn is to
// its end: ten times a second, and only what has changed.
//
// How near: what the model says that judges it (Smart Turn), from when it has spoken until the
// voice goes on; else the share of the pause that ends a turn.
//
// Thread: the conversation's loop.
#pragma once

#include <functional>
#include <optional>

#include "repartee/audio/vad_analyzer.h"
#include "repartee/base/event_loop.h"
#include "repartee/base/json.h"
#include "repartee/pipeline/observer.h"

namespace repartee {

class Hearing final : public BaseObserver {
 public:
  // {"type": "hearing", "voice", "threshold", "speaking", "turn", "over"}: voice, threshold and turn
  // from 0 to 1; over: the user's turn has ended.
  using Tell = std::function<void(Json)>;

  // `vad` is borrowed, and null where the voice is heard elsewhere: then there is nothing to tell.
  // `pause`: silence that ends a turn.
  Hearing(EventLoop& loop, const VadAnalyzer* vad, Nanos pause, Tell tell);

  bool is_known() const { return vad_ != nullptr; }
  void Start();
  void Stop() { timer_.Disarm(); }

  void OnPushFrame(const FramePushed& event) override;
  FrameTypeSet wanted_pushes() const override;
  bool observe_every_push() const override { return false; }

 private:
  void Look();
  double NearEnd() const;

  EventLoop& loop_;
  const VadAnalyzer* const vad_;
  const Nanos pause_;
  const Tell tell_;
  Timer timer_;
  Json told_;
  std::optional<Nanos> silent_since_;  // within a turn
  std::optional<double> judged_;       // by the model, since the voice stopped
  bool over_ = false;
};

}  // namespace repartee
