// VendorSockets: the other side of a service's WebSocket in tests: a server whose links
// live on the test's own loop, so that a test says what comes when without threads.
//
// Thread: the loop's; connections that come before Attach wait for it.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "repartee/net/websocket.h"

namespace repartee::testing {

class VendorSockets {
 public:
  struct Link {
    HttpRequest request;
    std::unique_ptr<WebSocket> socket;
    std::vector<std::string> texts;
    std::string sound;
    std::optional<WebSocketClosed> closed;

    void Say(std::string text) { static_cast<void>(socket->Send(WebSocketKind::kText, std::move(text))); }
  };

  VendorSockets() {
    HttpServerOptions options;
    options.on_websocket = [this](HttpRequest request, WebSocketUpgrade upgrade) {
      Take(std::move(request), std::move(upgrade));
    };
    auto server = HttpServer::Listen(std::move(options), [](HttpRequest, HttpResponder responder) {
      responder.Send(HttpResponse::Text(404, "no"));
    });
    server_ = *std::move(server);
  }
  ~VendorSockets() { server_->Stop(std::chrono::milliseconds(0)); }

  std::string url() const { return "ws://127.0.0.1:" + std::to_string(server_->port()); }

  // The next connection gets this answer instead of a link.
  void RefuseNext(HttpResponse answer) {
    const std::lock_guard lock(mutex_);
    refusals_.push_back(std::move(answer));
  }
  // `loop` outlives this.
  void Attach(EventLoop& loop) {
    const std::lock_guard lock(mutex_);
    loop_ = &loop;
    for (auto& [request, upgrade] : waiting_) Accept(std::move(request), std::move(upgrade));
    waiting_.clear();
  }

  // Before the loop goes: nothing touches it any more, and no further connection comes.
  void Detach() {
    server_->Stop(std::chrono::milliseconds(0));
    links.clear();
  }

  // Those that were opened, in order.
  std::deque<Link> links;
  // Called with each text that comes.
  UniqueFunction<void(Link& link, const std::string& text)> on_text;

  int refused() {
    const std::lock_guard lock(mutex_);
    return refused_;
  }

 private:
  void Take(HttpRequest request, WebSocketUpgrade upgrade) {
    const std::lock_guard lock(mutex_);
    if (!refusals_.empty()) {
      ++refused_;
      upgrade.Refuse(std::move(refusals_.front()));
      return refusals_.pop_front();
    }
    if (loop_) return Accept(std::move(request), std::move(upgrade));
    waiting_.emplace_back(std::move(request), std::move(upgrade));
  }

  void Accept(HttpRequest request, WebSocketUpgrade upgrade) {
    upgrade.Accept(*loop_, {},
                   [this, request = std::move(request)](std::unique_ptr<WebSocket> socket) mutable {
                     links.emplace_back();
                     Link& link = links.back();
                     link.request = std::move(request);
                     link.socket = std::move(socket);
                     WebSocketHandler handler;
                     handler.on_message = [this, &link](WebSocketKind kind, std::string_view message) {
                       if (kind == WebSocketKind::kBinary) {
                         link.sound += message;
                       } else {
                         link.texts.emplace_back(message);
                         if (on_text) on_text(link, link.texts.back());
                       }
                     };
                     handler.on_closed = [&link](const WebSocketClosed& closed) { link.closed = closed; };
                     link.socket->Start(std::move(handler));
                   });
  }

  std::mutex mutex_;  // guards what is below, but the server
  EventLoop* loop_ = nullptr;
  std::deque<std::pair<HttpRequest, WebSocketUpgrade>> waiting_;
  std::deque<HttpResponse> refusals_;
  int refused_ = 0;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace repartee::testing
