#include "repartee/cli/doctor_credentials.h"

#include <string_view>

#include "repartee/base/encoding.h"
#include "repartee/otel/environment.h"

namespace repartee::cli {
namespace {

constexpr const char* kHeaders = "OTEL_EXPORTER_OTLP_HEADERS";
constexpr const char* kHow =
    "Authorization=Basic%20 and then the output of: echo -n \"pk-lf-...:sk-lf-...\" | base64 -w 0";

// What is wrong with a header's value that should be "Basic <base64>"; empty if nothing is.
std::string FaultOfScheme(std::string_view value) {
  if (value.find('<') != std::string_view::npos) return "still has the guide's placeholder for the key";
  if (value.find("%20") != std::string_view::npos || value.find("%2520") != std::string_view::npos)
    return "is percent-encoded twice";
  if (value.starts_with("Basic+")) return "has a + where %20 (a blank) belongs";
  if (!EqualsIgnoringCase(value.substr(0, 6), "Basic "))
    return "begins neither with Basic nor with Bearer and a blank behind it";
  return "";
}

std::string FaultOfPair(std::string_view pair) {
  const bool has_line_end = pair.find_first_of("\r\n") != std::string_view::npos;
  if (has_line_end) return "has a line end within the keys (echo without -n puts it there)";
  const auto colon = pair.find(':');
  if (colon == std::string_view::npos) return "has no \":\" between public and secret key";
  if (pair.find('"') != std::string_view::npos) return "has quotes within the keys";
  if (pair.starts_with("sk-lf-")) return "has the secret key first; the public one comes first";
  if (colon == 0 || colon + 1 == pair.size()) return "has an empty key";
  return "";
}

std::string FaultOf(std::string_view value) {
  if (std::string fault = FaultOfScheme(value); !fault.empty()) return fault;
  const Result<std::string> pair = Base64Decode(otel::Trim(value.substr(6)));
  return pair.ok() ? FaultOfPair(*pair) : "has something behind Basic that is no base64";
}

bool WantsKeys(const Url& url) { return url.target.find("/api/public/otel") != std::string::npos; }

}  // namespace

std::string AuthorizationOf(const otel::OtlpOptions& options) {
  for (const auto& [name, value] : options.headers) {
    if (name == "authorization") return value;
  }
  return "";
}

void CheckCredentials(DoctorReport& report, const otel::OtlpOptions& options, const Url& url) {
  const std::string value = AuthorizationOf(options);
  const bool bearer = EqualsIgnoringCase(std::string_view(value).substr(0, 7), "Bearer ");
  if (value.empty()) {
    if (!WantsKeys(url)) return report.Ok(kHeaders, "no authorization; that is fine for a local collector");
    return report.Problem(kHeaders, "has no Authorization, and this endpoint wants a project's keys", kHow);
  }
  if (const std::string fault = bearer ? "" : FaultOf(value); !fault.empty())
    return report.Problem(kHeaders, "the authorization " + fault, kHow);
  report.Ok(kHeaders,
            bearer ? "Authorization: Bearer, a token" : "Authorization: Basic, a public and a secret key");
  const bool here = url.host == "localhost" || url.host == "::1" || url.host.starts_with("127.");
  if (!url.secure() && !here)
    report.Note(kHeaders, "the keys travel unencrypted to " + url.host + "; https:// would hide them");
}

}  // namespace repartee::cli
