// HTTP messages as the rest of the product sees them: plain values, no socket.
//
// Thread: values.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "repartee/base/status.h"

namespace repartee {

// Header fields in the order received; names compare without case.
class HttpHeaders {
 public:
  HttpHeaders() = default;
  HttpHeaders(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  // First value of that name, or empty.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;
  void Add(std::string name, std::string value);
  // Replaces all of that name.
  void Set(std::string name, std::string value);
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// A method or a field's name (RFC 9110 5.6.2).
bool IsHttpToken(std::string_view text);

// InvalidArgument if a name is no token or a value holds a line end: such fields would
// forge others. The text never shows a value.
Status CheckHttpHeaders(const HttpHeaders& headers);

struct HttpRequest {
  std::string method = "GET";
  std::string target;  // server: path and query as received; client: the whole URL
  HttpHeaders headers;
  std::string body;

  // Server side only.
  std::string path;   // percent-decoded, without the query
  std::string query;  // as received, without '?'
  std::string remote_address;
  bool from_loopback = false;
  int local_port = 0;

  // First value of a query parameter, percent-decoded ('+' is a blank); empty if absent.
  std::string QueryParameter(std::string_view name) const;
  bool HasQueryParameter(std::string_view name) const;
  // Every value of a parameter given several times.
  std::vector<std::string> QueryParameters(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  std::string body;

  static HttpResponse Json(int status, std::string body);
  static HttpResponse Text(int status, std::string body);
};

// "Not Found" and the like; "Unknown" for codes that are not registered.
std::string_view HttpStatusText(int status);

// scheme://[user@]host[:port]/path?query, taken apart. A fragment is dropped.
struct Url {
  std::string scheme;     // lower case: http, https, ws, wss
  std::string user_info;  // before '@', as written; empty if none
  std::string host;       // lower case, without brackets
  int port = 0;           // the scheme's default if none was given
  std::string target;     // path and query, at least "/"

  bool secure() const { return scheme == "https" || scheme == "wss"; }
  // host[:port] as a Host field shows it: brackets around IPv6, no default port.
  std::string Authority() const;
};

// InvalidArgument that names the fault: no scheme, no host, a port out of range.
// The text never shows user_info, which may hold a secret.
Result<Url> ParseUrl(std::string_view text);

// ASCII without case, as field names and schemes compare.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

}  // namespace repartee
