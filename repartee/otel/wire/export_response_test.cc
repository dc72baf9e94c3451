#include "repartee/otel/wire/export_response.h"

#include <gtest/gtest.h>

#include "opentelemetry/proto/collector/trace/v1/trace_service.pb.h"

namespace repartee::otel {
namespace {

TEST(ExportResponse, TellsHowManyWereRejectedAndWhy) {
  opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse response;
  response.mutable_partial_success()->set_rejected_spans(3);
  response.mutable_partial_success()->set_error_message("too old");

  const auto parsed = ParseExportResponse(response.SerializeAsString());

  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->rejected, 3);
  EXPECT_EQ(parsed->message, "too old");
}

TEST(ExportResponse, IsAllTakenWhenEmpty) {
  const auto parsed = ParseExportResponse("");

  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->rejected, 0);
}

TEST(ExportResponse, IsMalformedWhenCut) {
  EXPECT_EQ(ParseExportResponse("\x0a\x05\x08").status().code(), StatusCode::kMalformed);
  EXPECT_EQ(ParseExportResponse("\x0a\x02\x08\x80").status().code(), StatusCode::kMalformed);
  EXPECT_EQ(ParseExportResponse("<html>").status().code(), StatusCode::kMalformed);
}

TEST(StatusMessage, IsReadFromARefusal) {
  EXPECT_EQ(ParseStatusMessage("\x08\x10\x12\x0a"
                               "bad secret"),
            "bad secret");
  EXPECT_EQ(ParseStatusMessage("Unauthorized"), "");
  EXPECT_EQ(ParseStatusMessage(""), "");
}

TEST(JsonExportResponse, TellsWhatWasRejected) {
  const auto counted =
      ParseJsonExportResponse(R"({"partialSuccess":{"rejectedSpans":"2","errorMessage":"old"}})");
  ASSERT_TRUE(counted.ok());
  EXPECT_EQ(counted->rejected, 2);
  EXPECT_EQ(counted->message, "old");
  EXPECT_EQ(ParseJsonExportResponse(R"({"partialSuccess":{"rejectedSpans":3}})")->rejected, 3);
  EXPECT_EQ(ParseJsonExportResponse("{}")->rejected, 0);
  EXPECT_EQ(ParseJsonExportResponse("")->rejected, 0);
}

TEST(JsonExportResponse, IsMalformedWhenItIsNoObject) {
  for (const char* body : {"ok", "[1]", "{", "\"x\""})
    EXPECT_EQ(ParseJsonExportResponse(body).status().code(), StatusCode::kMalformed) << body;
}

}  // namespace
}  // namespace repartee::otel
