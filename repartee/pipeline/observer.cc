#include "repartee/pipeline/observer.h"

#include <algorithm>

namespace repartee {

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
  pushes_ = {};
  processing_ = {};
  for (const Entry& entry : entries_) {
    pushes_.Add(entry.pushes);
    processing_.Add(entry.processing);
  }
}

void ObserverList::NotifyPush(const FramePushed& event) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (!entry.pushes.Contains(event.frame->type())) continue;
    if (!entry.every_push && !event.first_push) continue;
    entry.observer->OnPushFrame(event);
  }
}

void ObserverList::NotifyProcess(const FrameProcessed& event) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].processing.Contains(event.frame->type())) entries_[i].observer->OnProcessFrame(event);
  }
}

void ObserverList::NotifyStarted() {
  for (std::size_t i = 0; i < entries_.size(); ++i) entries_[i].observer->OnPipelineStarted();
}

}  // namespace repartee
