#include "repartee/server/store/clickhouse/fault.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace repartee::server::clickhouse {
namespace {

constexpr std::size_t kMaxTextBytes = 400;
constexpr std::string_view kStart = "Code: ";

struct KnownCode {
  int code;
  StatusCode status;
};
// ErrorCodes.cpp of ClickHouse; the numbers have not changed since 2018.
constexpr KnownCode kKnownCodes[] = {
    {60, StatusCode::kNotFound},            // UNKNOWN_TABLE
    {81, StatusCode::kNotFound},            // UNKNOWN_DATABASE
    {158, StatusCode::kResourceExhausted},  // TOO_MANY_ROWS
    {159, StatusCode::kResourceExhausted},  // TIMEOUT_EXCEEDED
    {160, StatusCode::kResourceExhausted},  // TOO_SLOW
    {164, StatusCode::kPermissionDenied},   // READONLY
    {191, StatusCode::kResourceExhausted},  // SET_SIZE_LIMIT_EXCEEDED
    {192, StatusCode::kUnauthenticated},    // UNKNOWN_USER
    {193, StatusCode::kUnauthenticated},    // WRONG_PASSWORD
    {194, StatusCode::kUnauthenticated},    // REQUIRED_PASSWORD
    {195, StatusCode::kPermissionDenied},   // IP_ADDRESS_NOT_ALLOWED
    {202, StatusCode::kUnavailable},        // TOO_MANY_SIMULTANEOUS_QUERIES
    {209, StatusCode::kUnavailable},        // SOCKET_TIMEOUT
    {210, StatusCode::kUnavailable},        // NETWORK_ERROR
    {241, StatusCode::kResourceExhausted},  // MEMORY_LIMIT_EXCEEDED
    {242, StatusCode::kUnavailable},        // TABLE_IS_READ_ONLY
    {243, StatusCode::kUnavailable},        // NOT_ENOUGH_SPACE
    {252, StatusCode::kUnavailable},        // TOO_MANY_PARTS
    {279, StatusCode::kUnavailable},        // ALL_CONNECTION_TRIES_FAILED
    {285, StatusCode::kUnavailable},        // TOO_LESS_LIVE_REPLICAS
    {286, StatusCode::kUnavailable},        // UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE
    {291, StatusCode::kPermissionDenied},   // DATABASE_ACCESS_DENIED
    {307, StatusCode::kResourceExhausted},  // TOO_MANY_BYTES
    {319, StatusCode::kUnavailable},        // UNKNOWN_STATUS_OF_INSERT
    {396, StatusCode::kResourceExhausted},  // TOO_MANY_ROWS_OR_BYTES
    {497, StatusCode::kPermissionDenied},   // ACCESS_DENIED
    {516, StatusCode::kUnauthenticated},    // AUTHENTICATION_FAILED
    {999, StatusCode::kUnavailable},        // KEEPER_EXCEPTION
};

StatusCode CodeOf(std::optional<int> fault, int http_status) {
  for (const KnownCode& known : kKnownCodes) {
    if (fault == known.code) return known.status;
  }
  if (fault) return StatusCode::kInternal;
  // Not ClickHouse's own answer: what stands before it.
  if (http_status == 401) return StatusCode::kUnauthenticated;
  if (http_status == 403) return StatusCode::kPermissionDenied;
  if (http_status == 404) return StatusCode::kNotFound;
  return http_status >= 500 ? StatusCode::kUnavailable : StatusCode::kInternal;
}

// One line, without what is only for ClickHouse's own people.
std::string TextOf(std::string_view body) {
  body = body.substr(0, body.find(", e.what() ="));
  body = body.substr(0, body.find(", Stack trace"));
  const std::size_t shown = body.find("DB::Exception: ");
  if (shown != std::string_view::npos) body.remove_prefix(shown + 15);
  std::string text(body.substr(0, kMaxTextBytes));
  std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace

std::optional<int> FaultCode(std::string_view body) {
  if (!body.starts_with(kStart)) return std::nullopt;
  body.remove_prefix(kStart.size());
  int code = 0;
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), code);
  if (error != std::errc() || code <= 0) return std::nullopt;
  return code;
}

Status FaultOf(int http_status, std::string_view body) {
  const std::optional<int> fault = FaultCode(body);
  const std::string text = TextOf(body);
  const StatusCode code = CodeOf(fault, http_status);
  if (fault) return {code, fmt::format("ClickHouse refuses (code {}): {}", *fault, text)};
  return {code, fmt::format("no answer of ClickHouse's (HTTP {}): {}", http_status,
                            text.empty() ? "nothing is said" : text)};
}

}  // namespace repartee::server::clickhouse
