// What net/ needs of an EventLoop beside its own face: the io_context that waits
// for its sockets. No other room includes this.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace repartee {

struct EventLoopAsio {
  boost::asio::io_context io{1};
  boost::asio::steady_timer timer{io};
};

}  // namespace repartee
