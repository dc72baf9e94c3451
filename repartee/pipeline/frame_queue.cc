#include "repartee/pipeline/frame_queue.h"

#include <cassert>

#include "repartee/base/pool.h"

namespace repartee {
namespace {

constexpr std::uint32_t kFirstCapacity = 8;
// A queue that ran empty keeps at most this much, else one burst would stay in every processor.
constexpr std::uint32_t kKeptCapacity = 512;
constexpr int kFreedAtOnce = 64;

std::size_t Bytes(std::uint32_t capacity) { return capacity * sizeof(std::uintptr_t); }

}  // namespace

FrameQueue::Buried::Buried(Buried&& other) noexcept
    : slots_(std::exchange(other.slots_, nullptr)),
      capacity_(other.capacity_),
      head_(other.head_),
      tail_(other.tail_) {}

FrameQueue::Buried::~Buried() {
  while (FreeSome()) {
  }
}

bool FrameQueue::Buried::FreeSome() {
  if (!slots_) return false;
  for (int i = 0; i < kFreedAtOnce && head_ != tail_; ++i, ++head_) {
    FramePtr::Adopt(Pointer(slots_[head_ & (capacity_ - 1)]));
  }
  if (head_ != tail_) return true;
  PoolFree(slots_, Bytes(capacity_));
  slots_ = nullptr;
  return false;
}

FrameQueue::~FrameQueue() { TakeAll(); }

void FrameQueue::Push(FramePtr frame, Direction direction) {
  if (tail_ - head_ == capacity_) Grow();
  std::uintptr_t slot = 0;
  if (direction == Direction::kUpstream) slot |= kUpstream;
  if (!frame->interruptible()) {
    slot |= kKeep;
    ++uninterruptible_;
  }
  slot |= reinterpret_cast<std::uintptr_t>(frame.Release());
  Slot(tail_++) = slot;
}

FrameQueue::Entry FrameQueue::Pop() {
  assert(!empty());
  const std::uintptr_t slot = Slot(head_++);
  if (slot & kKeep) --uninterruptible_;
  if (head_ == tail_ && capacity_ > kKeptCapacity) ReleaseStorage();
  return {FramePtr::Adopt(Pointer(slot)), slot & kUpstream ? Direction::kUpstream : Direction::kDownstream};
}

const Frame& FrameQueue::Front() const {
  assert(!empty());
  return *Pointer(Slot(head_));
}

bool FrameQueue::Contains(const FrameTypeSet& types) const {
  for (std::uint32_t at = head_; at != tail_; ++at) {
    if (types.Contains(Pointer(Slot(at))->type())) return true;
  }
  return false;
}

bool FrameQueue::DropFirst(bool (*match)(const Frame&)) {
  for (std::uint32_t at = head_; at != tail_; ++at) {
    const std::uintptr_t slot = Slot(at);
    if (!match(*Pointer(slot))) continue;
    // Those before it move up, so that marks behind it stay true.
    for (std::uint32_t to = at; to != head_; --to) Slot(to) = Slot(to - 1);
    ++head_;
    if (slot & kKeep) --uninterruptible_;
    FramePtr::Adopt(Pointer(slot));
    return true;
  }
  return false;
}

FrameQueue::Buried FrameQueue::DropInterruptible(std::uint32_t mark) {
  // Signed differences, since positions wrap.
  if (static_cast<std::int32_t>(mark - head_) <= 0) return {};
  if (mark == tail_ && uninterruptible_ == 0) return TakeAll();

  Buried buried = TakeAll();
  const auto slot_at = [&buried](std::uint32_t at) -> std::uintptr_t& {
    return buried.slots_[at & (buried.capacity_ - 1)];
  };
  std::vector<std::uintptr_t> kept;
  std::uint32_t dropped = buried.head_;
  for (std::uint32_t at = buried.head_; at != buried.tail_; ++at) {
    const std::uintptr_t slot = slot_at(at);
    const bool drop = static_cast<std::int32_t>(mark - at) > 0 && !(slot & kKeep);
    if (drop) {
      slot_at(dropped++) = slot;
    } else {
      kept.push_back(slot);
    }
  }
  buried.tail_ = dropped;
  // The end keeps its number, so that marks taken earlier stay true.
  head_ = tail_ - static_cast<std::uint32_t>(kept.size());
  const std::uint32_t end = std::exchange(tail_, head_);
  for (const std::uintptr_t slot : kept) {
    if (tail_ - head_ == capacity_) Grow();
    Slot(tail_++) = slot;
    if (slot & kKeep) ++uninterruptible_;
  }
  assert(tail_ == end);
  static_cast<void>(end);
  return buried;
}

FrameQueue::Buried FrameQueue::DropAll() { return TakeAll(); }

FrameQueue::Buried FrameQueue::TakeAll() {
  Buried buried;
  buried.slots_ = std::exchange(slots_, nullptr);
  buried.capacity_ = std::exchange(capacity_, 0);
  buried.head_ = head_;
  buried.tail_ = tail_;
  head_ = tail_;
  uninterruptible_ = 0;
  return buried;
}

void FrameQueue::Grow() {
  const std::uint32_t capacity = capacity_ == 0 ? kFirstCapacity : capacity_ * 2;
  auto* slots = static_cast<std::uintptr_t*>(PoolAllocate(Bytes(capacity)));
  for (std::uint32_t at = head_; at != tail_; ++at) slots[at & (capacity - 1)] = Slot(at);
  if (slots_) PoolFree(slots_, Bytes(capacity_));
  slots_ = slots;
  capacity_ = capacity;
}

void FrameQueue::ReleaseStorage() {
  PoolFree(slots_, Bytes(capacity_));
  slots_ = nullptr;
  capacity_ = 0;
}

}  // namespace repartee
