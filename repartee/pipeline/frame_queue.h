// FrameQueue: frames waiting in order, with their direction. A ring of tagged
// pointers that allocates nothing until first used and drops everything an
// interruption drops in one step, however much that is.
//
// Limit: the owner's; see FrameProcessor. Thread: the conversation's loop.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "repartee/frames/frame.h"

namespace repartee {

class FrameQueue {
 public:
  struct Entry {
    FramePtr frame;
    Direction direction;
  };

  // Frames that were dropped and not freed yet: freeing a thousand takes longer than
  // an interruption may.
  class Buried {
   public:
    Buried() = default;
    Buried(Buried&& other) noexcept;
    Buried& operator=(Buried&&) = delete;
    ~Buried();
    // Frees some; false when nothing is left.
    bool FreeSome();

   private:
    friend class FrameQueue;
    std::uintptr_t* slots_ = nullptr;
    std::uint32_t capacity_ = 0;
    std::uint32_t head_ = 0;
    std::uint32_t tail_ = 0;
  };

  FrameQueue() = default;
  ~FrameQueue();
  FrameQueue(const FrameQueue&) = delete;
  FrameQueue& operator=(const FrameQueue&) = delete;

  bool empty() const { return head_ == tail_; }
  std::uint32_t size() const { return tail_ - head_; }
  // Number of frames ever pushed (wraps): a place in the queue that stays true while it moves.
  std::uint32_t mark() const { return tail_; }
  bool has_uninterruptible() const { return uninterruptible_ > 0; }

  void Push(FramePtr frame, Direction direction);
  // Not when empty.
  Entry Pop();
  const Frame& Front() const;
  // Whether a frame of one of these types waits here.
  bool Contains(const FrameTypeSet& types) const;
  // Drops the oldest frame for which `match` holds; false if there is none.
  bool DropFirst(bool (*match)(const Frame&));

  // Drops the interruptible frames pushed before `mark`; the others keep their order.
  Buried DropInterruptible(std::uint32_t mark);
  Buried DropAll();

 private:
  static constexpr std::uintptr_t kUpstream = 1;
  static constexpr std::uintptr_t kKeep = 2;
  static constexpr std::uintptr_t kTags = 63;

  static const Frame* Pointer(std::uintptr_t slot) { return reinterpret_cast<const Frame*>(slot & ~kTags); }
  std::uintptr_t& Slot(std::uint32_t position) const { return slots_[position & (capacity_ - 1)]; }
  void Grow();
  void ReleaseStorage();
  Buried TakeAll();

  std::uintptr_t* slots_ = nullptr;
  std::uint32_t capacity_ = 0;  // a power of two
  std::uint32_t head_ = 0;
  std::uint32_t tail_ = 0;
  std::uint32_t uninterruptible_ = 0;
};

}  // namespace repartee
