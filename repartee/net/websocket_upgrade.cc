// The server's half of an upgrade: from a connection of the HTTP server to a link on a
// conversation's loop.
#include "repartee/net/http_connection.h"
#include "repartee/net/websocket_handshake.h"
#include "repartee/net/websocket_link.h"

namespace repartee {
namespace {

namespace websocket = boost::beast::websocket;
using Error = boost::system::error_code;

class ServerLink final : public WebSocketLink {
 public:
  ServerLink(EventLoop& loop, HttpRequest request, WebSocketAcceptance acceptance, SocketHolder socket)
      : WebSocketLink(loop, std::move(acceptance.options)),
        request_(std::move(request)),
        subprotocol_(std::move(acceptance.subprotocol)),
        headers_(std::move(acceptance.headers)),
        socket_(std::move(socket)) {}

 private:
  void Open() override;
  HttpResponse Answer() const;

  const HttpRequest request_;
  const std::string subprotocol_;
  const HttpHeaders headers_;
  SocketHolder socket_;
};

void ServerLink::Open() {
  Status status = CheckHttpHeaders(headers_);
  const int native = socket_.Take();
  if (native < 0) status = Status::Unavailable("the peer left before the upgrade was accepted");
  if (!status.ok()) {
    return loop_.Defer([self = shared_from_this(), this, status] { Failed(status); });
  }
  UseTransport(std::make_unique<Transport>(loop_, native, socket_.ipv6()));
  boost::beast::http::request<boost::beast::http::empty_body> upgrade;
  upgrade.version(11);
  upgrade.method(boost::beast::http::verb::get);
  upgrade.target("/");
  for (const char* const name : {"Host", "Sec-WebSocket-Key", "Sec-WebSocket-Version"}) {
    const std::string_view value = request_.headers.Get(name);
    upgrade.set(name, boost::beast::string_view(value.data(), value.size()));
  }
  upgrade.set(boost::beast::http::field::connection, "upgrade");
  upgrade.set(boost::beast::http::field::upgrade, "websocket");
  stream_->set_option(websocket::stream_base::decorator([this](websocket::response_type& response) {
    response.set(boost::beast::http::field::server, "repartee");
    const HttpResponse answer = Answer();
    for (const auto& [name, value] : answer.headers.fields()) response.set(name, value);
  }));
  stream_->async_accept(upgrade, [self = shared_from_this(), this](const Error& error) {
    if (ended()) return;
    if (error) return Failed(Status::Unavailable("the upgrade failed: {}", error.message()));
    Opened(Answer());
  });
}

HttpResponse ServerLink::Answer() const {
  HttpResponse answer;
  answer.status = 101;
  answer.headers = headers_;
  if (!subprotocol_.empty()) answer.headers.Set("Sec-WebSocket-Protocol", subprotocol_);
  return answer;
}

}  // namespace

WebSocketUpgrade::WebSocketUpgrade(std::shared_ptr<HttpResponder::Connection> connection)
    : connection_(std::move(connection)) {}

WebSocketUpgrade::~WebSocketUpgrade() {
  if (connection_) {
    Refuse(HttpResponse::Json(500, R"({"message":"the request was dropped without an answer"})"));
  }
}

void WebSocketUpgrade::Refuse(HttpResponse response) {
  if (const auto connection = std::exchange(connection_, nullptr)) connection->Answer(std::move(response));
}

void WebSocketUpgrade::Accept(EventLoop& loop, WebSocketAcceptance acceptance, Accepted accepted) {
  const auto connection = std::exchange(connection_, nullptr);
  if (!connection) return;
  connection->HandOver([&loop, acceptance = std::move(acceptance), accepted = std::move(accepted)](
                           HttpRequest request, SocketHolder socket) mutable {
    loop.Post([&loop, acceptance = std::move(acceptance), accepted = std::move(accepted),
               request = std::move(request), socket = std::move(socket)]() mutable {
      accepted(MakeWebSocket(
          std::make_shared<ServerLink>(loop, std::move(request), std::move(acceptance), std::move(socket))));
    });
  });
}

}  // namespace repartee
