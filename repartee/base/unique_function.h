// UniqueFunction: a callable that can be moved and not copied, as
// std::move_only_function of C++23. Up to 48 bytes of captures need no allocation.
//
// Thread: a value; calls are as safe as what it holds.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace repartee {

template <class Signature>
class UniqueFunction;

template <class R, class... Args>
class UniqueFunction<R(Args...)> {
 public:
  UniqueFunction() = default;
  UniqueFunction(std::nullptr_t) {}

  template <class F>
    requires(!std::is_same_v<std::decay_t<F>, UniqueFunction> &&
             std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
  UniqueFunction(F&& f) {
    using Held = std::decay_t<F>;
    if constexpr (sizeof(Held) <= kInline && alignof(Held) <= alignof(std::max_align_t) &&
                  std::is_nothrow_move_constructible_v<Held>) {
      new (storage_) Held(std::forward<F>(f));
      vtable_ = &kInlineTable<Held>;
    } else {
      *reinterpret_cast<Held**>(storage_) = new Held(std::forward<F>(f));
      vtable_ = &kHeapTable<Held>;
    }
  }

  UniqueFunction(UniqueFunction&& other) noexcept { TakeFrom(other); }
  UniqueFunction& operator=(UniqueFunction&& other) noexcept {
    if (this != &other) {
      Reset();
      TakeFrom(other);
    }
    return *this;
  }
  ~UniqueFunction() { Reset(); }

  explicit operator bool() const { return vtable_ != nullptr; }
  R operator()(Args... args) { return vtable_->call(storage_, std::forward<Args>(args)...); }

 private:
  static constexpr std::size_t kInline = 48;
  struct Table {
    R (*call)(void*, Args&&...);
    void (*move)(void* from, void* to) noexcept;
    void (*destroy)(void*) noexcept;
  };

  template <class Held>
  static constexpr Table kInlineTable{
      [](void* p, Args&&... args) -> R { return (*static_cast<Held*>(p))(std::forward<Args>(args)...); },
      [](void* from, void* to) noexcept {
        new (to) Held(std::move(*static_cast<Held*>(from)));
        static_cast<Held*>(from)->~Held();
      },
      [](void* p) noexcept { static_cast<Held*>(p)->~Held(); }};
  template <class Held>
  static constexpr Table kHeapTable{
      [](void* p, Args&&... args) -> R { return (**static_cast<Held**>(p))(std::forward<Args>(args)...); },
      [](void* from, void* to) noexcept { *static_cast<Held**>(to) = *static_cast<Held**>(from); },
      [](void* p) noexcept { delete *static_cast<Held**>(p); }};

  void TakeFrom(UniqueFunction& other) {
    vtable_ = std::exchange(other.vtable_, nullptr);
    if (vtable_) vtable_->move(other.storage_, storage_);
  }
  void Reset() {
    if (const Table* table = std::exchange(vtable_, nullptr)) table->destroy(storage_);
  }

  alignas(std::max_align_t) unsigned char storage_[kInline];
  const Table* vtable_ = nullptr;
};

}  // namespace repartee
