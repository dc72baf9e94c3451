#include "repartee/otel/grpc/grpc_answer.h"

#include <gmock/gmock.h>

namespace repartee::otel {
namespace {

using Fate = OtlpAnswer::Fate;
using ::testing::HasSubstr;

// google.rpc.Status{details: [Any{RetryInfo{retry_delay: 2.5 s}}]}
const std::string kRetryIn2500Ms =
    "\x1a\x36"
    "\x0a\x28type.googleapis.com/google.rpc.RetryInfo"
    "\x12\x0a\x0a\x08\x08\x02\x10\x80\xca\xb5\xee\x01";

OtlpAnswer Judge(int code, std::string message = "", std::string details = "") {
  return JudgeGrpc({.code = code, .message = std::move(message), .details = std::move(details), .body = {}},
                   "grpc://h:4317");
}

TEST(GrpcAnswer, FollowsTheTableOfOtlp) {
  for (const int code : {1, 4, 10, 11, 14, 15}) EXPECT_EQ(Judge(code).fate, Fate::kRetry) << code;
  for (const int code : {2, 3, 6, 9, 13, 99, -1}) EXPECT_EQ(Judge(code).fate, Fate::kRefused) << code;
  for (const int code : {5, 7, 12, 16}) EXPECT_EQ(Judge(code).fate, Fate::kMend) << code;
  EXPECT_EQ(Judge(0).fate, Fate::kTaken);
}

TEST(GrpcAnswer, ComesBackToAnExhaustedServerOnlyWhenThatSaysWhen) {
  EXPECT_EQ(Judge(8).fate, Fate::kTooLarge);

  const OtlpAnswer answer = Judge(8, "busy", kRetryIn2500Ms);

  EXPECT_EQ(answer.fate, Fate::kRetry);
  EXPECT_EQ(answer.wait, std::chrono::milliseconds(2500));
}

TEST(GrpcAnswer, SaysWhoAnsweredWhatAndWhatToDo) {
  const std::string message = Judge(16, "no such\nkey").reason.message();

  EXPECT_THAT(message, HasSubstr("grpc://h:4317 answered UNAUTHENTICATED: no such key"));
  EXPECT_THAT(message, HasSubstr("OTEL_EXPORTER_OTLP_HEADERS"));
  EXPECT_EQ(Judge(14, "connection refused").reason.code(), StatusCode::kUnavailable);
}

TEST(GrpcAnswer, TellsWhatWasRejected) {
  const OtlpAnswer answer = JudgeGrpc(
      {.code = 0, .message = {}, .details = {}, .body = "\x0a\x05\x08\x02\x12\x01x"}, "grpc://h:4317");

  EXPECT_EQ(answer.partial.rejected, 2);
  EXPECT_EQ(answer.partial.message, "x");
}

TEST(RetryDelay, IsReadFromBrokenDetailsWithoutHarm) {
  for (std::size_t size = 0; size < kRetryIn2500Ms.size(); ++size)
    EXPECT_LE(ParseRetryDelay(kRetryIn2500Ms.substr(0, size)).value_or(Nanos(0)),
              std::chrono::milliseconds(2500));
  EXPECT_FALSE(ParseRetryDelay("\x1a\x04\x0a\x02xy").has_value());
}

}  // namespace
}  // namespace repartee::otel
