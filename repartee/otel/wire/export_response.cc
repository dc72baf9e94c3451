#include "repartee/otel/wire/export_response.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "repartee/base/json.h"
#include "repartee/otel/wire/pull_parser.h"
#include "repartee/otel/wire/utf8.h"

namespace repartee::otel {

Result<PartialSuccess> ParseExportResponse(std::string_view body) {
  PartialSuccess result;
  internal::WireReader response(body);
  for (internal::WireField field; response.Next(field);) {
    if (field.number != 1 || field.type != 2) continue;
    internal::WireReader partial(field.bytes);
    for (internal::WireField inner; partial.Next(inner);) {
      if (inner.number == 1 && inner.type == 0) result.rejected = static_cast<std::int64_t>(inner.value);
      if (inner.number == 2 && inner.type == 2) result.message = ToValidUtf8(inner.bytes);
    }
    if (partial.broken()) return Status::Malformed("partial_success of the answer is cut or not protobuf");
  }
  if (response.broken()) return Status::Malformed("the answer is not an ExportTraceServiceResponse");
  return result;
}

Result<PartialSuccess> ParseJsonExportResponse(std::string_view body) {
  PartialSuccess result;
  if (body.empty()) return result;
  Result<Json> response = ParseJson(body);
  if (!response.ok()) return std::move(response).status().Annotate("the answer");
  if (!response->is_object()) return Status::Malformed("the answer is no JSON object");
  const auto partial = response->find("partialSuccess");
  if (partial == response->end() || !partial->is_object()) return result;
  // 64-bit numbers are texts, but some servers write numbers.
  if (const auto rejected = partial->find("rejectedSpans"); rejected != partial->end()) {
    if (rejected->is_number_integer()) result.rejected = rejected->get<std::int64_t>();
    if (rejected->is_string()) {
      const auto& text = rejected->get_ref<const std::string&>();
      std::from_chars(text.data(), text.data() + text.size(), result.rejected);
    }
  }
  if (const auto message = partial->find("errorMessage"); message != partial->end() && message->is_string())
    result.message = message->get<std::string>();
  return result;
}

namespace {

// google.protobuf.Duration
Nanos ParseDuration(std::string_view duration) {
  constexpr std::int64_t kYear = 31'536'000;
  std::int64_t seconds = 0;
  std::int64_t nanos = 0;
  internal::WireReader reader(duration);
  for (internal::WireField field; reader.Next(field);) {
    if (field.number == 1 && field.type == 0) seconds = static_cast<std::int64_t>(field.value);
    if (field.number == 2 && field.type == 0) nanos = static_cast<std::int64_t>(field.value);
  }
  return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, kYear)) +
         Nanos(std::clamp<std::int64_t>(nanos, 0, 999'999'999));
}

// The delay of a google.protobuf.Any that holds a google.rpc.RetryInfo.
std::optional<Nanos> DelayOf(std::string_view any) {
  std::string_view type;
  std::string_view value;
  internal::WireReader reader(any);
  for (internal::WireField field; reader.Next(field);) {
    if (field.number == 1 && field.type == 2) type = field.bytes;
    if (field.number == 2 && field.type == 2) value = field.bytes;
  }
  if (!type.ends_with("/google.rpc.RetryInfo")) return std::nullopt;
  Nanos delay{0};
  internal::WireReader info(value);
  for (internal::WireField field; info.Next(field);) {
    if (field.number == 1 && field.type == 2) delay = ParseDuration(field.bytes);
  }
  return delay;
}

}  // namespace

std::optional<Nanos> ParseRetryDelay(std::string_view body) {
  std::optional<Nanos> delay;
  internal::WireReader status(body);
  for (internal::WireField field; status.Next(field);) {
    if (field.number == 3 && field.type == 2 && !delay) delay = DelayOf(field.bytes);
  }
  return delay;
}

std::string ParseStatusMessage(std::string_view body) {
  std::string message;
  internal::WireReader status(body);
  for (internal::WireField field; status.Next(field);) {
    if (field.number == 2 && field.type == 2) message = ToValidUtf8(field.bytes);
  }
  return status.broken() ? std::string() : message;
}

}  // namespace repartee::otel
