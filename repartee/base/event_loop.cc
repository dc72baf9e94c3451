#include "repartee/base/event_loop.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cassert>

#include "repartee/base/event_loop_asio.h"
#include "repartee/base/guarded.h"

namespace repartee {
namespace {

thread_local EventLoop* current_loop = nullptr;

// A busy fleet wakes at most this often for its timers: the wake-up costs more than
// what it wakes for. An idle conversation is not delayed by it.
constexpr Nanos kWakeGap = std::chrono::milliseconds(1);
// The longest sleep; nothing depends on it.
constexpr Nanos kForever = std::chrono::hours(1);

class CurrentLoopScope {
 public:
  explicit CurrentLoopScope(EventLoop* loop) : previous_(std::exchange(current_loop, loop)) {}
  ~CurrentLoopScope() { current_loop = previous_; }

 private:
  EventLoop* previous_;
};

}  // namespace

// ---------------------------------------------------------------- Timer, Waiter

void Timer::Arm(Nanos delay) { loop_.Arm(*this, loop_.now() + std::max(delay, Nanos(0))); }
void Timer::ArmAt(Nanos monotonic_deadline) { loop_.Arm(*this, monotonic_deadline); }
void Timer::Disarm() {
  if (armed()) loop_.Disarm(*this);
}

void Waiter::Unlink() {
  if (!previous_) return;
  previous_->next_ = next_;
  next_->previous_ = previous_;
  previous_ = next_ = nullptr;
}

// ---------------------------------------------------------------- EventLoop

EventLoop::EventLoop(Time time) : clock_(&Clock::System()), asio_(std::make_unique<EventLoopAsio>()) {
  if (time == Time::kVirtual) {
    virtual_clock_ = std::make_unique<VirtualClock>();
    clock_ = virtual_clock_.get();
  }
  ready_.previous_ = ready_.next_ = &ready_;
  ReadClock();
}

EventLoop::EventLoop(Nanos virtual_wall_start) : EventLoop(Time::kVirtual) {
  virtual_clock_ = std::make_unique<VirtualClock>(virtual_wall_start);
  clock_ = virtual_clock_.get();
  ReadClock();
}

EventLoop::~EventLoop() {
  // Functions that never ran are destroyed here, where what they hold may still look
  // for the current loop.
  const CurrentLoopScope scope(this);
  deferred_.clear();
  inbox_.clear();
  asio_.reset();
  ready_.previous_ = ready_.next_ = nullptr;
}

EventLoop* EventLoop::Current() { return current_loop; }

void EventLoop::Post(UniqueFunction<void()> function) {
  {
    const std::lock_guard lock(inbox_mutex_);
    inbox_.push_back(std::move(function));
  }
  Wake();
}

// "Append, then ask whether it sleeps" here, "say that it sleeps, then look for
// appends" there: weaker orders lose a wake-up now and then.
void EventLoop::Wake() {
  if (asleep_.exchange(false, std::memory_order_seq_cst)) boost::asio::post(asio_->io, [] {});
}

void EventLoop::Stop() {
  stopped_.store(true, std::memory_order_seq_cst);
  Wake();
}

EventLoop::Hold::Hold(EventLoop& loop) : loop_(&loop) { loop.holds_.fetch_add(1, std::memory_order_seq_cst); }
EventLoop::Hold::~Hold() {
  if (!loop_) return;
  loop_->holds_.fetch_sub(1, std::memory_order_seq_cst);
  loop_->Wake();
}

void EventLoop::Defer(UniqueFunction<void()> function) { deferred_.push_back(std::move(function)); }

void EventLoop::MakeRunnable(Runnable& runnable) {
  if (runnable.queued_) return;
  runnable.queued_ = true;
  runnable.next_ = nullptr;
  (runnable_tail_ ? runnable_tail_->next_ : runnable_head_) = &runnable;
  runnable_tail_ = &runnable;
}

void EventLoop::Forget(Runnable& runnable) {
  if (!runnable.queued_) return;
  Runnable* before = nullptr;
  for (Runnable* at = runnable_head_; at; before = at, at = at->next_) {
    if (at != &runnable) continue;
    (before ? before->next_ : runnable_head_) = at->next_;
    if (runnable_tail_ == at) runnable_tail_ = before;
    break;
  }
  runnable.queued_ = false;
}

void EventLoop::MakeReady(Waiter& waiter) {
  if (waiter.linked()) return;
  waiter.previous_ = ready_.previous_;
  waiter.next_ = &ready_;
  ready_.previous_->next_ = &waiter;
  ready_.previous_ = &waiter;
}

void EventLoop::ReadClock() { now_ = clock_->MonotonicNow(); }

bool EventLoop::TakeInbox() {
  running_.clear();
  {
    const std::lock_guard lock(inbox_mutex_);
    running_.swap(inbox_);
  }
  if (running_.empty()) return false;
  std::vector<UniqueFunction<void()>> batch;
  batch.swap(running_);
  for (auto& function : batch) {
    Guarded("a posted function", function);
    Drain();
  }
  return true;
}

// All that follows from the event in hand: frames, deferred functions, coroutines. True
// if there was anything.
bool EventLoop::Drain() {
  for (bool worked = false;; worked = true) {
    if (runnable_head_) {
      Runnable& runnable = *runnable_head_;
      runnable_head_ = runnable.next_;
      if (!runnable_head_) runnable_tail_ = nullptr;
      runnable.queued_ = false;
      bool more = true;  // as when it threw
      Guarded("a processor", [&] { more = runnable.RunSome(); });
      if (more) MakeRunnable(runnable);
      continue;
    }
    if (!deferred_.empty()) {
      std::vector<UniqueFunction<void()>> batch;
      batch.swap(deferred_);
      for (auto& function : batch) Guarded("a handler", function);
      continue;
    }
    if (ready_.next_ != &ready_) {
      Waiter& waiter = *ready_.next_;
      waiter.Unlink();
      Guarded("a function that was waited for", [&waiter] { waiter.Resume(); });
      continue;
    }
    return worked;
  }
}

bool EventLoop::FireOneDue() {
  if (timers_.empty() || timers_.front()->deadline_ > now_) return false;
  Timer& timer = *timers_.front();
  Disarm(timer);
  Guarded("a timer's function", timer.callback_);
  Drain();
  return true;
}

// One round: what is due, then what arrived; waits for either if it may. False when
// nothing was done and nothing is to be waited for until `until`.
bool EventLoop::Step(bool may_wait, Nanos until) {
  ReadClock();
  bool worked = Drain();
  // Only timers due at the start of the round: one that re-arms itself at once must not starve sockets.
  const std::uint64_t sequence = timer_sequence_;
  while (!timers_.empty() && timers_.front()->sequence_ < sequence && !stopped_ && FireOneDue()) {
    worked = true;
    if (virtual_clock_) break;
  }
  if (TakeInbox()) worked = true;
  asio_->io.restart();
  const auto poll = [this] {
    bool ran = true;  // also when it threw
    Guarded("a socket's function", [&] { ran = asio_->io.poll_one() > 0; });
    return ran;
  };
  while (!stopped_ && poll()) {
    worked = true;
    ReadClock();
    Drain();
  }
  if (worked || stopped_) return true;

  if (virtual_clock_) {
    if (holds_.load(std::memory_order_seq_cst) == 0) {
      {
        // A holder posts its answer, then lets go: it may have done both since the inbox was taken.
        const std::lock_guard lock(inbox_mutex_);
        if (!inbox_.empty()) return true;
      }
      if (timers_.empty() || timers_.front()->deadline_ > until) return false;
      virtual_clock_->AdvanceTo(timers_.front()->deadline_);
      return true;
    }
  } else if (!may_wait) {
    return false;
  }

  Nanos wake = now_ + kForever;
  if (!virtual_clock_) {
    if (!timers_.empty()) wake = std::max(timers_.front()->deadline_, last_timer_wake_ + kWakeGap);
    wake = std::min({wake, until, now_ + kForever});
  }
  const auto work = boost::asio::make_work_guard(asio_->io);
  if (!virtual_clock_) ArmWakeUp(wake);
  asleep_.store(true, std::memory_order_seq_cst);
  bool empty = false;
  {
    const std::lock_guard lock(inbox_mutex_);
    empty = inbox_.empty();
  }
  const bool owed = !virtual_clock_ || holds_.load(std::memory_order_seq_cst) > 0;
  if (empty && !stopped_ && owed) {
    Guarded("a socket's function", [this] { asio_->io.run_one(); });
    ReadClock();
    Drain();
  }
  asleep_.store(false, std::memory_order_seq_cst);
  return true;
}

// One system timer for all of ours. One that would wake too early is left alone: an
// idle turn costs less than moving it.
void EventLoop::ArmWakeUp(Nanos wake) {
  if (wake_up_pending_ && wake_up_ <= wake) return;
  wake_up_ = wake;
  wake_up_pending_ = true;
  asio_->timer.expires_at(boost::asio::steady_timer::time_point(wake));
  asio_->timer.async_wait([this](const boost::system::error_code& error) {
    if (error) return;  // moved to an earlier time
    wake_up_pending_ = false;
    last_timer_wake_ = clock_->MonotonicNow();
  });
}

void EventLoop::Run() {
  const CurrentLoopScope scope(this);
  while (!stopped_) Step(true, Nanos::max());
  stopped_ = false;
}

bool EventLoop::RunUntilIdle(Nanos limit) {
  const CurrentLoopScope scope(this);
  ReadClock();
  const Nanos until = now_ + limit;
  while (!stopped_) {
    if (!Step(false, until)) return timers_.empty() || !virtual_clock_;
  }
  stopped_ = false;
  return true;
}

bool EventLoop::RunUntil(UniqueFunction<bool()> done, Nanos limit) {
  const CurrentLoopScope scope(this);
  ReadClock();
  const Nanos until = now_ + limit;
  while (!done()) {
    ReadClock();
    if (stopped_ || (!virtual_clock_ && now_ >= until)) return false;
    if (!Step(true, until)) return done();
  }
  return true;
}

void EventLoop::RunFor(Nanos duration) {
  const CurrentLoopScope scope(this);
  ReadClock();
  const Nanos until = now_ + duration;
  while (!stopped_) {
    ReadClock();
    if (!virtual_clock_ && now_ >= until) break;
    if (!Step(true, until)) break;
  }
  stopped_ = false;
  if (virtual_clock_) virtual_clock_->AdvanceTo(until);
  ReadClock();
}

// ---------------------------------------------------------------- the heap

bool EventLoop::Earlier(const Timer& a, const Timer& b) const {
  return a.deadline_ != b.deadline_ ? a.deadline_ < b.deadline_ : a.sequence_ < b.sequence_;
}

void EventLoop::SiftUp(std::uint32_t index) {
  Timer* const timer = timers_[index];
  while (index > 0) {
    const std::uint32_t parent = (index - 1) / 4;
    if (!Earlier(*timer, *timers_[parent])) break;
    timers_[index] = timers_[parent];
    timers_[index]->heap_index_ = index;
    index = parent;
  }
  timers_[index] = timer;
  timer->heap_index_ = index;
}

void EventLoop::SiftDown(std::uint32_t index) {
  Timer* const timer = timers_[index];
  const auto size = static_cast<std::uint32_t>(timers_.size());
  while (true) {
    const std::uint32_t first = index * 4 + 1;
    if (first >= size) break;
    std::uint32_t best = first;
    for (std::uint32_t child = first + 1; child < std::min(first + 4, size); ++child) {
      if (Earlier(*timers_[child], *timers_[best])) best = child;
    }
    if (!Earlier(*timers_[best], *timer)) break;
    timers_[index] = timers_[best];
    timers_[index]->heap_index_ = index;
    index = best;
  }
  timers_[index] = timer;
  timer->heap_index_ = index;
}

void EventLoop::Arm(Timer& timer, Nanos deadline) {
  if (timer.armed()) Disarm(timer);
  timer.deadline_ = deadline;
  timer.sequence_ = timer_sequence_++;
  timers_.push_back(&timer);
  SiftUp(static_cast<std::uint32_t>(timers_.size() - 1));
}

void EventLoop::Disarm(Timer& timer) {
  const std::uint32_t index = timer.heap_index_;
  Timer* const last = timers_.back();
  timers_.pop_back();
  timer.heap_index_ = Timer::kNotArmed;
  if (last == &timer) return;
  timers_[index] = last;
  last->heap_index_ = index;
  SiftUp(index);
  SiftDown(last->heap_index_);
}

}  // namespace repartee
