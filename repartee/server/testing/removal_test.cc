// What goes with a trace: its comments, its scores, and media that nothing else shows.
#include <gmock/gmock.h>
#include <openssl/sha.h>

#include <filesystem>

#include "repartee/server/model/time.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

std::string Sha256(const std::string& bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return {reinterpret_cast<const char*>(digest), sizeof digest};
}

class RemovalTest : public ::testing::Test {
 protected:
  // Two traces of one span each; a comment on both, on both spans and on a session, a score
  // of both, a medium of each and one of both.
  void SetUp() override {
    std::vector<TestSpan> spans;
    for (std::uint64_t i = 1; i <= 2; ++i) {
      spans.push_back({.trace_id = TraceIdOf(i), .span_id = SpanIdOf(i)});
      spans.back().texts = {{"langfuse.session.id", "s"}};
    }
    ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest(spans)).status, 200);
    Comment("SESSION", "s");
    for (std::uint64_t i = 1; i <= 2; ++i) {
      Comment("TRACE", TraceHex(i));
      Comment("OBSERVATION", SpanIdHex(i));
      const Json score = {{"name", "s"}, {"value", 1}, {"traceId", TraceHex(i)}};
      ASSERT_EQ(kit_.Send("POST", "/api/public/scores", score).status, 200);
      Upload("only " + std::to_string(i), TraceHex(i));
      Upload("shared", TraceHex(i));
    }
  }

  static std::string TraceHex(std::uint64_t i) { return TraceId::FromBytes(TraceIdOf(i))->Hex(); }

  void Comment(const std::string& type, const std::string& id) {
    const Json comment = {
        {"projectId", "project"}, {"objectType", type}, {"objectId", id}, {"content", "heard"}};
    ASSERT_EQ(kit_.Send("POST", "/api/public/comments", comment).status, 200) << type;
  }

  void Upload(const std::string& bytes, const std::string& trace) {
    MediaRecord record{.id = MediaIdOf(Sha256(bytes)), .sha256 = Sha256(bytes), .content_type = "audio/wav"};
    record.content_length = static_cast<std::int64_t>(bytes.size());
    ASSERT_TRUE(kit_.media().Announce(kit_.project(), record, {trace, "", "metadata"}).ok());
    ASSERT_TRUE(kit_.media().Upload(kit_.project(), record.id, bytes).ok());
  }

  std::size_t FilesOnDisk() const {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path() + "/media"))
      files += entry.is_regular_file() ? 1 : 0;
    return files;
  }

  std::size_t Total(const std::string& target) {
    return kit_.GetJson("/api/public/" + target)["meta"]["totalItems"].get<std::size_t>();
  }

  std::size_t MediaOf(std::uint64_t trace) {
    return kit_.media().OfTrace(kit_.project(), TraceHex(trace))->size();
  }

  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
};

TEST_F(RemovalTest, EverythingThatHangsOnATraceGoesWithIt) {
  ASSERT_EQ(FilesOnDisk(), 3u);

  EXPECT_EQ(kit_.Send("DELETE", "/api/public/traces/" + TraceHex(1)).status, 200);

  EXPECT_EQ(Total("comments?objectType=TRACE&objectId=" + TraceHex(1)), 0u);
  EXPECT_EQ(Total("comments?objectType=OBSERVATION&objectId=" + SpanIdHex(1)), 0u);
  EXPECT_EQ(MediaOf(1), 0u);
  EXPECT_EQ(FilesOnDisk(), 2u);
  EXPECT_EQ(kit_.Get("/api/public/media/" + MediaIdOf(Sha256("only 1"))).status, 404);
}

TEST_F(RemovalTest, WhatHangsOnAnotherTraceStays) {
  EXPECT_EQ(kit_.Send("DELETE", "/api/public/traces/" + TraceHex(1)).status, 200);

  EXPECT_EQ(Total("comments?objectType=TRACE&objectId=" + TraceHex(2)), 1u);
  EXPECT_EQ(Total("comments?objectType=OBSERVATION"), 1u);
  EXPECT_EQ(Total("comments?objectType=SESSION"), 1u);
  EXPECT_EQ(MediaOf(2), 2u);
  EXPECT_TRUE((*kit_.media().Find(kit_.project(), MediaIdOf(Sha256("shared"))))->uploaded_ns > 0);
}

TEST_F(RemovalTest, AMediumGoesWithTheLastTraceThatShowsIt) {
  const Json both{{"traceIds", {TraceHex(1), TraceHex(2), "unknown"}}};

  EXPECT_EQ(kit_.Send("DELETE", "/api/public/traces", both).status, 200);

  EXPECT_EQ(FilesOnDisk(), 0u);
  EXPECT_EQ(Total("comments"), 1u) << "the session's";
  EXPECT_EQ(Total("traces"), 0u);
}

TEST_F(RemovalTest, AMediumMayComeAgain) {
  kit_.Send("DELETE", "/api/public/traces/" + TraceHex(1));

  Upload("only 1", TraceHex(2));

  EXPECT_EQ(MediaOf(2), 3u);
  EXPECT_EQ(FilesOnDisk(), 3u);
}

TEST_F(RemovalTest, AnotherProjectsIdsDeleteNothing) {
  const Result<Project> second = kit_.keys().CreateProject("org", "second", "Second", 0);
  ASSERT_TRUE(second.ok());
  ASSERT_TRUE(kit_.keys().CreateKey(second->key, "", KeyPair{"pk-foreign", "sk-foreign"}).ok());

  kit_.Send("DELETE", "/api/public/traces/" + TraceHex(1), Json(), "pk-foreign:sk-foreign");

  EXPECT_EQ(FilesOnDisk(), 3u);
  EXPECT_EQ(Total("comments"), 5u);
  EXPECT_EQ(Total("traces"), 2u);
}

TEST_F(RemovalTest, MediaOfDaysPastAreFreedAPartAtATime) {
  const std::int64_t now = Clock::System().WallNow().count();

  EXPECT_FALSE(*kit_.media().ForgetBefore(kit_.project(), now - 1'000'000'000'000));
  EXPECT_EQ(FilesOnDisk(), 3u);
  EXPECT_FALSE(*kit_.media().ForgetBefore(kit_.project(), now + 1'000'000'000));
  EXPECT_EQ(FilesOnDisk(), 0u);
}

TEST(AttachedBefore, LeavesADayToSpare) {
  EXPECT_EQ(FormatIsoTime(AttachedBefore(20260301)), "2026-02-28T00:00:00.000Z");
}

}  // namespace
}  // namespace repartee::server::testing
