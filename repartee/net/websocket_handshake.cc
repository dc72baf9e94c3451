#include "repartee/net/websocket_handshake.h"

#include <unistd.h>

#include <algorithm>
#include <string_view>

namespace repartee {
namespace {

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

}  // namespace repartee
