#include "repartee/base/signals.h"

#include <boost/asio/signal_set.hpp>

#include "repartee/base/event_loop_asio.h"

namespace repartee {

struct SignalWatcher::Impl {
  Impl(EventLoop& loop, std::initializer_list<int> signals, UniqueFunction<void(int)> callback)
      : set(loop.asio().io), on_signal(std::move(callback)) {
    for (const int signal : signals) set.add(signal);
    Wait();
  }
  void Wait() {
    set.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;  // the watcher is gone
      on_signal(signal);
      Wait();
    });
  }
  boost::asio::signal_set set;
  UniqueFunction<void(int)> on_signal;
};

SignalWatcher::SignalWatcher(EventLoop& loop, std::initializer_list<int> signals,
                             UniqueFunction<void(int)> on_signal)
    : impl_(std::make_unique<Impl>(loop, signals, std::move(on_signal))) {}
SignalWatcher::~SignalWatcher() = default;

}  // namespace repartee
