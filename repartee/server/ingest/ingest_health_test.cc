// What was refused and why, as the settings page shows it.
#include "repartee/server/ingest/ingest_health.h"

#include <gmock/gmock.h>

#include "repartee/otel/wire/protobuf_writer.h"

namespace repartee::server {
namespace {

HttpRequest From(const std::string& address) {
  HttpRequest request;
  request.path = "/v1/traces";
  request.remote_address = address;
  return request;
}

HttpResponse Refused(int status, const std::string& message) {
  return HttpResponse::Json(status, R"({"message":")" + message + R"("})");
}

TEST(IngestHealth, CountsWhatCameAndKeepsWhyItWasRefused) {
  IngestHealth health;
  health.Note(1, From("10.0.0.1"), HttpResponse{}, 5);
  health.Note(0, From("10.0.0.2"), Refused(401, "Invalid credentials"), 6);

  const IngestHealth::Report report = health.report();

  EXPECT_EQ(report.requests, 2);
  EXPECT_EQ(report.last_received_ns, 6);
  ASSERT_EQ(report.refused.size(), 1u);
  EXPECT_EQ(report.refused[0].reason, "Invalid credentials");
  EXPECT_EQ(report.refused[0].from, "10.0.0.2");
  EXPECT_EQ(report.refused[0].path, "/v1/traces");
  EXPECT_EQ(report.refused[0].status, 401);
}

TEST(IngestHealth, EqualRefusalsAreOneWithACount) {
  IngestHealth health;
  for (int i = 1; i <= 3; ++i) health.Note(0, From("a"), Refused(401, "no"), i);
  health.Note(0, From("b"), Refused(401, "no"), 4);
  health.Note(0, From("a"), Refused(401, "no"), 5);

  const IngestHealth::Report report = health.report();

  ASSERT_EQ(report.refused.size(), 2u);
  EXPECT_EQ(report.refused[0].from, "a");
  EXPECT_EQ(report.refused[0].count, 4);
  EXPECT_EQ(report.refused[0].time_ns, 5);
}

TEST(IngestHealth, KeepsTheLatestOfManyRefusals) {
  IngestHealth health;
  for (std::size_t i = 0; i <= kMaxRefusals; ++i)
    health.Note(0, From(std::to_string(i)), Refused(400, "no"), static_cast<std::int64_t>(i));

  const IngestHealth::Report report = health.report();

  EXPECT_EQ(report.refused.size(), kMaxRefusals);
  EXPECT_EQ(report.refused.front().from, std::to_string(kMaxRefusals));
  EXPECT_EQ(report.refused.back().from, "1");
}

TEST(ReasonOf, ReadsBothFaces) {
  HttpResponse status;
  otel::ProtobufWriter writer(status.body);
  writer.Varint(1, 3);
  writer.Bytes(2, "span 7: bad");

  EXPECT_EQ(ReasonOf(status), "span 7: bad");
  EXPECT_EQ(ReasonOf(Refused(400, "what")), "what");
  EXPECT_EQ(ReasonOf(HttpResponse::Json(400, "{")), "");
  EXPECT_EQ(ReasonOf(HttpResponse::Json(400, R"({"message":1})")), "");
  EXPECT_EQ(ReasonOf(HttpResponse::Text(400, "plain words")), "");
}

TEST(IngestHealth, KeepsTheLatestRequestsWithTheirSizeAndTime) {
  IngestHealth health;
  for (std::size_t i = 0; i <= kMaxReceivedRequests; ++i)
    health.Note(1, From("a"), HttpResponse{}, static_cast<std::int64_t>(i), {.bytes = 7, .took = Nanos(9)});
  health.Note(0, From("b"), Refused(401, "no"), 500);

  const std::vector<ReceivedRequest> received = health.report().received;

  ASSERT_EQ(received.size(), kMaxReceivedRequests);
  EXPECT_EQ(received[0].status, 401);
  EXPECT_EQ(received[0].reason, "no");
  EXPECT_EQ(received[1].reason, "");
  EXPECT_EQ(received[1].effort.bytes, 7);
  EXPECT_EQ(received[1].effort.took, Nanos(9));
  EXPECT_EQ(received.back().time_ns, 2);
}

TEST(IngestHealth, TellsWhyAPartWasNotTaken) {
  HttpResponse binary;
  std::string partial;
  otel::ProtobufWriter inner(partial);
  inner.Varint(1, 3);
  inner.Bytes(2, "3 spans rejected");
  otel::ProtobufWriter(binary.body).Bytes(1, partial);

  EXPECT_EQ(PartialReasonOf(binary), "3 spans rejected");
  EXPECT_EQ(PartialReasonOf(HttpResponse::Json(200, R"({"partialSuccess":{"errorMessage":"1 span"}})")),
            "1 span");
  EXPECT_EQ(PartialReasonOf(HttpResponse::Json(200, "{}")), "");
  EXPECT_EQ(PartialReasonOf(HttpResponse::Json(200, R"({"partialSuccess":5})")), "");
  EXPECT_EQ(PartialReasonOf(HttpResponse{}), "");
}

TEST(IngestHealth, CountsTheMinutesOfTheLastHourByProject) {
  constexpr std::int64_t kMinute = 60LL * 1'000'000'000;
  constexpr std::int64_t kNow = 1'000 * kMinute + 5;
  IngestHealth health;
  health.Note(1, From("a"), HttpResponse{}, kNow - 60 * kMinute);
  health.Note(1, From("a"), HttpResponse{}, kNow - 59 * kMinute);
  health.Note(1, From("a"), HttpResponse{}, kNow);
  health.Note(1, From("a"), Refused(400, "no"), kNow);
  health.Note(2, From("a"), HttpResponse{}, kNow);
  health.Note(0, From("a"), Refused(401, "no"), kNow);

  const std::vector<IngestMinute> own = health.LastHour({1}, kNow);

  ASSERT_EQ(own.size(), kCourseMinutes);
  EXPECT_EQ(own.front().minute, 941);
  EXPECT_EQ(own.front().taken, 1);
  EXPECT_EQ(own[1].taken, 0);
  EXPECT_EQ(own.back().taken, 1);
  EXPECT_EQ(own.back().refused, 1);
  EXPECT_EQ(health.LastHour({1, 0}, kNow).back().refused, 2);
}

TEST(IngestHealth, LongTextsAreCut) {
  IngestHealth health;
  health.Note(0, From(std::string(10'000, 'x')), Refused(400, std::string(10'000, 'y')), 1);

  EXPECT_LE(health.report().refused[0].from.size(), 600u);
  EXPECT_LE(health.report().refused[0].reason.size(), 600u);
}

}  // namespace
}  // namespace repartee::server
