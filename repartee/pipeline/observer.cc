#include "repartee/pipeline/observer.h"

#include <algorithm>
#include <bit>

#include "repartee/base/guarded.h"

namespace repartee {
namespace {

constexpr char kWho[] = "an observer";

}  // namespace

void ObserverList::Add(BaseObserver& observer) {
  entries_.push_back(
      {&observer, observer.wanted_pushes(), observer.wanted_processing(), observer.observe_every_push()});
  Summarize();
}

void ObserverList::Remove(BaseObserver& observer) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.observer == &observer; });
  Summarize();
}

void ObserverList::Summarize() {
  takers_ = {};
  repeated_ = {};
  processing_ = {};
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    processing_.Add(entries_[i].processing);
    for (std::size_t type = 0; type < kFrameTypes; ++type) {
      if (!entries_[i].pushes.Contains(static_cast<FrameType>(type))) continue;
      const unsigned bit = 1U << std::min(i, kLastBit);
      takers_[type] = static_cast<Takers>(takers_[type] | bit);
      if (entries_[i].every_push) repeated_[type] = static_cast<Takers>(repeated_[type] | bit);
    }
  }
}

void ObserverList::NotifyPush(const FramePushed& event) {
  const FrameType type = event.frame->type();
  for (unsigned takers = TakersOf(type, event.first_push); takers != 0; takers &= takers - 1) {
    const auto first = static_cast<std::size_t>(std::countr_zero(takers));
    const std::size_t behind = first == kLastBit ? entries_.size() : first + 1;
    for (std::size_t i = first; i < std::min(behind, entries_.size()); ++i) {
      const Entry& entry = entries_[i];
      // Asked again: a callback may have moved them.
      if (!entry.pushes.Contains(type)) continue;
      if (!entry.every_push && !event.first_push) continue;
      Guarded(kWho, [&] { entry.observer->OnPushFrame(event); });
    }
  }
}

void ObserverList::NotifyProcess(const FrameProcessed& event) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!entries_[i].processing.Contains(event.frame->type())) continue;
    Guarded(kWho, [&] { entries_[i].observer->OnProcessFrame(event); });
  }
}

void ObserverList::NotifyStarted() {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    Guarded(kWho, [&] { entries_[i].observer->OnPipelineStarted(); });
  }
}

}  // namespace repartee
