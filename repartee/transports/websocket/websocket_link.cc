#include "repartee/transports/websocket/websocket_link.h"

#include <utility>

#include "repartee/base/log.h"

namespace repartee {

WebsocketLink::WebsocketLink(std::unique_ptr<WebSocket> socket, std::unique_ptr<FrameSerializer> serializer)
    : serializer_(std::move(serializer)), socket_(std::move(socket)) {}

void WebsocketLink::Start(std::function<void()> on_open, std::function<void(Ref<Frame>)> on_frame,
                          std::function<void()> on_closed) {
  if (std::exchange(started_, true)) return;
  on_open_ = std::move(on_open);
  on_frame_ = std::move(on_frame);
  on_closed_ = std::move(on_closed);
  WebSocketHandler handler;
  handler.on_open = [this](const HttpResponse&) {
    open_ = true;
    TellReady();
  };
  handler.on_message = [this](WebSocketKind kind, std::string_view bytes) { Take(kind, bytes); };
  handler.on_closed = [this](const WebSocketClosed& how) { Closed(how); };
  socket_->Start(std::move(handler));
}

void WebsocketLink::Take(WebSocketKind kind, std::string_view bytes) {
  const auto wire_kind = kind == WebSocketKind::kText ? WireMessageKind::kText : WireMessageKind::kBinary;
  Result<Ref<Frame>> frame = serializer_->Deserialize(wire_kind, bytes);
  if (!frame.ok()) {
    // Once: a client that sends one such message sends many.
    if (!std::exchange(complained_, true)) {
      LogWarning("a client's message of {} bytes is dropped, others like it without a word: {}", bytes.size(),
                 frame.status().message());
    }
    return;
  }
  TellReady();
  if (*frame) on_frame_(*std::move(frame));
  if (serializer_->over()) TellOver();
}

void WebsocketLink::TellReady() {
  if (on_open_ && serializer_->ready()) std::exchange(on_open_, {})();
}

void WebsocketLink::TellOver() {
  if (on_closed_) std::exchange(on_closed_, {})();
}

void WebsocketLink::Closed(const WebSocketClosed& how) {
  open_ = false;
  closed_ = true;
  if (!how.status.ok()) LogInfo("a client is gone: {}", how.status.message());
  TellOver();
}

Status WebsocketLink::Send(const Frame& frame) {
  if (!open_) return Status::Unavailable("the client is not connected");
  auto message = serializer_->Serialize(frame);
  if (!message) return OkStatus();
  const auto kind = message->kind == WireMessageKind::kText ? WebSocketKind::kText : WebSocketKind::kBinary;
  return socket_->Send(kind, std::move(message->bytes));
}

void WebsocketLink::Close(EventLoop& loop) {
  if (std::exchange(ended_, true)) return;
  HangUp(loop);
  if (open_) socket_->Close(kWebSocketNormal, "");
  open_ = false;
  if (!started_) socket_->Abort();
}

void WebsocketLink::HangUp(EventLoop& loop) {
  auto request = serializer_->HangUp();
  if (!request) return;
  hanging_up_ = true;
  http_ = std::make_unique<HttpClient>(loop);
  HttpCallOptions limit;
  limit.timeout = std::chrono::seconds(5);
  hang_up_ = http_->Fetch(*std::move(request), limit, [this](Result<HttpResponse> answer) {
    hanging_up_ = false;
    // 404: the caller has hung up already.
    if (!answer.ok() || (answer->status >= 300 && answer->status != 404)) {
      LogWarning("the call could not be hung up: {}",
                 answer.ok() ? fmt::format("HTTP status {}", answer->status) : answer.status().message());
    }
    hang_up_.reset();
    http_.reset();
  });
}

}  // namespace repartee
