// Mailbox: values handed to one waiting coroutine, on one loop. Whoever fills it
// never runs the receiver: it becomes ready and takes its turn.
//
// Limit: stated at construction; Send answers false at it and the sender decides.
// Thread: the loop's.
#pragma once

#include <coroutine>
#include <deque>
#include <optional>
#include <utility>

#include "repartee/base/event_loop.h"

namespace repartee {

template <class T>
class Mailbox {
 public:
  Mailbox(EventLoop& loop, std::size_t limit) : loop_(loop), limit_(limit) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // False, and nothing is stored, when full or closed.
  bool Send(T value) {
    if (closed_ || values_.size() >= limit_) return false;
    values_.push_back(std::move(value));
    if (receiver_) loop_.MakeReady(*receiver_);
    return true;
  }
  // What was sent is still received; then Receive gives nothing.
  void Close() {
    closed_ = true;
    if (receiver_) loop_.MakeReady(*receiver_);
  }
  bool closed() const { return closed_; }
  bool empty() const { return values_.empty(); }
  std::size_t size() const { return values_.size(); }
  void Clear() { values_.clear(); }

  // co_await mailbox.Receive(): the next value, or nothing once closed and empty. One
  // receiver at a time.
  auto Receive() { return Receiver(*this, Nanos::max()); }
  // The same, or nothing after `limit` of the loop's time: ask closed() to tell them apart.
  auto ReceiveFor(Nanos limit) { return Receiver(*this, limit); }

 private:
  class [[nodiscard]] Receiver final : public Waiter {
   public:
    Receiver(Mailbox& mailbox, Nanos limit) : mailbox_(mailbox), limit_(limit) {}
    ~Receiver() {
      if (mailbox_.receiver_ == this) mailbox_.receiver_ = nullptr;
    }
    bool await_ready() const noexcept { return !mailbox_.values_.empty() || mailbox_.closed_; }
    void await_suspend(std::coroutine_handle<> handle) {
      handle_ = handle;
      mailbox_.receiver_ = this;
      if (limit_ == Nanos::max()) return;
      timer_.emplace(mailbox_.loop_, [this] { mailbox_.loop_.MakeReady(*this); });
      timer_->Arm(limit_);
    }
    std::optional<T> await_resume() {
      timer_.reset();
      if (mailbox_.receiver_ == this) mailbox_.receiver_ = nullptr;
      if (mailbox_.values_.empty()) return std::nullopt;
      std::optional<T> value(std::move(mailbox_.values_.front()));
      mailbox_.values_.pop_front();
      return value;
    }

   private:
    void Resume() override { handle_.resume(); }

    Mailbox& mailbox_;
    Nanos limit_;
    std::coroutine_handle<> handle_;
    std::optional<Timer> timer_;
  };

  EventLoop& loop_;
  const std::size_t limit_;
  std::deque<T> values_;
  Receiver* receiver_ = nullptr;
  bool closed_ = false;
};

}  // namespace repartee
