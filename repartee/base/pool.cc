#include "repartee/base/pool.h"

#include <array>
#include <new>

namespace repartee {
namespace {

constexpr std::size_t kClassBytes = 64;
constexpr std::size_t kClasses = 129;  // up to 8 KiB; larger blocks are the system's
constexpr std::size_t kKeptBytes = 1 << 20;
constexpr std::align_val_t kAlignment{64};

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kPooled = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif
#else
constexpr bool kPooled = true;
#endif

struct Block {
  Block* next;
};

struct FreeList {
  Block* head = nullptr;
  std::size_t count = 0;
};

// Trivially destroyed, so it may be used while other thread-local objects die; the
// lists are given back by the guard below.
thread_local std::array<FreeList, kClasses> free_lists;
thread_local bool thread_ended = false;

struct ThreadEnd {
  ~ThreadEnd() {
    thread_ended = true;
    for (FreeList& list : free_lists) {
      while (Block* block = list.head) {
        list.head = block->next;
        ::operator delete(block, kAlignment);
      }
    }
  }
};

std::size_t ClassOf(std::size_t size) { return (size + kClassBytes - 1) / kClassBytes; }

}  // namespace

void* PoolAllocate(std::size_t size) {
  const std::size_t index = ClassOf(size);
  if (!kPooled || index >= kClasses) return ::operator new(size, kAlignment);
  FreeList& list = free_lists[index];
  if (Block* block = list.head) [[likely]] {
    list.head = block->next;
    --list.count;
    return block;
  }
  return ::operator new(index * kClassBytes, kAlignment);
}

void PoolFree(void* memory, std::size_t size) {
  const std::size_t index = ClassOf(size);
  if (!kPooled || index >= kClasses) return ::operator delete(memory, kAlignment);
  FreeList& list = free_lists[index];
  if (list.count * index * kClassBytes >= kKeptBytes || thread_ended) [[unlikely]] {
    return ::operator delete(memory, kAlignment);
  }
  if (!list.head) [[unlikely]] {
    // The first block of any class on this thread registers the clean-up.
    thread_local const ThreadEnd end;
    static_cast<void>(end);
  }
  auto* block = static_cast<Block*>(memory);
  block->next = list.head;
  list.head = block;
  ++list.count;
}

}  // namespace repartee
