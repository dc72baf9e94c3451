#include "repartee/net/websocket_upgrade.h"

#include <unistd.h>

#include "repartee/net/http_connection.h"
#include "repartee/net/websocket_link.h"

namespace repartee {
namespace {

namespace websocket = boost::beast::websocket;
using Error = boost::system::error_code;

constexpr std::size_t kKeyLength = 24;  // 16 bytes in Base64

// Some field of that name has the token in its list.
bool HasToken(const HttpHeaders& headers, std::string_view name, std::string_view token) {
  for (const auto& [field, list] : headers.fields()) {
    if (!EqualsIgnoringCase(field, name)) continue;
    std::string_view rest = list;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      std::string_view item = rest.substr(0, comma);
      while (item.starts_with(' ') || item.starts_with('\t')) item.remove_prefix(1);
      while (item.ends_with(' ') || item.ends_with('\t')) item.remove_suffix(1);
      if (EqualsIgnoringCase(item, token)) return true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return false;
}

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

SocketHolder::~SocketHolder() {
  if (native_ >= 0) ::close(native_);
}

bool IsWebSocketUpgrade(const HttpRequest& request) {
  return HasToken(request.headers, "Upgrade", "websocket") &&
         HasToken(request.headers, "Connection", "upgrade");
}

HttpResponse CheckWebSocketUpgrade(const HttpRequest& request) {
  HttpResponse good;
  good.status = 101;
  if (request.method != "GET") return HttpResponse::Text(400, "an upgrade to a WebSocket is a GET\n");
  if (request.headers.Get("Sec-WebSocket-Version") != "13") {
    HttpResponse wrong = HttpResponse::Text(426, "the WebSocket version spoken here is 13\n");
    wrong.headers.Add("Sec-WebSocket-Version", "13");
    return wrong;
  }
  if (request.headers.Get("Sec-WebSocket-Key").size() == kKeyLength) return good;
  return HttpResponse::Text(400, "Sec-WebSocket-Key is to be 24 characters\n");
}

// ---------------------------------------------------------------- WebSocketUpgrade

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
