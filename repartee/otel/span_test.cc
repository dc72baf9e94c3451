#include "repartee/otel/span.h"

#include <gmock/gmock.h>

#include "repartee/otel/tracer.h"

namespace repartee::otel {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Keeps what it is given, on the thread that ends the span.
class KeepingProcessor final : public SpanProcessor {
 public:
  KeepingProcessor(std::vector<SpanPtr>& spans, bool accepts_provisional)
      : spans_(spans), accepts_provisional_(accepts_provisional) {}
  void OnEnd(SpanPtr span) override { spans_.push_back(std::move(span)); }
  bool AcceptsProvisional() const override { return accepts_provisional_; }
  bool ForceFlush(Nanos) override { return true; }
  bool Shutdown(Nanos) override { return true; }

 private:
  std::vector<SpanPtr>& spans_;
  const bool accepts_provisional_;
};

class SpanTest : public ::testing::Test {
 protected:
  static constexpr Nanos kStart = std::chrono::hours(500'000);

  Tracer MakeTracer(SpanLimits limits = {}, Sampler sampler = {}) {
    TracerProviderOptions options{.resource = Resource{.attributes = {{"service.name", "test"}}},
                                  .sampler = sampler,
                                  .limits = limits,
                                  .clock = clock_};
    provider_ = std::make_unique<TracerProvider>(std::move(options));
    provider_->AddProcessor(std::make_unique<KeepingProcessor>(ended_, true));
    return provider_->GetTracer("pipecat");
  }
  void Advance(Nanos duration) { clock_.AdvanceTo(clock_.MonotonicNow() + duration); }

  VirtualClock clock_{kStart};
  std::vector<SpanPtr> ended_;
  std::unique_ptr<TracerProvider> provider_;
};

std::vector<std::string> Keys(const Attributes& attributes) {
  std::vector<std::string> keys;
  for (const Attribute& attribute : attributes) keys.emplace_back(attribute.key.view());
  return keys;
}

std::string Text(const Attributes& attributes, std::string_view key) {
  const AttributeValue* value = FindAttribute(attributes, key);
  return value ? ToText(*value) : "(none)";
}

TEST_F(SpanTest, CarriesWhatWasSetBetweenStartAndEnd) {
  const Tracer tracer = MakeTracer();
  Span root = tracer.StartSpan("conversation");
  Span span = tracer.StartSpan("turn", {.parent = root.context(), .attributes = {{"turn.number", 1}}});
  Advance(std::chrono::milliseconds(250));
  span.AddEvent("first_token", {{"n", 1}});
  Advance(std::chrono::milliseconds(250));
  span.UpdateName("turn-1");
  span.End();

  ASSERT_THAT(ended_, SizeIs(1));
  const SpanData& data = *ended_[0];
  EXPECT_EQ(data.name, "turn-1");
  EXPECT_EQ(data.context.trace_id, root.context().trace_id);
  EXPECT_EQ(data.parent_span_id, root.context().span_id);
  EXPECT_NE(data.context.span_id, root.context().span_id);
  EXPECT_EQ(data.start, kStart);
  EXPECT_EQ(data.end, kStart + std::chrono::milliseconds(500));
  EXPECT_EQ(data.scope_name, "pipecat");
  EXPECT_EQ(Text(data.resource->attributes, "service.name"), "\"test\"");
  EXPECT_EQ(Text(data.attributes, "turn.number"), "1");
  ASSERT_THAT(data.events, SizeIs(1));
  EXPECT_EQ(data.events[0].time, kStart + std::chrono::milliseconds(250));
}

TEST_F(SpanTest, KeepsAttributesInOrderAndReplacesInPlace) {
  Span span = MakeTracer().StartSpan("s");
  span.SetAttribute("a", 1);
  span.SetAttribute("b", true);
  span.SetAttribute(std::string("a"), "again");
  span.End();

  EXPECT_THAT(Keys(ended_[0]->attributes), ElementsAre("a", "b"));
  EXPECT_EQ(Text(ended_[0]->attributes, "a"), "\"again\"");
}

TEST_F(SpanTest, TakesTimesOfThePastAndNeverEndsBeforeItStarts) {
  const Tracer tracer = MakeTracer();
  Span span = tracer.StartSpan("stt", {.start = kStart - std::chrono::seconds(2)});
  span.End(kStart - std::chrono::seconds(1));
  tracer.StartSpan("backwards").End(kStart - std::chrono::seconds(1));

  EXPECT_EQ(ended_[0]->start, kStart - std::chrono::seconds(2));
  EXPECT_EQ(ended_[0]->end, kStart - std::chrono::seconds(1));
  EXPECT_EQ(ended_[1]->end, ended_[1]->start);
}

TEST_F(SpanTest, EndsOnceAndIgnoresWhatComesAfter) {
  Span span = MakeTracer().StartSpan("s");
  const SpanContext context = span.context();
  span.End();
  span.SetAttribute("late", 1);
  span.AddEvent("late");
  span.SetStatus(SpanStatus::kError, "late");
  span.End();

  ASSERT_THAT(ended_, SizeIs(1));
  EXPECT_THAT(ended_[0]->attributes, IsEmpty());
  EXPECT_EQ(span.context().span_id, context.span_id);
  EXPECT_FALSE(span.recording());
}

TEST_F(SpanTest, EndsWhenItGoesOutOfScopeOrIsReplaced) {
  const Tracer tracer = MakeTracer();
  {
    Span span = tracer.StartSpan("first");
    span = tracer.StartSpan("second");
    EXPECT_THAT(ended_, SizeIs(1));
    Span moved = std::move(span);
  }

  ASSERT_THAT(ended_, SizeIs(2));
  EXPECT_EQ(ended_[0]->name, "first");
  EXPECT_EQ(ended_[1]->name, "second");
}

TEST_F(SpanTest, KeepsAsManyAttributesAsTheLimitAllowsHoweverManyAreSet) {
  Span span = MakeTracer().StartSpan("s");
  for (int i = 0; i < 1000; ++i) span.SetAttribute(std::to_string(i), i);
  span.SetAttribute("127", "the last that had room");
  span.End();

  EXPECT_EQ(ended_[0]->attributes.size(), 128u);
  EXPECT_EQ(ended_[0]->dropped_attributes, 872u);
  EXPECT_EQ(Text(ended_[0]->attributes, "100"), "100");
  EXPECT_EQ(Text(ended_[0]->attributes, "127"), "\"the last that had room\"");
  EXPECT_EQ(Text(ended_[0]->attributes, "128"), "(none)");
}

TEST_F(SpanTest, LeavesOutTheNewestOverALimitAndCountsIt) {
  Span span = MakeTracer({.attributes = 2, .events = 1, .links = 1, .event_attributes = 1})
                  .StartSpan("s", {.attributes = {{"a", 1}, {"b", 2}, {"c", 3}}});
  span.SetAttribute("d", 4);
  span.SetAttribute("a", 5);
  span.AddEvent("one", {{"x", 1}, {"y", 2}});
  span.AddEvent("two");
  span.AddLink(span.context());
  span.AddLink(span.context());
  span.End();

  EXPECT_THAT(Keys(ended_[0]->attributes), ElementsAre("a", "b"));
  EXPECT_EQ(Text(ended_[0]->attributes, "a"), "5");
  EXPECT_EQ(ended_[0]->dropped_attributes, 2u);
  EXPECT_EQ(ended_[0]->events[0].dropped_attributes, 1u);
  EXPECT_EQ(ended_[0]->dropped_events, 1u);
  EXPECT_EQ(ended_[0]->dropped_links, 1u);
}

TEST_F(SpanTest, CutsLongTextAtACharacter) {
  Span span = MakeTracer({.value_characters = 3}).StartSpan("s");
  span.SetAttribute("text", "äöüß");
  span.SetAttribute("list", std::vector<std::string>{"abcd", "ab"});
  span.SetAttribute("map", AttributeValue::KeyValueList{{"k", "abcd"}});
  span.End();

  EXPECT_EQ(Text(ended_[0]->attributes, "text"), "\"äöü\"");
  EXPECT_EQ(Text(ended_[0]->attributes, "list"), R"(["abc", "ab"])");
  EXPECT_EQ(Text(ended_[0]->attributes, "map"), R"({"k": "abc"})");
}

TEST_F(SpanTest, KeepsAnOkStatusAndDescribesErrorsAlone) {
  const Tracer tracer = MakeTracer();
  Span fine = tracer.StartSpan("fine");
  fine.SetStatus(SpanStatus::kOk, "not kept");
  fine.SetStatus(SpanStatus::kError, "too late");
  fine.End();
  Span bad = tracer.StartSpan("bad");
  bad.SetStatus(SpanStatus::kError, "broken");
  bad.SetStatus(SpanStatus::kUnset);
  bad.End();

  EXPECT_EQ(ended_[0]->status, SpanStatus::kOk);
  EXPECT_EQ(ended_[0]->status_description, "");
  EXPECT_EQ(ended_[1]->status, SpanStatus::kError);
  EXPECT_EQ(ended_[1]->status_description, "broken");
}

TEST_F(SpanTest, RecordsAnExceptionAsPipecatDoes) {
  Span span = MakeTracer().StartSpan("llm");
  span.RecordException({.type = "APIError", .message = "boom"});
  span.End();

  ASSERT_THAT(ended_[0]->events, SizeIs(1));
  EXPECT_EQ(ended_[0]->events[0].name, "exception");
  EXPECT_THAT(
      Keys(ended_[0]->events[0].attributes),
      ElementsAre("exception.type", "exception.message", "exception.stacktrace", "exception.escaped"));
  EXPECT_EQ(Text(ended_[0]->events[0].attributes, "exception.escaped"), "\"False\"");
}

TEST_F(SpanTest, RecordsNothingWhenNotSampledAndNeitherDoItsChildren) {
  const Tracer tracer = MakeTracer({}, Sampler::ParentBased(Sampler::AlwaysOff()));
  Span root = tracer.StartSpan("root");
  Span child = tracer.StartSpan("child", {.parent = root.context()});

  EXPECT_TRUE(root.context().valid());
  EXPECT_FALSE(root.recording());
  EXPECT_EQ(child.context().trace_id, root.context().trace_id);
  child.End();
  root.End();
  EXPECT_THAT(ended_, IsEmpty());
}

TEST_F(SpanTest, OfADisabledProviderDoesNothing) {
  TracerProvider provider;
  const Tracer tracer = provider.GetTracer("pipecat");
  Span span = tracer.StartSpan("s");
  span.SetAttribute("a", 1);
  tracer.EmitProvisional(span);
  span.End();

  EXPECT_FALSE(tracer.enabled());
  EXPECT_FALSE(span.context().valid());
  EXPECT_TRUE(provider.Shutdown(Nanos(0)));
}

TEST_F(SpanTest, GoesAheadAsASnapshotToThoseWhoReplaceIt) {
  const Tracer tracer = MakeTracer();
  std::vector<SpanPtr> elsewhere;
  provider_->AddProcessor(std::make_unique<KeepingProcessor>(elsewhere, false));
  Span span = tracer.StartSpan("conversation", {.attributes = {{"conversation.id", "c-1"}}});
  Advance(std::chrono::seconds(1));
  tracer.EmitProvisional(span);
  span.SetAttribute("after", 1);
  Advance(std::chrono::seconds(1));
  span.End();

  ASSERT_THAT(ended_, SizeIs(2));
  EXPECT_TRUE(IsProvisional(*ended_[0]));
  EXPECT_EQ(ended_[0]->end, kStart + std::chrono::seconds(1));
  EXPECT_EQ(ended_[0]->context.span_id, ended_[1]->context.span_id);
  EXPECT_THAT(Keys(ended_[0]->attributes), ElementsAre("conversation.id", "repartee.provisional"));
  EXPECT_THAT(Keys(ended_[1]->attributes), ElementsAre("conversation.id", "after"));
  EXPECT_THAT(elsewhere, SizeIs(1));
}

TEST_F(SpanTest, IsTimedByTheClockOfItsTracer) {
  MakeTracer();
  VirtualClock conversation(Nanos(0));
  const Tracer tracer = provider_->GetTracer("pipecat", conversation);
  Span span = tracer.StartSpan("s");
  conversation.AdvanceTo(conversation.MonotonicNow() + std::chrono::seconds(60));
  span.End();

  EXPECT_EQ(ended_[0]->start, Nanos(0));
  EXPECT_EQ(ended_[0]->end, std::chrono::seconds(60));
}

TEST_F(SpanTest, MayOutliveItsProvider) {
  Span span = MakeTracer().StartSpan("s");
  provider_.reset();
  span.End();

  EXPECT_THAT(ended_, SizeIs(1));
}

TEST(SpanLimits, ComeFromTheEnvironmentTheSpansOwnFirst) {
  const SpanLimits limits =
      SpanLimits::FromEnvironment(Environment::Of({{"OTEL_ATTRIBUTE_COUNT_LIMIT", "7"},
                                                   {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "5"},
                                                   {"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9"},
                                                   {"OTEL_SPAN_EVENT_COUNT_LIMIT", "3"},
                                                   {"OTEL_SPAN_LINK_COUNT_LIMIT", "many"},
                                                   {"OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", ""}}));

  EXPECT_EQ(limits.attributes, 5u);
  EXPECT_EQ(limits.event_attributes, 7u);
  EXPECT_EQ(limits.link_attributes, 7u);
  EXPECT_EQ(limits.value_characters, 9u);
  EXPECT_EQ(limits.events, 3u);
  EXPECT_EQ(limits.links, 128u);
}

}  // namespace
}  // namespace repartee::otel
