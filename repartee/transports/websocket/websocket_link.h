// WebsocketLink: the client of one conversation: a WebSocket, and the serializer that knows what
// frames look like on it. Both transports of the conversation share it.
//
// What a client sends is never trusted: a message that cannot be read is dropped and the
// connection goes on. Thread: the conversation's loop.
#pragma once

#include <functional>
#include <memory>

#include "repartee/net/http_client.h"
#include "repartee/net/websocket.h"
#include "repartee/transports/serializers/frame_serializer.h"

namespace repartee {

class WebsocketLink {
 public:
  WebsocketLink(std::unique_ptr<WebSocket> socket, std::unique_ptr<FrameSerializer> serializer);

  FrameSerializer& serializer() { return *serializer_; }

  // Answers the upgrade and begins to read; once. `on_open` when there is somebody to speak to, `on_closed`
  // when nobody is there any more; each may end the conversation's task, none may destroy it.
  void Start(std::function<void()> on_open, std::function<void(Ref<Frame>)> on_frame,
             std::function<void()> on_closed);
  // Frames that the client is not told of are OK. Unavailable when there is nobody any more,
  // ResourceExhausted when too much waits for a client that does not read.
  Status Send(const Frame& frame);
  // Bytes that have not left yet.
  std::size_t buffered_bytes() const { return socket_->buffered_bytes(); }
  // What waits goes out, then a normal close; a telephone call is hung up, which is tried once. Again:
  // nothing.
  void Close(EventLoop& loop);

  bool open() const { return open_; }
  // A telephone call is being hung up, which has a limit of its own.
  bool hanging_up() const { return hanging_up_; }
  // The last word was said, or there never was one to say: nothing more will happen here.
  bool closed() const { return (closed_ || !started_) && !hanging_up_; }

 private:
  void Take(WebSocketKind kind, std::string_view bytes);
  void TellReady();
  void TellOver();
  void Closed(const WebSocketClosed& how);
  void HangUp(EventLoop& loop);

  const std::unique_ptr<FrameSerializer> serializer_;
  // The first and the last are called once, and empty then.
  std::function<void()> on_open_;
  std::function<void(Ref<Frame>)> on_frame_;
  std::function<void()> on_closed_;
  bool started_ = false;
  bool open_ = false;
  bool closed_ = false;
  bool complained_ = false;
  bool ended_ = false;
  bool hanging_up_ = false;
  std::unique_ptr<HttpClient> http_;  // to hang up
  std::unique_ptr<HttpCall> hang_up_;
  std::unique_ptr<WebSocket> socket_;  // last: it calls the others
};

}  // namespace repartee
