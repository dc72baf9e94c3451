// Event: handlers that a program attaches to something that happens. They run in
// order of attachment at the end of the loop's event in hand, so whoever emits is
// never called back in the middle of its work.
//
// Thread: the loop's.
#pragma once

#include <functional>
#include <memory>
#include <tuple>
#include <vector>

#include "repartee/base/event_loop.h"

namespace repartee {

template <class... Args>
class Event {
 public:
  using Handler = std::function<void(const Args&...)>;

  void Connect(Handler handler) {
    if (!handlers_) handlers_ = std::make_shared<std::vector<Handler>>();
    handlers_->push_back(std::move(handler));
  }
  bool connected() const { return handlers_ != nullptr; }

  void Emit(EventLoop& loop, Args... args) const {
    if (!handlers_) return;
    // The list is shared with the deferred call, which may outlive the event's owner.
    loop.Defer([handlers = handlers_, values = std::make_tuple(std::move(args)...)] {
      for (std::size_t i = 0; i < handlers->size(); ++i) std::apply((*handlers)[i], values);
    });
  }

 private:
  std::shared_ptr<std::vector<Handler>> handlers_;  // null until the first handler
};

}  // namespace repartee
