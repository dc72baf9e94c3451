// OtlpOptions: where spans go and how (OTEL_EXPORTER_OTLP_*), by the rules of the
// OpenTelemetry specification: the variable for traces wins over the general one, a
// general endpoint gets `v1/traces` appended, timeouts are milliseconds.
//
// Thread: values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "repartee/base/status.h"
#include "repartee/otel/environment.h"
#include "repartee/otel/wire/compress.h"

namespace repartee::otel {

// Whether snapshots of open spans are sent (REPARTEE_PROVISIONAL_SPANS). kAuto: where the endpoint's
// path is that of a server which replaces spans: it ends in /api/public/otel or /api/public/otel/v1/traces.
enum class ProvisionalSpans : unsigned char {
  kAuto,
  kOn,
  kOff
};

// OTEL_EXPORTER_OTLP_PROTOCOL.
enum class OtlpProtocol : unsigned char {
  kHttpProtobuf,
  kHttpJson,
  kGrpc
};

struct OtlpOptions {
  std::string url = "http://localhost:4318/v1/traces";         // whole; used as it is
  std::vector<std::pair<std::string, std::string>> headers{};  // names in lower case
  OtlpProtocol protocol = OtlpProtocol::kHttpProtobuf;
  Compression compression = Compression::kNone;
  std::chrono::milliseconds timeout{10000};  // one batch with all its retries; 0: the caller's limit alone
  std::string ca_file{};                     // empty: the system's certificates
  std::string client_certificate_file{};
  std::string client_key_file{};
  ProvisionalSpans provisional = ProvisionalSpans::kAuto;
  // Where batches wait that could not be sent (REPARTEE_SPOOL_DIRECTORY, _SPOOL_MAX_BYTES); empty: nowhere.
  std::string spool_directory{};
  std::uint64_t spool_max_bytes = 256 << 20;

  // InvalidArgument that names the variable when the endpoint is no http(s) URL. Anything else that
  // is wrong is logged and left out. With kGrpc the endpoint has no path, may be `host:port` alone
  // (then OTEL_EXPORTER_OTLP_INSECURE=true means no TLS), and is localhost:4317 when not given.
  static Result<OtlpOptions> FromEnvironment(const Environment& environment = {});
  // As FromEnvironment, for an exporter that speaks HTTP alone: kGrpc is logged and kHttpProtobuf taken.
  static Result<OtlpOptions> HttpFromEnvironment(const Environment& environment = {});
};

// Checks a whole endpoint: http or https, a host. `where` names it in the error.
Status CheckEndpoint(const std::string& url, std::string_view where);

// `key=value,key2=value2`: names in lower case, both sides percent-decoded, the last of equal names
// wins. A pair that is no header (no '=', a bad name, ';' or a control character in the value) is left
// out; `warnings` gets one text each, without the value.
std::vector<std::pair<std::string, std::string>> ParseOtlpHeaders(std::string_view text,
                                                                  std::vector<std::string>& warnings);

// `base` with v1/traces as the last part of its path; a query stays behind it.
std::string TracesUrl(std::string_view base);

// Whether kAuto sends provisional spans to `url`.
bool IsUpsertingEndpoint(std::string_view url);

}  // namespace repartee::otel
