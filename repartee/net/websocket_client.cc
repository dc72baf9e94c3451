#include <fmt/format.h>

#include "repartee/base/encoding.h"
#include "repartee/net/websocket_link.h"

namespace repartee {
namespace {

namespace websocket = boost::beast::websocket;
using Error = boost::system::error_code;

// The upgrade's own; a caller's of these names are left out.
bool IsUpgradeField(std::string_view name) {
  for (const std::string_view own :
       {"Connection", "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Extensions",
        "Sec-WebSocket-Protocol", "Content-Length", "Transfer-Encoding"}) {
    if (EqualsIgnoringCase(name, own)) return true;
  }
  return false;
}

HttpResponse ToResponse(const websocket::response_type& given) {
  HttpResponse response;
  response.status = static_cast<int>(given.result_int());
  for (const auto& field : given) {
    response.headers.Add({field.name_string().data(), field.name_string().size()},
                         {field.value().data(), field.value().size()});
  }
  response.body = given.body();
  return response;
}

class ClientLink final : public WebSocketLink {
 public:
  ClientLink(EventLoop& loop, WebSocketRequest request, WebSocketOptions options)
      : WebSocketLink(loop, std::move(options)), request_(std::move(request)) {}

 private:
  void Open() override {
    Status status = Connect();
    if (status.ok()) return;
    loop_.Defer([self = shared_from_this(), this, status]() mutable { Fail(std::move(status)); });
  }

  Status Connect();
  void Upgrade();
  void AddFields(websocket::request_type& request) const;
  void OnAnswer(const Error& error);
  void Fail(Status status, HttpResponse refusal = kNoAnswer) {
    Failed(std::move(status).Annotate("{}", name_), std::move(refusal));
  }

  const WebSocketRequest request_;
  Url url_;
  std::string name_ = "websocket";  // in messages; the server's once known
  websocket::response_type answer_;
};

Status ClientLink::Connect() {
  Result<Url> url = ParseUrl(request_.url);
  if (!url.ok()) return std::move(url).status();
  url_ = *std::move(url);
  name_ = url_.Authority();
  if (Status status = CheckHttpHeaders(request_.headers); !status.ok()) return status;
  for (const std::string& protocol : request_.subprotocols) {
    if (!IsHttpToken(protocol)) return Status::InvalidArgument("a subprotocol is no token");
  }
  std::shared_ptr<TlsContext> tls;
  if (url_.secure()) {
    auto made = MakeTlsClientContext({.ca = options_.ca_file,
                                      .certificate = options_.client_certificate_file,
                                      .key = options_.client_key_file});
    if (!made.ok()) return std::move(made).status();
    tls = *std::move(made);
  }
  UseTransport(std::make_unique<Transport>(loop_, std::move(tls)));
  transport_->Connect(url_.host, url_.port, [self = shared_from_this(), this](Status status) {
    if (ended()) return;
    status.ok() ? Upgrade() : Fail(std::move(status));
  });
  return OkStatus();
}

void ClientLink::Upgrade() {
  stream_->set_option(
      websocket::stream_base::decorator([this](websocket::request_type& request) { AddFields(request); }));
  stream_->async_handshake(answer_, url_.Authority(), url_.target,
                           [self = shared_from_this(), this](const Error& error) { OnAnswer(error); });
}

void ClientLink::AddFields(websocket::request_type& request) const {
  const auto set = [&request](std::string_view name, std::string_view value) {
    request.set(boost::beast::string_view(name.data(), name.size()),
                boost::beast::string_view(value.data(), value.size()));
  };
  set("User-Agent", "repartee");
  if (!request_.subprotocols.empty()) {
    set("Sec-WebSocket-Protocol", fmt::format("{}", fmt::join(request_.subprotocols, ", ")));
  }
  if (!url_.user_info.empty()) set("Authorization", "Basic " + Base64Encode(PercentDecode(url_.user_info)));
  for (const auto& [name, value] : request_.headers.fields()) {
    if (!IsUpgradeField(name)) set(name, value);
  }
}

void ClientLink::OnAnswer(const Error& error) {
  if (ended()) return;
  if (!error) return Opened(ToResponse(answer_));
  if (error != websocket::error::upgrade_declined) {
    return Fail(Status::Unavailable("the upgrade failed: {}", error.message()));
  }
  HttpResponse refusal = ToResponse(answer_);
  Fail(Status::Unavailable("the server refused the upgrade: {} {}", refusal.status,
                           HttpStatusText(refusal.status)),
       std::move(refusal));
}

}  // namespace

std::unique_ptr<WebSocket> ConnectWebSocket(EventLoop& loop, WebSocketRequest request,
                                            WebSocketOptions options) {
  return MakeWebSocket(std::make_shared<ClientLink>(loop, std::move(request), std::move(options)));
}

}  // namespace repartee
