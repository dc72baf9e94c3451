#include "repartee/net/http.h"

#include <algorithm>
#include <charconv>

#include "repartee/base/encoding.h"

namespace repartee {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string LowerCase(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), Lower);
  return out;
}

// As a form writes it: '+' is a blank, and so is %20.
std::string DecodeQueryPart(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '+', ' ');
  return PercentDecode(plain);
}

// Calls `visit` with the undecoded value of each parameter `name`, until it returns false.
template <class Visit>
void ForEachParameter(std::string_view query, std::string_view name, Visit visit) {
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    const std::size_t equals = part.find('=');
    if (part.empty() || DecodeQueryPart(part.substr(0, equals)) != name) continue;
    if (!visit(equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1))) return;
  }
}

int DefaultPort(std::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return 80;
  if (scheme == "https" || scheme == "wss") return 443;
  return 0;
}

bool IsPlain(char c) { return c > 0x20 && c < 0x7f; }

bool IsHostCharacter(char c) {
  return IsPlain(c) && std::string_view("\"<>\\^`{|}[]/?#@%").find(c) == std::string_view::npos;
}

Result<int> ParsePort(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535) {
    return Status::InvalidArgument("the port '{}' is not a number from 1 to 65535", text);
  }
  return port;
}

// "host:port", "host", "[v6]:port" or "[v6]" into `url`.
Status ParseAuthority(std::string_view text, Url& url) {
  std::string_view host = text.substr(0, text.rfind(':'));
  std::string_view port = text.substr(host.size());
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return Status::InvalidArgument("a '[' without ']' in the host");
    host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    if (!port.empty() && port[0] != ':') return Status::InvalidArgument("text after ']' in the host");
  } else if (host.find(':') != std::string_view::npos) {
    return Status::InvalidArgument("an IPv6 address needs brackets: [{}]", text);
  }
  if (host.empty()) return Status::InvalidArgument("no host");
  if (!std::all_of(host.begin(), host.end(), IsHostCharacter)) {
    return Status::InvalidArgument("the host holds a character that no host name has");
  }
  url.host = LowerCase(host);
  url.port = DefaultPort(url.scheme);
  if (port.size() <= 1) return OkStatus();  // "host:" is the default port too
  const Result<int> number = ParsePort(port.substr(1));
  if (!number.ok()) return number.status();
  url.port = *number;
  return OkStatus();
}

Result<Url> ParseUrlParts(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) {
    return Status::InvalidArgument("no scheme; write http://... or https://...");
  }
  Url url;
  url.scheme = LowerCase(text.substr(0, colon));
  if (DefaultPort(url.scheme) == 0) {
    return Status::InvalidArgument("the scheme is none of http, https, ws, wss");
  }
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  const std::string_view target = rest.substr(authority.size());
  // The last '@': a password may hold another.
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    url.user_info = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  if (Status status = ParseAuthority(authority, url); !status.ok()) return status;
  if (!std::all_of(target.begin(), target.end(), IsPlain)) {
    return Status::InvalidArgument("the path holds a blank or a character beyond ASCII; percent-encode it");
  }
  url.target = target.starts_with('/') ? "" : "/";
  url.target += target;
  return url;
}

HttpResponse WithType(int status, std::string body, const char* type) {
  HttpResponse response;
  response.status = status;
  response.headers.Add("Content-Type", type);
  response.body = std::move(body);
  return response;
}

}  // namespace

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return Lower(x) == Lower(y); });
}

bool IsHttpToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

Status CheckHttpHeaders(const HttpHeaders& headers) {
  for (const auto& [name, value] : headers.fields()) {
    if (!IsHttpToken(name)) return Status::InvalidArgument("a header field's name is no token");
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return Status::InvalidArgument("the header field {} holds a line end", name);
    }
  }
  return OkStatus();
}

std::string_view HttpHeaders::Get(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (EqualsIgnoringCase(field, name)) return value;
  }
  return {};
}

bool HttpHeaders::Has(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [&](const auto& field) { return EqualsIgnoringCase(field.first, name); });
}

void HttpHeaders::Add(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

void HttpHeaders::Set(std::string name, std::string value) {
  std::erase_if(fields_, [&](const auto& field) { return EqualsIgnoringCase(field.first, name); });
  Add(std::move(name), std::move(value));
}

std::string HttpRequest::QueryParameter(std::string_view name) const {
  std::string found;
  ForEachParameter(query, name, [&](std::string_view value) {
    found = DecodeQueryPart(value);
    return false;
  });
  return found;
}

bool HttpRequest::HasQueryParameter(std::string_view name) const {
  bool found = false;
  ForEachParameter(query, name, [&](std::string_view) {
    found = true;
    return false;
  });
  return found;
}

std::vector<std::string> HttpRequest::QueryParameters(std::string_view name) const {
  std::vector<std::string> values;
  ForEachParameter(query, name, [&](std::string_view value) {
    values.push_back(DecodeQueryPart(value));
    return true;
  });
  return values;
}

HttpResponse HttpResponse::Json(int status, std::string body) {
  return WithType(status, std::move(body), "application/json");
}

HttpResponse HttpResponse::Text(int status, std::string body) {
  return WithType(status, std::move(body), "text/plain; charset=utf-8");
}

std::string_view HttpStatusText(int status) {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 207: return "Multi-Status";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "Unknown";
  }
}

std::string Url::Authority() const {
  std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != DefaultPort(scheme)) out += ":" + std::to_string(port);
  return out;
}

Result<Url> ParseUrl(std::string_view text) {
  Result<Url> url = ParseUrlParts(text);
  if (url.ok()) return url;
  // The text itself only where it cannot hold a password.
  const bool shown = text.size() <= 200 && text.find('@') == std::string_view::npos;
  return std::move(url).status().Annotate("bad URL{}{}", shown ? " " : "", shown ? text : "");
}

}  // namespace repartee
