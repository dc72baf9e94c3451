// Both faces of OTLP ingest: what is taken, what is refused, and in which words.
#include <gmock/gmock.h>

#include "repartee/base/encoding.h"
#include "repartee/otel/wire/compress.h"
#include "repartee/server/limits.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::HasSubstr;

constexpr char kTraces[] = "/api/public/otel/v1/traces";

class OtlpTest : public ::testing::Test {
 protected:
  static std::string OneSpan() { return MakeRequest({TestSpan{}}); }
  static Json Body(const HttpResponse& response) { return *ParseJson(response.body); }

  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
};

TEST_F(OtlpTest, TakesTracesOnBothPathsOfTheCompatibleFace) {
  EXPECT_EQ(kit_.Post("/api/public/otel", OneSpan()).status, 200);
  const HttpResponse response = kit_.Post(kTraces, OneSpan());

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(response.headers.Get("content-type"), "application/x-protobuf");
  EXPECT_EQ(kit_.GetJson("/api/public/traces")["meta"]["totalItems"], 1);
}

TEST_F(OtlpTest, TakesGzipAndDeflate) {
  for (const otel::Compression compression : {otel::Compression::kGzip, otel::Compression::kDeflate}) {
    const Result<std::string> packed = otel::Compress(OneSpan(), compression);
    ASSERT_TRUE(packed.ok());
    HttpHeaders headers;
    headers.Add("Content-Encoding", std::string(otel::ContentEncoding(compression)));
    EXPECT_EQ(kit_.Post(kTraces, *packed, headers).status, 200);
  }
  EXPECT_EQ(kit_.GetJson("/api/public/traces")["meta"]["totalItems"], 1);
}

TEST_F(OtlpTest, TheCompatibleFaceRefusesInItsOwnWords) {
  const auto post = [this](std::string body, HttpHeaders headers) {
    return kit_.Post(kTraces, std::move(body), headers);
  };

  EXPECT_EQ(kit_.Get(kTraces).status, 405);
  EXPECT_EQ(Body(kit_.Get(kTraces))["error"], "MethodNotAllowedError");
  const HttpResponse type = post("", {{"Content-Type", "text/xml"}});
  EXPECT_EQ(type.status, 400);
  EXPECT_EQ(Body(type)["error"], "Invalid content type");
  const HttpResponse garbage = post("\xff\xff", {});
  EXPECT_EQ(garbage.status, 400);
  EXPECT_EQ(Body(garbage)["error"], "Failed to parse OTel Protobuf Trace");
  const HttpResponse broken = post("no gzip", {{"Content-Encoding", "gzip"}});
  EXPECT_EQ(broken.status, 400);
  EXPECT_EQ(Body(broken)["error"], "Failed to decompress request body");
  const HttpResponse version = post("", {{"X-Langfuse-Ingestion-Version", "5"}});
  EXPECT_EQ(version.status, 400);
  EXPECT_THAT(version.body, HasSubstr("Maximum supported"));
  const HttpResponse key = post("", {{"Authorization", "Basic " + Base64Encode("a:b")}});
  EXPECT_EQ(key.status, 401);
  EXPECT_THAT(Body(key)["message"].get<std::string>(), HasSubstr("Invalid credentials"));
}

TEST_F(OtlpTest, TheCompatibleFaceRefusesAnExportWithoutIds) {
  TestSpan span;
  span.trace_id = "";

  const HttpResponse response = kit_.Post(kTraces, MakeRequest({span}));

  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("traceId:absent"));
}

TEST_F(OtlpTest, ASpanWithBadIdsIsRejectedAloneAndCounted) {
  TestSpan bad;
  bad.trace_id = "ab";

  const HttpResponse response = kit_.PostPlain(MakeRequest({bad, TestSpan{}}), {{"Host", "localhost"}});

  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr("1 spans rejected: trace id has 2 bytes instead of 16"));
  EXPECT_EQ(kit_.GetJson("/api/public/traces")["meta"]["totalItems"], 1);
}

TEST_F(OtlpTest, ThePlainFaceAnswersInProtobufStatus) {
  const HttpResponse garbage = kit_.PostPlain("\xff\xff", {{"Host", "localhost"}});
  EXPECT_EQ(garbage.status, 400);
  EXPECT_EQ(garbage.headers.Get("content-type"), "application/x-protobuf");
  EXPECT_EQ(garbage.body.substr(0, 2), std::string("\x08\x03"));
  EXPECT_EQ(kit_.PostPlain("", {{"Host", "localhost"}, {"Content-Type", "text/xml"}}).status, 415);
  EXPECT_EQ(kit_.PostPlain("", {{"Host", "localhost"}}).status, 200);
}

TEST_F(OtlpTest, ThePlainFaceNeedsNoKeyFromThisMachineAlone) {
  EXPECT_EQ(kit_.PostPlain(OneSpan(), {{"Host", "127.0.0.1:4318"}}).status, 200);
  EXPECT_EQ(kit_.PostPlain(OneSpan(), {{"Host", "127.0.0.1:4318"}}, false).status, 401);
  EXPECT_EQ(kit_.PostPlain(OneSpan(), {{"Host", "rebound.example"}}).status, 403);
  EXPECT_EQ(kit_.PostPlain(OneSpan(), {{"Host", "localhost"}, {"Origin", "https://evil.example"}}).status,
            403);
  const std::string key = "Basic " + Base64Encode(std::string(kPublicKey) + ":" + kSecretKey);
  EXPECT_EQ(kit_.PostPlain(OneSpan(), {{"Host", "traces.example"}, {"Authorization", key}}, false).status,
            200);
  EXPECT_EQ(kit_.PostPlain(OneSpan(), {{"Host", "localhost"}, {"Authorization", "Basic x"}}).status, 401);
}

TEST_F(OtlpTest, ABodyThatUnpacksTooFarIs413) {
  const Result<std::string> bomb =
      otel::Compress(std::string(kMaxInflatedBytes + 1, '\0'), otel::Compression::kGzip);
  ASSERT_TRUE(bomb.ok());

  EXPECT_EQ(kit_.Post(kTraces, *bomb, {{"Content-Encoding", "gzip"}}).status, 413);
}

TEST_F(OtlpTest, InvalidUtf8IsMendedWhereItIsShown) {
  TestSpan span;
  span.name = "caf\xe9";
  span.texts = {{"note", "\xff"}};
  EXPECT_EQ(kit_.Post(kTraces, MakeRequest({span})).status, 200);

  const Json trace = kit_.GetJson("/api/public/traces")["data"][0];

  EXPECT_EQ(trace["name"], "caf\xef\xbf\xbd");
}

TEST_F(OtlpTest, AStoppedStoreAnswers503WithRetryAfter) {
  kit_.store().Stop();

  const HttpResponse response = kit_.Post(kTraces, OneSpan());

  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.headers.Get("retry-after"), "1");
}

}  // namespace
}  // namespace repartee::server::testing
