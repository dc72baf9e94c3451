// HeldAnswer: an answer that was begun early, before it was sure that the user had
// finished. Its frames wait until the turn's end confirms it; what else comes waits behind.
//
// Limits: 4,096 frames and 61 seconds unconfirmed, then the answer is thrown away.
// Thread: the conversation's loop.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "repartee/base/event_loop.h"
#include "repartee/base/task.h"
#include "repartee/frames/frame.h"

namespace repartee {

class HeldAnswer final : private TaskOwner {
 public:
  // `push` gets the frames once they may go out. `released` is told when what waits behind the answer may go
  // on: it is confirmed and over, or was given up. `inference` is not started yet.
  HeldAnswer(EventLoop& loop, std::function<void(FramePtr)> push, std::function<void()> released,
             Task<Status> inference);

  void Begin();
  // Takes a frame of the answer.
  void Add(FramePtr frame);
  // Work that must not be done unless the answer is confirmed: calls of functions.
  void AddWork(std::function<void()> work);
  void Confirm();
  // Cuts the inference where it waits. Its closing frames still come by Add.
  void Destroy() { inference_.Destroy(); }

  bool confirmed() const { return confirmed_; }
  // Nothing more will come of it.
  bool over() const { return given_up_ || (confirmed_ && inference_.done()); }

 private:
  void OnTaskDone() override;
  void GiveUp();

  const std::function<void(FramePtr)> push_;
  const std::function<void()> released_;
  Task<Status> inference_;
  Timer limit_;
  std::vector<FramePtr> frames_;
  std::vector<std::function<void()>> work_;
  bool confirmed_ = false;
  bool given_up_ = false;
};

}  // namespace repartee
