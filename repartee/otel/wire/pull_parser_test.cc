#include "repartee/otel/wire/pull_parser.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "repartee/otel/wire/protobuf_writer.h"

namespace repartee::otel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Seen {
  std::string scope;
  std::string name;
  std::size_t attributes;
  std::size_t events;
};

class Recorder final : public TraceVisitor {
 public:
  void OnSpan(const ResourceView& resource, const ScopeView& scope, const SpanView& span) override {
    resource_attributes = resource.attributes.size();
    seen.push_back(
        {std::string(scope.name), std::string(span.name), span.attributes.size(), span.events.size()});
  }
  std::vector<Seen> seen;
  std::size_t resource_attributes = 0;
};

std::string Message(std::uint32_t field, const std::string& content) {
  std::string out;
  ProtobufWriter(out).Bytes(field, content);
  return out;
}

std::string Text(const std::string& text) { return Message(1, text); }

std::string Attribute(const std::string& key, const std::string& value) {
  return Message(1, key) + Message(2, value);
}

std::string Span(const std::string& more = "") {
  return Message(1, std::string(16, 'T')) + Message(2, std::string(8, 'S')) + Message(5, "turn") + more;
}

std::string Request(const std::string& span) { return Message(1, Message(2, Message(2, span))); }

Status Parse(const std::string& body, const ParseLimits& limits = {}) {
  Recorder recorder;
  return ParseTraceRequest(body, limits, recorder);
}

// `depth` arrays around a text.
std::string Nested(int depth) {
  std::string value = Text("x");
  for (int i = 0; i < depth; ++i) value = Message(5, Message(1, value));
  return value;
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

TEST(PullParser, ShowsEverySpanOfARecordedRequest) {
  const std::string folder = REPARTEE_SOURCE_DIR "/tests/golden/ingest/pipecat/two_turns_end/";
  Recorder recorder;

  ASSERT_TRUE(ParseTraceRequest(ReadFile(folder + "otlp-1.binpb"), {}, recorder).ok());
  ASSERT_TRUE(ParseTraceRequest(ReadFile(folder + "otlp-2.binpb"), {}, recorder).ok());

  std::vector<std::string> names;
  for (const Seen& span : recorder.seen) names.push_back(span.name);
  EXPECT_THAT(names, testing::UnorderedElementsAre("conversation", "turn", "turn", "stt", "stt", "llm", "llm",
                                                   "tts", "tts"));
  EXPECT_GE(recorder.resource_attributes, 6u);
}

TEST(PullParser, FindsTheResourceBehindTheSpansItOwns) {
  const std::string resource = Message(1, Message(1, Attribute("service.name", Text("late"))));
  const std::string scope_spans = Message(2, Message(2, Span()) + Message(1, Message(1, "scope")));
  Recorder recorder;

  ASSERT_TRUE(ParseTraceRequest(Message(1, scope_spans + resource), {}, recorder).ok());

  ASSERT_EQ(recorder.seen.size(), 1u);
  EXPECT_EQ(recorder.seen[0].scope, "scope");
  EXPECT_EQ(recorder.resource_attributes, 1u);
}

TEST(PullParser, OpensArraysAndKeyValueLists) {
  const std::string array = Message(5, Message(1, Text("a")) + Message(1, Text("b")));
  const std::string list = Message(6, Message(1, Attribute("k", Text("v"))));
  const std::string raw = Span(Message(9, Attribute("array", array)) + Message(9, Attribute("list", list)));
  SpanParser parser;

  const Result<SpanView> span = parser.ParseSpan(raw);

  ASSERT_TRUE(span.ok()) << span.status();
  std::vector<std::string> items;
  ForEachItem(span->attributes[0].value, [&](const AnyValueView& item) { items.emplace_back(item.bytes); });
  EXPECT_THAT(items, ElementsAre("a", "b"));
  ForEachKeyValue(span->attributes[1].value, [](const KeyValueView& pair) {
    EXPECT_EQ(pair.key, "k");
    EXPECT_EQ(pair.value.bytes, "v");
  });
}

TEST(PullParser, PassesOverFieldsItDoesNotKnow) {
  std::string future;
  ProtobufWriter writer(future);
  writer.Varint(200, 1);
  writer.Fixed64(201, 2);
  writer.Fixed32(202, 3);
  writer.Bytes(203, "new");
  EXPECT_TRUE(Parse(Request(Span(future)) + future).ok());
}

TEST(PullParser, AnEmptyBodyIsAnEmptyRequest) { EXPECT_TRUE(Parse("").ok()); }

TEST(PullParser, NamesThePlaceOfAFault) {
  const std::string body = Message(1, Message(2, Message(2, Span()) + Message(2, Span(Message(9, "\x0a")))));

  const Status status = Parse(body);

  EXPECT_EQ(status.code(), StatusCode::kMalformed);
  EXPECT_THAT(status.message(), HasSubstr("resource_spans[0]: scope_spans[0]: spans[1]: attributes[0]"));
}

TEST(PullParser, SaysThatAnotherSignalIsNoTracesExport) {
  std::string log_record;
  ProtobufWriter(log_record).Fixed64(1, 12345);

  EXPECT_THAT(Parse(Request(log_record)).message(), HasSubstr("is this really a traces export?"));
}

TEST(PullParser, RefusesWhatIsBroken) {
  const std::string good = Request(Span(Message(9, Attribute("k", Text("v")))));
  const std::pair<const char*, std::string> broken[] = {
      {"garbage", "\xff\xff\xff\xff"},
      {"field number 0", std::string("\x02\x00", 2)},
      {"a group", "\x0b"},
      {"length past the end", "\x0a\x7f"},
      {"endless number", std::string(12, '\x80')},
      {"time as text", Request(Span(Message(7, "soon")))},
      {"status as number", Request(Span("\x78\x01"))},
      {"value as number", Request(Span(Message(9, Message(1, "k") + "\x10\x01")))},
  };
  for (const auto& [name, body] : broken) EXPECT_EQ(Parse(body).code(), StatusCode::kMalformed) << name;
  for (std::size_t size = 1; size < good.size(); ++size) {
    EXPECT_FALSE(Parse(good.substr(0, size)).ok()) << "cut to " << size;
  }
}

TEST(PullParser, BoundsNestingSpansAttributesAndEvents) {
  EXPECT_TRUE(Parse(Request(Span(Message(9, Attribute("k", Nested(100)))))).ok());
  EXPECT_THAT(Parse(Request(Span(Message(9, Attribute("k", Nested(101)))))).message(), HasSubstr("too deep"));
  EXPECT_FALSE(Parse(Request(Span(Message(9, Attribute("k", Nested(20'000)))))).ok());
  const ParseLimits one{.max_spans = 1, .max_attributes = 1, .max_events = 1};
  EXPECT_THAT(Parse(Request(Span()) + Request(Span()), one).message(), HasSubstr("more than 1 spans"));
  const std::string attribute = Message(9, Attribute("k", Text("v")));
  EXPECT_THAT(Parse(Request(Span(attribute + attribute)), one).message(),
              HasSubstr("more than 1 attributes"));
  const std::string event = Message(11, Message(2, "e"));
  EXPECT_THAT(Parse(Request(Span(event + event)), one).message(), HasSubstr("more than 1 events"));
}

}  // namespace
}  // namespace repartee::otel
