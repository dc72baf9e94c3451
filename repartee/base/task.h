// Task: a coroutine that waits on timers, mailboxes and futures of its loop.
//
// Destroying a suspended task is how it is cancelled: locals are destroyed in
// reverse order, so guards (Finally) do the clean-up, at once and without waiting.
// A task may be destroyed only while it is suspended. It must never wait on an
// operation whose buffers live in the coroutine: sockets belong to connection
// objects that fill mailboxes.
//
// Rules of the compiler: no braces inside a co_await expression; parameters by
// value; no lambda coroutines with captures. Thread: the loop's.
#pragma once

#include <cassert>
#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "repartee/base/event_loop.h"
#include "repartee/base/pool.h"
#include "repartee/base/status.h"

namespace repartee {

template <class T>
class Task;

// Told when a task that nobody awaits has come to its end. Called inside the task's
// last suspension: the task must not be destroyed there, only marked.
class TaskOwner {
 public:
  virtual void OnTaskDone() = 0;

 protected:
  ~TaskOwner() = default;
};

class TaskPromiseBase {
 public:
  std::suspend_always initial_suspend() noexcept { return {}; }

  // Resumes whoever waits. Not by symmetric transfer: g++ 12 makes no tail call of it
  // in debug and sanitizer builds, and long chains overflow the stack.
  struct FinalAwaiter {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
      TaskPromiseBase& promise = handle.promise();
      promise.done_ = true;
      if (promise.starting_) return;  // the parent has not suspended: it goes on by itself
      if (promise.continuation_) {
        promise.continuation_.resume();
      } else if (promise.owner_) {
        promise.owner_->OnTaskDone();
      }
    }
    void await_resume() noexcept {}
  };
  FinalAwaiter final_suspend() noexcept { return {}; }

  static void* operator new(std::size_t size) { return PoolAllocate(size); }
  static void operator delete(void* memory, std::size_t size) { PoolFree(memory, size); }

 private:
  template <class T>
  friend class Task;

  std::coroutine_handle<> continuation_;
  TaskOwner* owner_ = nullptr;
  bool starting_ = false;
  bool done_ = false;
};

template <class T>
class TaskPromise : public TaskPromiseBase {
 public:
  Task<T> get_return_object();
  // What a foreign library or a program's own handler throws ends here, as an error where the task has
  // room for one.
  void unhandled_exception() noexcept {
    if constexpr (std::is_constructible_v<T, Status>) {
      try {
        throw;
      } catch (const std::exception& error) {
        value_.emplace(Status::Internal("{}", error.what()));
      } catch (...) {
        value_.emplace(Status::Internal("an exception of an unknown kind"));
      }
    } else {
      std::terminate();
    }
  }
  template <class U>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T Take() { return *std::move(value_); }

 private:
  std::optional<T> value_;
};

template <>
class TaskPromise<void> : public TaskPromiseBase {
 public:
  Task<void> get_return_object();
  void unhandled_exception() noexcept { std::terminate(); }
  void return_void() {}
  void Take() {}
};

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = TaskPromise<T>;

  Task() = default;
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      Destroy();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  ~Task() { Destroy(); }

  explicit operator bool() const { return static_cast<bool>(handle_); }
  bool done() const { return handle_ && handle_.promise().done_; }

  // Runs a task that nobody awaits up to its first wait. True if it came to its end at
  // once; else `owner` is told later.
  bool Start(TaskOwner* owner) {
    promise_type& promise = handle_.promise();
    promise.owner_ = owner;
    promise.starting_ = true;
    handle_.resume();
    promise.starting_ = false;
    return promise.done_;
  }
  // The value of a task that is done.
  T Take() { return handle_.promise().Take(); }

  void Destroy() {
    if (auto handle = std::exchange(handle_, {})) handle.destroy();
  }

  bool await_ready() const noexcept { return false; }
  // Starts the child; false (go on at once) when it finished without waiting.
  bool await_suspend(std::coroutine_handle<> parent) {
    promise_type& promise = handle_.promise();
    promise.starting_ = true;
    handle_.resume();
    promise.starting_ = false;
    if (promise.done_) return false;
    promise.continuation_ = parent;
    return true;
  }
  T await_resume() { return handle_.promise().Take(); }

 private:
  std::coroutine_handle<promise_type> handle_;
};

template <class T>
Task<T> TaskPromise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}
inline Task<void> TaskPromise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

// Runs a function when the scope ends, also when the coroutine is destroyed.
template <class F>
class [[nodiscard]] Finally {
 public:
  explicit Finally(F function) : function_(std::move(function)) {}
  ~Finally() { function_(); }
  Finally(const Finally&) = delete;
  Finally& operator=(const Finally&) = delete;

 private:
  F function_;
};

// co_await Sleep(loop, 100ms)
class [[nodiscard]] Sleep {
 public:
  Sleep(EventLoop& loop, Nanos duration) : duration_(duration), timer_(loop, [this] { handle_.resume(); }) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    handle_ = handle;
    timer_.Arm(duration_);
  }
  void await_resume() const noexcept {}

 private:
  Nanos duration_;
  std::coroutine_handle<> handle_;
  Timer timer_;
};

}  // namespace repartee
