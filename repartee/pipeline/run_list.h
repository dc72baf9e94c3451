// RunList: the processors of one conversation that have frames to handle, first come
// first served. A processor in its turn empties its lanes; Push puts its neighbour
// at the end of this list and calls nobody.
//
// Fairness lies between conversations: after 2,000 turns the loop looks at the others.
// Thread: the conversation's loop.
#pragma once

#include <vector>

#include "repartee/base/event_loop.h"
#include "repartee/pipeline/frame_queue.h"

namespace repartee {

class FrameProcessor;

class RunList final : public Runnable {
 public:
  explicit RunList(EventLoop& loop) : loop_(loop) {}
  ~RunList() { loop_.Forget(*this); }

  // At the end of the list, if it is not on it.
  void Add(FrameProcessor& processor);
  // Takes off a processor that is being destroyed.
  void Remove(FrameProcessor& processor);
  // Frees dropped frames when nothing else is to be done.
  void Bury(FrameQueue::Buried buried);

  bool RunSome() override;

 private:
  EventLoop& loop_;
  FrameProcessor* head_ = nullptr;
  FrameProcessor* tail_ = nullptr;
  std::vector<FrameQueue::Buried> buried_;
};

}  // namespace repartee
