// Observations by what people comment on them and by their place in the trace.
#include <gmock/gmock.h>

#include "repartee/base/encoding.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class SpanConditionsTest : public ::testing::Test {
 protected:
  // Trace 1 with spans 11, 12, 13 and trace 2 with span 21, each a second after the one before.
  void Fill() {
    std::vector<TestSpan> spans;
    for (const std::uint64_t number : {11u, 12u, 13u, 21u}) {
      TestSpan& span = spans.emplace_back();
      span.trace_id = TraceIdOf(number / 10);
      span.span_id = SpanIdOf(number);
      span.start_ns += number * 1'000'000'000;
      span.end_ns = span.start_ns + 1'000'000;
      span.name = number % 2 == 1 ? "odd" : "even";
    }
    ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest(spans)).status, 200);
  }
  void Comment(std::uint64_t span, const std::string& content) {
    kit_.SendJson("POST", "/api/public/comments",
                  {{"projectId", "project"},
                   {"objectType", "OBSERVATION"},
                   {"objectId", SpanIdHex(span)},
                   {"content", content}});
  }
  static std::string FilterOf(const Json& conditions) {
    return "?filter=" + PercentEncode(conditions.dump());
  }
  std::vector<std::string> Find(const Json& conditions, const char* path = "/api/public/v2/observations") {
    std::vector<std::string> ids;
    const Json page = kit_.GetJson(path + FilterOf(conditions));
    for (const Json& row : page["data"]) ids.push_back(row["id"]);
    return ids;
  }
  static Json Place(const char* key, const Json& value = nullptr) {
    return {{"type", "positionInTrace"},
            {"column", "positionInTrace"},
            {"operator", "="},
            {"key", key},
            {"value", value}};
  }
  static Json Condition(const char* type, const char* column, const char* op, const Json& value) {
    return {{"type", type}, {"column", column}, {"operator", op}, {"value", value}};
  }

  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
};

TEST_F(SpanConditionsTest, CommentsAreCountedAndRead) {
  Fill();
  Comment(11, "too slow");
  Comment(11, "fine");
  Comment(13, "so slow");

  const auto by_count = [this](const char* op, int count) {
    return Find(Json::array({Condition("number", "commentCount", op, count)}));
  };
  const auto by_content = [this](const char* op, const char* text) {
    return Find(Json::array({Condition("string", "commentContent", op, text)}));
  };
  EXPECT_THAT(by_count(">=", 1), UnorderedElementsAre(SpanIdHex(11), SpanIdHex(13)));
  EXPECT_THAT(by_count("=", 2), ElementsAre(SpanIdHex(11)));
  EXPECT_THAT(by_count("=", 0), UnorderedElementsAre(SpanIdHex(12), SpanIdHex(21)));
  EXPECT_THAT(by_content("contains", "slow"), UnorderedElementsAre(SpanIdHex(11), SpanIdHex(13)));
  EXPECT_THAT(by_content("=", "fine"), ElementsAre(SpanIdHex(11)));
  EXPECT_THAT(Find(Json::array({Condition("string", "commentContent", "contains", "slow"),
                                Condition("number", "commentCount", "<", 2)}),
                   "/api/public/observations"),
              ElementsAre(SpanIdHex(13)));
}

TEST_F(SpanConditionsTest, APlaceIsCountedInEachTrace) {
  Fill();

  EXPECT_THAT(Find(Json::array({Place("first")})), ElementsAre(SpanIdHex(21), SpanIdHex(11)));
  EXPECT_THAT(Find(Json::array({Place("last")})), ElementsAre(SpanIdHex(21), SpanIdHex(13)));
  EXPECT_THAT(Find(Json::array({Place("nthFromStart", 2)})), ElementsAre(SpanIdHex(12)));
  EXPECT_THAT(Find(Json::array({Place("nthFromEnd", 3)})), ElementsAre(SpanIdHex(11)));
  EXPECT_THAT(Find(Json::array({Place("nthFromEnd", 4)})), IsEmpty());
  EXPECT_THAT(Find(Json::array({Place("nthFromStart", 2), Condition("string", "name", "=", "odd")})),
              ElementsAre(SpanIdHex(13)));
}

TEST_F(SpanConditionsTest, FaultsAreNamed) {
  const auto refused = [this](const Json& condition, const char* field) {
    const HttpResponse response =
        kit_.Get("/api/public/v2/observations" + FilterOf(Json::array({condition})));
    EXPECT_EQ(response.status, 400) << condition;
    EXPECT_THAT(response.body, HasSubstr("\"path\":[\"filter\",\"0\",\"" + std::string(field) + "\"]"))
        << condition;
  };

  refused(Place("middle"), "key");
  refused(Place("nthFromStart"), "value");
  refused(Place("nthFromEnd", 0), "value");
  refused(Condition("string", "positionInTrace", "=", "first"), "type");
  Json elsewhere = Place("first");
  elsewhere["column"] = "name";
  refused(elsewhere, "type");
}

}  // namespace
}  // namespace repartee::server::testing
