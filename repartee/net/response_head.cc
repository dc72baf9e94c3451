#include "repartee/net/response_head.h"

#include <fmt/format.h>

#include <array>
#include <ctime>

namespace repartee {
namespace {

// RFC 9110 5.6.7; written anew once a second.
const std::string& DateText() {
  thread_local std::time_t made_at = 0;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now == made_at) return text;
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 64> buffer{};
  text.assign(buffer.data(),
              std::strftime(buffer.data(), buffer.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts));
  made_at = now;
  return text;
}

bool IsServersField(std::string_view name) {
  return EqualsIgnoringCase(name, "Content-Length") || EqualsIgnoringCase(name, "Transfer-Encoding") ||
         EqualsIgnoringCase(name, "Connection") || EqualsIgnoringCase(name, "Date");
}

// A value may echo what a peer sent: a line end in it must not begin a field of its own.
void AppendOneLine(std::string& out, std::string_view text) {
  for (const char c : text) out += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
}

}  // namespace

bool HasNoHttpBody(int status) { return status == 204 || status == 304 || status < 200; }

std::string WriteResponseHead(int status, const HttpHeaders& headers, std::string_view own_fields) {
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", status, HttpStatusText(status), DateText());
  for (const auto& [name, value] : headers.fields()) {
    if (IsServersField(name)) continue;
    AppendOneLine(head, name);
    head += ": ";
    AppendOneLine(head, value);
    head += "\r\n";
  }
  head += own_fields;
  head += "\r\n";
  return head;
}

}  // namespace repartee
