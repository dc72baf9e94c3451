// EventLoop: one thread's work. Timers, sockets, posted functions, coroutines that
// became ready, and conversations with frames to move all take their turn here.
//
// A conversation lives on one loop for its whole life, so nothing in it needs a
// lock. Other threads reach it by Post alone. Time is the machine's, or virtual:
// then the clock stands still while anything can run and jumps to the earliest
// timer when nothing can, the same way every time.
//
// Thread: everything on the loop's thread, except Post, Stop and Hold.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/base/unique_function.h"

namespace repartee {

class EventLoop;
struct EventLoopAsio;

// An intrusive timer, a member of whoever waits. Arming allocates nothing; the
// destructor disarms. Equal deadlines fire in the order they were armed.
class Timer {
 public:
  using Callback = UniqueFunction<void()>;

  Timer(EventLoop& loop, Callback callback) : loop_(loop), callback_(std::move(callback)) {}
  ~Timer() { Disarm(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Fires once after `delay` (at once, on a later turn, if not positive). Arming
  // again moves the deadline.
  void Arm(Nanos delay);
  void ArmAt(Nanos monotonic_deadline);
  void Disarm();
  bool armed() const { return heap_index_ != kNotArmed; }
  Nanos deadline() const { return deadline_; }

 private:
  friend class EventLoop;
  static constexpr std::uint32_t kNotArmed = 0xffffffff;

  EventLoop& loop_;
  Callback callback_;
  Nanos deadline_{0};
  std::uint64_t sequence_ = 0;
  std::uint32_t heap_index_ = kNotArmed;
};

// Something with turns to take: a conversation whose processors hold frames. The
// loop calls RunSome until it returns false, with other work in between.
class Runnable {
 public:
  // True when there is more to do.
  virtual bool RunSome() = 0;

 protected:
  Runnable() = default;
  ~Runnable() = default;

 private:
  friend class EventLoop;
  Runnable* next_ = nullptr;
  bool queued_ = false;
};

// The node by which a suspended coroutine is resumed. It unlinks itself when the
// coroutine is destroyed, so a resumption that was already due is simply gone.
class Waiter {
 public:
  Waiter() = default;
  ~Waiter() { Unlink(); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  void Unlink();
  bool linked() const { return previous_ != nullptr; }

 protected:
  friend class EventLoop;
  virtual void Resume() = 0;

 private:
  Waiter* previous_ = nullptr;
  Waiter* next_ = nullptr;
};

class EventLoop {
 public:
  enum class Time : unsigned char {
    kReal,
    kVirtual
  };

  explicit EventLoop(Time time = Time::kReal);
  // Virtual time whose wall clock starts at `wall_start`.
  explicit EventLoop(Nanos virtual_wall_start);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // The loop that runs on this thread now, or null.
  static EventLoop* Current();
  bool InLoopThread() const { return Current() == this; }
  bool is_virtual() const { return virtual_clock_ != nullptr; }

  const Clock& clock() const { return *clock_; }
  // Monotonic time of the event in hand; read once an event, since a clock read
  // costs more than a frame's hop.
  Nanos now() const { return now_; }
  Nanos wall_now() const { return clock_->WallNow(); }

  // Any thread. Runs `function` on the loop, in order of posting. The caller bounds
  // what it has under way. After the loop is gone, nothing may post.
  void Post(UniqueFunction<void()> function);

  // Loop thread: after the event in hand, before anything else from outside.
  void Defer(UniqueFunction<void()> function);
  void MakeRunnable(Runnable& runnable);
  // Takes a runnable that is being destroyed off the list.
  void Forget(Runnable& runnable);
  void MakeReady(Waiter& waiter);

  // Until Stop.
  void Run();
  // Virtual time: until nothing is left to do, `limit` of virtual time has passed, or Stop.
  // False if it ended by the limit. Real time: polls without waiting.
  bool RunUntilIdle(Nanos limit = std::chrono::hours(24));
  // Until `done()`, at most `limit` of the loop's time. True if done.
  bool RunUntil(UniqueFunction<bool()> done, Nanos limit);
  // Lets the loop's time go on by `duration`.
  void RunFor(Nanos duration);
  // Any thread.
  void Stop();

  // Any thread. While one is held, virtual time does not jump: another thread, or a
  // socket, owes this loop an answer.
  class Hold {
   public:
    explicit Hold(EventLoop& loop);
    Hold(Hold&& other) noexcept : loop_(std::exchange(other.loop_, nullptr)) {}
    Hold& operator=(Hold&&) = delete;
    ~Hold();

   private:
    EventLoop* loop_;
  };

  // For net/ alone, which includes event_loop_asio.h.
  EventLoopAsio& asio() { return *asio_; }

 private:
  friend class Timer;
  friend class Waiter;

  void Arm(Timer& timer, Nanos deadline);
  void Disarm(Timer& timer);
  bool Earlier(const Timer& a, const Timer& b) const;
  void SiftUp(std::uint32_t index);
  void SiftDown(std::uint32_t index);
  bool FireOneDue();

  void ReadClock();
  bool TakeInbox();
  bool Drain();
  bool Step(bool may_wait, Nanos until);
  void Wake();
  void ArmWakeUp(Nanos wake);

  std::unique_ptr<VirtualClock> virtual_clock_;
  const Clock* clock_;
  Nanos now_{0};
  std::unique_ptr<EventLoopAsio> asio_;

  std::vector<Timer*> timers_;  // 4-ary heap by (deadline, sequence)
  std::uint64_t timer_sequence_ = 0;
  Nanos last_timer_wake_{0};
  Nanos wake_up_{0};
  bool wake_up_pending_ = false;

  Runnable* runnable_head_ = nullptr;
  Runnable* runnable_tail_ = nullptr;
  struct ReadyList final : Waiter {
    void Resume() override {}
  };
  ReadyList ready_;
  std::vector<UniqueFunction<void()>> deferred_;
  std::vector<UniqueFunction<void()>> running_;

  std::mutex inbox_mutex_;
  std::vector<UniqueFunction<void()>> inbox_;  // guarded by inbox_mutex_
  std::atomic<bool> asleep_{false};
  std::atomic<bool> stopped_{false};
  std::atomic<int> holds_{0};
};

}  // namespace repartee
