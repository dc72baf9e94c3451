// WebSocketLink: what an accepted and a connected WebSocket share: queue, limits, ping,
// close. How the upgrade is made is its subclass's.
//
// Kept alive by its own pending operations, so its user may vanish at any moment.
// Internal to net/. Thread: the loop's.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <deque>
#include <optional>

#include "repartee/net/websocket.h"
#include "repartee/net/websocket_stream.h"

namespace repartee {

class WebSocketLink : public std::enable_shared_from_this<WebSocketLink>, public WebSocketBytes::Owner {
 public:
  using Error = boost::system::error_code;

  WebSocketLink(EventLoop& loop, WebSocketOptions options);
  virtual ~WebSocketLink() = default;

  void Start(WebSocketHandler handler);
  Status Send(WebSocketKind kind, std::string message);
  void Close(std::uint16_t code, std::string reason);
  void Abort();
  std::size_t buffered_bytes() const { return buffered_bytes_; }
  bool open() const { return state_ == State::kOpen; }
  bool message_under_way() const { return reading_ && incoming_.size() > 0; }

 protected:
  // Connects, if need be, and makes the upgrade: then Opened or Failed, on a later turn.
  virtual void Open() = 0;
  void UseTransport(std::unique_ptr<Transport> transport);
  void Opened(const HttpResponse& upgrade);
  // The end, unless it was.
  void Failed(Status status, HttpResponse refusal = kNoAnswer);
  bool ended() const { return state_ == State::kEnded; }

  static const HttpResponse kNoAnswer;
  EventLoop& loop_;
  const WebSocketOptions options_;
  std::unique_ptr<Transport> transport_;
  std::optional<WebSocketStream> stream_;  // over transport_

 private:
  enum class State : unsigned char {
    kNew,
    kOpening,
    kOpen,
    kClosing,
    kEnded
  };
  struct Message {
    WebSocketKind kind;
    std::string bytes;
  };

  void OnBytesRead() final;
  void OnWriteBegun() final;
  void OnWriteEnded() final { stall_timer_.Disarm(); }
  void OnTeardown(UniqueFunction<void()> done) final;
  void Drain();

  void Read();
  void OnRead(const Error& error);
  void OnReadFailed(const Error& error);
  void Write();
  void SendClose();
  void CheckSilence();
  void CheckMessage();
  void OnStalled();
  void OnCloseTimeout();
  void End(WebSocketClosed closed);

  WebSocketHandler handler_;
  State state_ = State::kNew;
  std::deque<Message> waiting_;  // the first is being written
  std::size_t buffered_bytes_ = 0;
  bool reading_ = false;
  bool writing_ = false;
  boost::beast::flat_buffer incoming_;

  std::optional<WebSocketClosed> our_close_;  // set by Close
  bool close_sent_ = false;
  bool closing_ = false;  // our close waits for its answer

  Nanos last_heard_{0};
  Nanos pinged_at_{0};
  bool pinging_ = false;  // a ping is being written
  bool pong_expected_ = false;
  UniqueFunction<void()> torn_down_;
  std::array<char, 4096> drained_;
  Timer open_timer_;
  Timer stall_timer_;
  Timer silence_timer_;
  Timer message_timer_;
  Timer close_timer_;
};

// The face of a link: its end is the link's.
std::unique_ptr<WebSocket> MakeWebSocket(std::shared_ptr<WebSocketLink> link);

}  // namespace repartee
