#include "repartee/otel/trace_tree.h"

#include <gmock/gmock.h>

#include "repartee/otel/console_exporter.h"

namespace repartee::otel {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr Nanos kStart = std::chrono::hours(500'000);

class TraceTree : public ::testing::Test {
 protected:
  SpanData& Add(std::string name, SpanId parent, milliseconds start, milliseconds duration) {
    auto span = std::make_shared<SpanData>();
    span->name = std::move(name);
    span->context = {.trace_id = trace_id_, .span_id = RandomSpanId()};
    span->parent_span_id = parent;
    span->start = kStart + start;
    span->end = span->start + duration;
    spans_.push_back(span);
    return *span;
  }

  TraceId trace_id_ = RandomTraceId();
  std::vector<SpanPtr> spans_;
};

TEST_F(TraceTree, ShowsConversationTurnsAndServicesInOrderOfTime) {
  SpanData& root = Add("conversation", {}, milliseconds(0), milliseconds(8309));
  SpanData& second = Add("turn-2", root.context.span_id, milliseconds(4057), milliseconds(2263));
  SpanData& first = Add("turn-1", root.context.span_id, milliseconds(26), milliseconds(4031));
  SpanData& tts = Add("tts_cartesiattsservice", first.context.span_id, milliseconds(1947), milliseconds(181));
  SpanData& stt = Add("stt_deepgramsttservice", first.context.span_id, milliseconds(296), milliseconds(1125));
  root.attributes = {{"conversation.id", "customer-123"}};
  first.attributes = {{"conversation.id", "customer-123"}, {"turn.user_bot_latency_seconds", 0.9318}};
  second.attributes = {{"turn.was_interrupted", true}};
  stt.attributes = {{"metrics.ttfb", 0.2854}, {"transcript", "What is the capital of France?"}};
  tts.attributes = {{"metrics.ttfb", 0.1145}, {"metrics.character_count", 31}, {"text", "It is\nParis."}};

  EXPECT_EQ(
      FormatTraceTree(spans_),
      "conversation customer-123             0 ms    8309 ms\n"
      "├── turn-1                           26 ms    4031 ms  latency 932 ms\n"
      "│   ├── stt_deepgramsttservice      296 ms    1125 ms  ttfb 285 ms  \"What is the capital of "
      "France?\"\n"
      "│   └── tts_cartesiattsservice     1947 ms     181 ms  ttfb 114 ms  characters 31  \"It is Paris.\"\n"
      "└── turn-2                         4057 ms    2263 ms  interrupted\n");
}

TEST_F(TraceTree, ShowsWhatBeganAtOnceInTheOrderInWhichItEnded) {
  for (int i = 0; i < 8; ++i) {
    spans_.clear();
    SpanData& turn = Add("turn-1", {}, milliseconds(0), milliseconds(5700));
    Add("tts", turn.context.span_id, milliseconds(3320), milliseconds(1880));
    Add("llm", turn.context.span_id, milliseconds(3320), milliseconds(0));

    const std::string tree = FormatTraceTree(spans_);

    EXPECT_LT(tree.find("llm"), tree.find("tts"));
  }
}

TEST_F(TraceTree, ShowsSpansWithoutTheirParentAsRoots) {
  Add("tts", RandomSpanId(), milliseconds(5), milliseconds(1));
  Add("stt", RandomSpanId(), milliseconds(0), milliseconds(1));

  EXPECT_EQ(FormatTraceTree(spans_),
            "stt        0 ms       1 ms\n"
            "tts        5 ms       1 ms\n");
}

TEST_F(TraceTree, ShowsTheFinishedSpanInPlaceOfItsSnapshot) {
  SpanData& done = Add("conversation", {}, milliseconds(0), milliseconds(10));
  auto snapshot = std::make_shared<SpanData>(done);
  snapshot->end = snapshot->start;
  snapshot->attributes = {{kProvisionalKey, true}};
  spans_.push_back(snapshot);

  EXPECT_EQ(FormatTraceTree(spans_), "conversation        0 ms      10 ms\n");
}

TEST_F(TraceTree, CutsLongTextAndKeepsControlCharactersFromTheTerminal) {
  SpanData& span = Add("llm\x1b[2J", {}, milliseconds(0), milliseconds(1));
  span.attributes = {{"output", std::string("ä\x1b") + std::string(100, 'x')}};

  const std::string text = FormatTraceTree(spans_, {.text_width = 10});

  EXPECT_THAT(text, HasSubstr("\"ä xxxxxxxx…\""));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST_F(TraceTree, MarksErrorsAndColoursWhenAsked) {
  SpanData& span = Add("llm", {}, milliseconds(0), milliseconds(1));
  span.status = SpanStatus::kError;
  span.status_description = "APIError: boom";

  EXPECT_THAT(FormatTraceTree(spans_), HasSubstr("error: APIError: boom"));
  EXPECT_THAT(FormatTraceTree(spans_, {.colours = true}), HasSubstr("\x1b[31merror: APIError: boom\x1b[0m"));
}

TEST_F(TraceTree, SurvivesCyclesAndDepth) {
  SpanData& loop = Add("loop", {}, milliseconds(0), milliseconds(1));
  loop.parent_span_id = loop.context.span_id;
  SpanId parent{};
  for (int i = 0; i < 10'000; ++i)
    parent = Add("deep", parent, milliseconds(0), milliseconds(1)).context.span_id;

  EXPECT_THAT(FormatTraceTree(spans_), HasSubstr("deep"));
}

TEST_F(TraceTree, OfNothingIsNothing) { EXPECT_EQ(FormatTraceTree({}), ""); }

TEST_F(TraceTree, ConsoleShowsOneBlockASpan) {
  SpanData& span = Add("turn-1", {}, milliseconds(0), milliseconds(4031));
  span.scope_name = "pipecat.turn";
  span.attributes = {{"turn.number", 1}, {"turn.type", "conversation"}};
  span.events = {{.name = "vad_start", .time = span.start + milliseconds(120), .attributes = {{"a", 0.5}}}};

  EXPECT_EQ(FormatSpan(span), "span turn-1\n  trace " + span.context.trace_id.ToHex() + " span " +
                                  span.context.span_id.ToHex() +
                                  " parent none\n"
                                  "  scope pipecat.turn, status unset\n"
                                  "  start 2027-01-15T08:00:00.000000Z, duration 4031.000 ms\n"
                                  "  turn.number = 1\n"
                                  "  turn.type = \"conversation\"\n"
                                  "  event vad_start at +120.000 ms\n"
                                  "    a = 0.5\n");
}

}  // namespace
}  // namespace repartee::otel
