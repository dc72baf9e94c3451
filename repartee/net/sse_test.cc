#include "repartee/net/sse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace repartee {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

struct Seen {
  std::string type, data, id;
  bool operator==(const Seen&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  return out << "{" << seen.type << "|" << seen.data << "|" << seen.id << "}";
}

std::vector<Seen> FeedInPieces(std::string_view stream, std::size_t first, std::size_t then) {
  SseParser parser;
  std::vector<Seen> events;
  const auto collect = [&](const SseEvent& event) { events.push_back({event.type, event.data, event.id}); };
  std::size_t piece = first;
  while (!stream.empty()) {
    EXPECT_TRUE(parser.Feed(stream.substr(0, piece), collect).ok());
    stream.remove_prefix(std::min(piece, stream.size()));
    piece = then;
  }
  return events;
}

struct StreamCase {
  std::string_view name;
  std::string_view stream;
  std::vector<Seen> events;
};

void PrintTo(const StreamCase& c, std::ostream* out) { *out << c.name; }

using namespace std::string_view_literals;

class SseStream : public ::testing::TestWithParam<StreamCase> {};

TEST_P(SseStream, GivesTheSameEventsHoweverItIsCut) {
  const auto& [name, stream, events] = GetParam();

  EXPECT_THAT(FeedInPieces(stream, stream.size(), 1), ElementsAreArray(events)) << "whole";
  EXPECT_THAT(FeedInPieces(stream, 1, 1), ElementsAreArray(events)) << "by bytes";
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    EXPECT_THAT(FeedInPieces(stream, cut, stream.size()), ElementsAreArray(events)) << "cut at " << cut;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Streams, SseStream,
    ::testing::Values(
        StreamCase{"Lf", "data: one\n\ndata: two\n\n", {{"message", "one", ""}, {"message", "two", ""}}},
        StreamCase{
            "CrLf", "data: one\r\n\r\ndata: two\r\n\r\n", {{"message", "one", ""}, {"message", "two", ""}}},
        StreamCase{"Cr", "data: one\r\rdata: two\r\r", {{"message", "one", ""}, {"message", "two", ""}}},
        StreamCase{"MixedLineEnds", "event: a\rdata: 1\r\ndata: 2\n\r\n", {{"a", "1\n2", ""}}},
        StreamCase{"ManyDataLines", "data: a\ndata:\ndata\ndata: b\n\n", {{"message", "a\n\n\nb", ""}}},
        StreamCase{
            "OneBlankIsDropped", "data:x\n\ndata:  y\n\n", {{"message", "x", ""}, {"message", " y", ""}}},
        StreamCase{"CommentsAndUnknownFields",
                   ": ping\nretry: 10\nfoo: bar\ndata: x\n:\n\n",
                   {{"message", "x", ""}}},
        StreamCase{"NoDataNoEvent", "event: lost\n\ndata: x\n\n", {{"message", "x", ""}}},
        StreamCase{"EmptyData", "data\n\n", {{"message", "", ""}}},
        StreamCase{"IdStays",
                   "id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
                   {{"message", "a", "1"}, {"message", "b", "1"}, {"message", "c", ""}}},
        StreamCase{"IdWithNulIsIgnored", "id: 1\nid: \0\ndata: a\n\n"sv, {{"message", "a", "1"}}},
        StreamCase{"ByteOrderMark",
                   "\xEF\xBB\xBF"
                   "data: a\n\ndata: \xEF\xBB\xBF\n\n",
                   {{"message", "a", ""}, {"message", "\xEF\xBB\xBF", ""}}},
        StreamCase{"Utf8",
                   "data: \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\n\n",
                   {{"message", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", ""}}},
        StreamCase{"IncompleteAtTheEnd", "data: a\n\ndata: lost\n", {{"message", "a", ""}}},
        StreamCase{"FieldNamesAreExact", "Data: x\n data: y\ndata: z\n\n", {{"message", "z", ""}}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(SseParserTest, EndsAtAnEventThatIsTooLarge) {
  SseParser parser(16);
  int events = 0;
  const auto count = [&](const SseEvent&) { ++events; };

  EXPECT_TRUE(parser.Feed("data: 12345678\n\n", count).ok());
  const Status status = parser.Feed("data: 12345\ndata: 6789012\n\n", count);

  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(status.message(), HasSubstr("16 bytes"));
  EXPECT_FALSE(parser.Feed("data: x\n\n", count).ok());
  EXPECT_EQ(events, 1);
}

TEST(SseParserTest, BoundsALineWithoutEnd) {
  SseParser parser(16);
  const auto ignore = [](const SseEvent&) {};

  EXPECT_TRUE(parser.Feed("data: 12345", ignore).ok());
  EXPECT_FALSE(parser.Feed("678901", ignore).ok());
}

}  // namespace
}  // namespace repartee
