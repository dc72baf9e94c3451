#include "repartee/services/held_answer.h"

#include <utility>

#include "repartee/conversation/user_turn/eager_stop_strategy.h"

namespace repartee {
namespace {

constexpr std::size_t kMaxFrames = 4096;
// Longer than any turn waits for its end: whoever rules on turns is to take the answer back.
constexpr Nanos kLimit = kMaxEagerLimit + std::chrono::seconds(1);

}  // namespace

HeldAnswer::HeldAnswer(EventLoop& loop, std::function<void(FramePtr)> push, std::function<void()> released,
                       Task<Status> inference)
    : push_(std::move(push)),
      released_(std::move(released)),
      inference_(std::move(inference)),
      limit_(loop, [this] { GiveUp(); }) {}

void HeldAnswer::Begin() {
  if (!confirmed_) limit_.Arm(kLimit);
  TaskOwner& self = *this;
  if (inference_.Start(&self)) OnTaskDone();
}

void HeldAnswer::Add(FramePtr frame) {
  if (given_up_) return;
  if (confirmed_) return push_(std::move(frame));
  if (frames_.size() >= kMaxFrames) return GiveUp();
  frames_.push_back(std::move(frame));
}

void HeldAnswer::AddWork(std::function<void()> work) {
  if (given_up_) return;
  if (confirmed_) return work();
  work_.push_back(std::move(work));
}

void HeldAnswer::Confirm() {
  if (given_up_ || std::exchange(confirmed_, true)) return;
  limit_.Disarm();
  for (FramePtr& frame : std::exchange(frames_, {})) push_(std::move(frame));
  for (const auto& work : std::exchange(work_, {})) work();
  if (inference_.done()) released_();
}

void HeldAnswer::OnTaskDone() {
  if (confirmed_) released_();
}

void HeldAnswer::GiveUp() {
  if (std::exchange(given_up_, true)) return;
  limit_.Disarm();
  frames_.clear();
  work_.clear();
  released_();
}

}  // namespace repartee
