// ClientConnection: one connection of an HTTP client; a request at a time, and then
// idle until the next or until the server closes it.
//
// It owns its buffers and is kept alive by its own pending operations, so its user
// may vanish at any moment. A read is always pending: that is how an idle
// connection learns that it is dead. Internal to net/. Thread: the loop's.
#pragma once

#include <array>
#include <boost/beast/http/basic_parser.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "repartee/net/transport.h"

namespace repartee {

// Beast's parser of answers; the body goes to `on_body` piece by piece.
class ResponseParser final : public boost::beast::http::basic_parser<false> {
 public:
  explicit ResponseParser(std::function<void(std::string_view)> on_body) : on_body_(std::move(on_body)) {}

  HttpResponse head;  // complete once is_header_done()

 private:
  using Error = boost::beast::error_code;
  using View = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, View, View, int, Error&) override {}
  void on_response_impl(int status, View, int, Error&) override { head.status = status; }
  void on_field_impl(boost::beast::http::field, View name, View value, Error&) override {
    if (!header_done_) head.headers.Add({name.data(), name.size()}, {value.data(), value.size()});
  }
  void on_header_impl(Error&) override { header_done_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
  std::size_t on_body_impl(View bytes, Error&) override {
    on_body_({bytes.data(), bytes.size()});
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, View, Error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View bytes, Error& error) override {
    return on_body_impl(bytes, error);
  }
  void on_finish_impl(Error&) override {}

  std::function<void(std::string_view)> on_body_;
  bool header_done_ = false;
};

class ClientConnection : public std::enable_shared_from_this<ClientConnection> {
 public:
  // Hears how its request fares; may detach or be destroyed within each call.
  class User {
   public:
    virtual ~User() = default;
    virtual void OnConnected(Status status) = 0;
    virtual void OnHead(HttpResponse head) = 0;
    virtual void OnBody(std::string_view bytes) = 0;
    // The last. The connection is detached, and closed unless reusable().
    // `untouched`: it failed before a byte of the answer came.
    virtual void OnEnd(Status status, bool untouched) = 0;
  };

  // `tls` as for Transport.
  ClientConnection(EventLoop& loop, std::shared_ptr<TlsContext> tls);

  void Connect(const Url& url, std::weak_ptr<User> user);
  // Only when connected and idle. `head_only`: the answer has no body (HEAD).
  void Send(std::shared_ptr<const std::string> bytes, bool head_only, std::weak_ptr<User> user);
  // Calls `on_gone` when nobody used it for `time`, or the server closed it.
  void WaitIdle(Nanos time, UniqueFunction<void()> on_gone);
  // Nothing is called any more.
  void Close();
  bool reusable() const { return reusable_; }
  // Connecting has not come further than the host's name.
  bool looking_up() const { return transport_.looking_up(); }

 private:
  void Read();
  void OnRead(const boost::system::error_code& error, std::size_t bytes);
  void BeginAnswer();
  std::size_t Parse(std::string_view bytes);
  void OnReadError(const boost::system::error_code& error);
  void End(Status status);
  void IdleOver();

  Transport transport_;
  Timer idle_timer_;
  UniqueFunction<void()> on_gone_;
  std::weak_ptr<User> user_;
  bool waiting_ = false;  // a request is under way
  bool closed_ = false;
  bool reusable_ = false;

  std::optional<ResponseParser> parser_;
  bool head_only_ = false;
  bool head_delivered_ = false;
  bool touched_ = false;  // a byte of the answer came
  Status parse_error_;
  std::array<char, 16 << 10> read_buffer_;  // a TLS record's size
  std::string unparsed_;
  bool read_pending_ = false;
  bool write_pending_ = false;
};

}  // namespace repartee
