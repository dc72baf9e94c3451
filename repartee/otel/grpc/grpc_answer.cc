#include "repartee/otel/grpc/grpc_answer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "repartee/base/log.h"
#include "repartee/otel/wire/utf8.h"

namespace repartee::otel {
namespace {

using Fate = OtlpAnswer::Fate;

constexpr std::size_t kMaxReasonBytes = 300;

// gRPC's codes, by number.
constexpr std::array<std::string_view, 17> kNames = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

// By OTLP's table: RESOURCE_EXHAUSTED is worth another try only where the server says when.
Fate FateOf(std::string_view name, bool has_delay) {
  if (name == "OK") return Fate::kTaken;
  if (name == "RESOURCE_EXHAUSTED") return has_delay ? Fate::kRetry : Fate::kTooLarge;
  for (const std::string_view retryable :
       {"CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"}) {
    if (name == retryable) return Fate::kRetry;
  }
  for (const std::string_view mendable :
       {"UNAUTHENTICATED", "PERMISSION_DENIED", "UNIMPLEMENTED", "NOT_FOUND"}) {
    if (name == mendable) return Fate::kMend;
  }
  return Fate::kRefused;
}

std::string_view Advice(std::string_view name) {
  if (name == "UNAUTHENTICATED" || name == "PERMISSION_DENIED")
    return "; check the credentials in OTEL_EXPORTER_OTLP_HEADERS";
  if (name == "UNIMPLEMENTED" || name == "NOT_FOUND")
    return "; is it a collector of OTLP over gRPC? Over HTTP the port is usually 4318";
  if (name == "RESOURCE_EXHAUSTED") return "; lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE";
  return "";
}

std::string OneLine(std::string_view text) {
  std::string line = ToValidUtf8(text.substr(0, kMaxReasonBytes));
  std::replace_if(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return line;
}

}  // namespace

OtlpAnswer JudgeGrpc(const GrpcOutcome& outcome, std::string_view receiver) {
  const bool known = outcome.code >= 0 && outcome.code < static_cast<int>(kNames.size());
  const std::string_view name = known ? kNames[static_cast<std::size_t>(outcome.code)] : "UNKNOWN";
  OtlpAnswer answer;
  answer.wait = ParseRetryDelay(outcome.details);
  answer.fate = FateOf(name, answer.wait.has_value());
  if (answer.fate == Fate::kTaken) {
    Result<PartialSuccess> partial = ParseExportResponse(outcome.body);
    if (partial.ok()) {
      answer.partial = *std::move(partial);
    } else {
      LogDebug("tracing: {}: {}", receiver, partial.status().message());
    }
    return answer;
  }
  answer.reason = {answer.fate == Fate::kRetry ? StatusCode::kUnavailable : StatusCode::kFailedPrecondition,
                   fmt::format("{} answered {}{}{}{}", receiver, name, outcome.message.empty() ? "" : ": ",
                               OneLine(outcome.message), answer.fate == Fate::kRetry ? "" : Advice(name))};
  return answer;
}

}  // namespace repartee::otel
