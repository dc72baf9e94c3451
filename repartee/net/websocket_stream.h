// WebSocketStream: Beast's WebSocket over a Transport, plain or TLS alike, compiled once.
//
// The adapter joins what Beast writes in pieces (a frame's head, its payload) into one
// write, and tells its owner when bytes move: for the time limits. Internal to net/.
// Thread: the loop's.
#pragma once

#include <array>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <vector>

#include "repartee/net/transport.h"

namespace repartee {

class WebSocketBytes {
 public:
  using executor_type = boost::asio::io_context::executor_type;
  using Error = boost::system::error_code;
  // What the owner hears; it outlives the adapter.
  class Owner {
   public:
    virtual void OnBytesRead() = 0;
    virtual void OnWriteBegun() = 0;
    virtual void OnWriteEnded() = 0;
    // Both closes went over the wire, or ours alone after a fault: what still comes is not read.
    // `done` once the link may be closed.
    virtual void OnTeardown(UniqueFunction<void()> done) = 0;

   protected:
    ~Owner() = default;
  };

  // Both outlive the adapter.
  WebSocketBytes(executor_type executor, Transport& transport, Owner& owner)
      : executor_(executor), transport_(transport), owner_(owner) {}

  executor_type get_executor() const { return executor_; }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(Error, std::size_t)>(
        [this](auto handler, boost::asio::mutable_buffer into) {
          transport_.Read(
              into, [this, handler = std::move(handler)](const Error& error, std::size_t bytes) mutable {
                if (bytes > 0) owner_.OnBytesRead();
                std::move(handler)(error, bytes);
              });
        },
        token, First<boost::asio::mutable_buffer>(buffers));
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    out_.resize(std::min(boost::asio::buffer_size(buffers), kMaxWrite));
    boost::asio::buffer_copy(boost::asio::buffer(out_), buffers);
    owner_.OnWriteBegun();
    return boost::asio::async_initiate<Token, void(Error, std::size_t)>(
        [this](auto handler) {
          transport_.WriteSome(boost::asio::buffer(out_), [this, handler = std::move(handler)](
                                                              const Error& error, std::size_t bytes) mutable {
            owner_.OnWriteEnded();
            std::move(handler)(error, bytes);
          });
        },
        token);
  }

  // Beast finds it by its arguments.
  template <class Token>
  friend void async_teardown(boost::beast::role_type, WebSocketBytes& bytes, Token&& token) {
    boost::asio::async_initiate<Token, void(Error)>(
        [&bytes](auto handler) {
          bytes.owner_.OnTeardown([handler = std::move(handler)]() mutable { std::move(handler)(Error()); });
        },
        token);
  }
  friend void beast_close_socket(WebSocketBytes& bytes) { bytes.transport_.Close(); }

 private:
  static constexpr std::size_t kMaxWrite = 64 << 10;

  template <class Buffer, class Buffers>
  static Buffer First(const Buffers& buffers) {
    for (auto it = boost::asio::buffer_sequence_begin(buffers);
         it != boost::asio::buffer_sequence_end(buffers); ++it) {
      if (Buffer(*it).size() > 0) return Buffer(*it);
    }
    return Buffer();
  }

  const executor_type executor_;
  Transport& transport_;
  Owner& owner_;
  std::vector<char> out_;
};

// Without deflate: it is refused to every client and never asked for.
using WebSocketStream = boost::beast::websocket::stream<WebSocketBytes, false>;

}  // namespace repartee
