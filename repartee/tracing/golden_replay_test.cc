// Recorded conversations, replayed: the frames that the reference's observers saw and
// what its services said, at the recorded times; then span by span ours against theirs.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include "repartee/tracing/traced_llm.h"
#include "repartee/tracing/traced_stt.h"
#include "repartee/tracing/traced_task_for_test.h"
#include "repartee/tracing/traced_tts.h"

namespace repartee {
namespace {

using testing::TracedTask;
using ::testing::Values;

constexpr double kSlackMs = 50;

Json LoadGolden(const std::string& scenario) {
  std::ifstream file(std::string(REPARTEE_SOURCE_DIR) + "/tests/golden/tracing/" + scenario +
                     "/virtual.json");
  std::stringstream text;
  text << file.rdbuf();
  return *ParseJson(text.str());
}

// The value inside {"string": "x"}; null if the span has no such attribute.
Json Value(const Json& span, const std::string& key) {
  const auto found = span["attributes"].find(key);
  return found == span["attributes"].end() ? Json() : found->begin().value();
}
std::string Text(const Json& span, const std::string& key) {
  const Json value = Value(span, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

Json GivenSettings(const Json& span) {
  Json settings = Json::object();
  for (const auto& [key, value] : span["attributes"].items()) {
    for (const std::string prefix : {"settings.", "param."}) {
      if (key.starts_with(prefix) && value.begin().value() != "NOT_GIVEN") {
        settings[key.substr(prefix.size())] = value.begin().value();
      }
    }
  }
  return settings;
}

std::vector<std::string> Sentences(const std::string& text) {
  std::vector<std::string> sentences;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t stop = std::min(text.find(". ", from), text.size() - 1);
    sentences.push_back(text.substr(from, stop + 1 - from));
    from = stop + 2;
  }
  return sentences;
}

class Replay {
 public:
  Replay(const std::string& scenario, TracingParams params) : golden_(LoadGolden(scenario)), task_(params) {
    task_.output.holds_end = true;
    stt_.emplace(task_.context());
    started_at_ms_ = task_.rig->now_ms() - 50;  // the task began when the rig was made
    const double pipeline_start = golden_["pipeline_start_ms"].get<double>();
    for (const Json& frame : golden_["frames"]) {
      At(pipeline_start + frame[0].get<double>(),
         [this, name = frame[1].get<std::string>()] { PushFrame(name); });
    }
    offset_ms_ = pipeline_start;
    for (const Json& span : golden_["spans"]) PlanSpan(span);
    for (const auto& [at_ms, action] : steps_) {
      const double wait_ms = at_ms - offset_ms_ - (task_.rig->now_ms() - started_at_ms_);
      if (wait_ms > 0) task_.rig->Wait(FromSeconds(wait_ms / 1e3));
      action();
    }
    task_.rig->Run();
  }

  const Json& golden() const { return golden_; }
  const std::vector<otel::SpanPtr>& spans() const { return task_.spans; }
  const otel::SpanData* Find(std::string_view name) const { return task_.Find(name); }

 private:
  void At(double ms, std::function<void()> action) { steps_.emplace(std::round(ms), std::move(action)); }

  void PushFrame(const std::string& name) {
    const double now = ToSeconds(task_.wall());
    if (name == "VADUserStartedSpeakingFrame") {
      stt_->SpeechStarted(VADUserStartedSpeakingFrame(0.2, now));
      task_.Push<VADUserStartedSpeakingFrame>(0.2, now);
    }
    if (name == "UserStartedSpeakingFrame") task_.Push<UserStartedSpeakingFrame>();
    if (name == "VADUserStoppedSpeakingFrame") task_.Push<VADUserStoppedSpeakingFrame>(0.2, now);
    if (name == "TranscriptionFrame") Transcribe();
    if (name == "BotStartedSpeakingFrame") task_.output.StartSpeaking();
    if (name == "BotStoppedSpeakingFrame") task_.output.StopSpeaking();
    if (name == "EndFrame") task_.rig->task().StopWhenDone();
    if (name == "CancelFrame") {
      stt_.reset();
      task_.rig->task().Cancel();
    }
    task_.rig->Wait(Nanos(0));
  }

  void Transcribe() {
    if (next_stt_ >= stt_spans_.size()) {
      stt_->Transcribed(TranscriptionFrame("lost", "", ""),
                        {"DeepgramSTTService", "nova-3-general", Json::object()});
      return;
    }
    const Json& span = *stt_spans_[next_stt_++];
    TranscriptionFrame frame(Text(span, "transcript"), "", "");
    frame.finalized = true;
    stt_->AudioSeconds(Value(span, "metrics.audio_seconds").get<double>());
    stt_->Transcribed(frame, {"DeepgramSTTService", Text(span, "gen_ai.request.model"), GivenSettings(span)});
    stt_->Ttfb(Value(span, "metrics.ttfb").get<double>());
    stt_->Finalized();
  }

  void PlanSpan(const Json& span) {
    const double start = span["start_ms"].get<double>();
    const double end = span["end_ms"].get<double>();
    const std::string id = span["id"].get<std::string>();
    const bool ok = span["status"]["code"] != "ERROR";
    if (span["name"] == "stt") stt_spans_.push_back(&span);
    if (span["name"] == "conversation") At(end, [this] { task_.output.LetEnd(); });
    if (span["name"] == "llm") {
      At(start, [this, &span, id] { StartLlm(span, id); });
      At(end,
         [this, id, ok] { ok ? llm_.at(id)->End() : llm_.at(id)->Fail("BadRequestError", "synthetic"); });
    }
    if (span["name"] == "tts") {
      At(start, [this, &span, id] { StartTts(span, id); });
      At(end, [this, id] { tts_.at(id)->End(); });
    }
  }

  void StartLlm(const Json& span, const std::string& id) {
    const Json messages = *ParseJson(Text(span, "input").empty() ? "[]" : Text(span, "input"));
    const std::string instruction = Text(span, "gen_ai.system_instructions");
    auto& llm = llm_[id] = std::make_unique<TracedLlm>(
        task_.context(), TracedService{"OpenAILLMService", "gpt-4.1", GivenSettings(span)},
        TracedRequest{messages, Json(), instruction});
    if (!Value(span, "gen_ai.usage.input_tokens").is_null()) {
      llm->Ttfb(Value(span, "metrics.ttfb").get<double>());
      llm->ResponseModel("gpt-4.1-2025-04-14");
      LLMTokenUsage usage;
      usage.prompt_tokens = 42;
      usage.completion_tokens = 9;
      usage.cache_read_input_tokens = 16;
      usage.reasoning_tokens = 0;
      llm->Usage(usage);
    }
    llm->Text(Text(span, "output"));
  }

  void StartTts(const Json& span, const std::string& id) {
    auto& tts = tts_[id] = std::make_unique<TracedTts>(
        task_.context(),
        TracedService{"CartesiaTTSService", Text(span, "gen_ai.request.model"), GivenSettings(span)});
    for (const std::string& sentence : Sentences(Text(span, "text"))) tts->Text(sentence);
    tts->Ttfb(Value(span, "metrics.ttfb").get<double>());
  }

  const Json golden_;
  TracedTask task_;
  double started_at_ms_ = 0;
  double offset_ms_ = 0;
  std::multimap<double, std::function<void()>> steps_;  // by milliseconds; equal ones as planned
  std::optional<TracedStt> stt_;
  std::vector<const Json*> stt_spans_;
  std::size_t next_stt_ = 0;
  std::map<std::string, std::unique_ptr<TracedLlm>> llm_;
  std::map<std::string, std::unique_ptr<TracedTts>> tts_;
};

Json GoldenForm(const otel::AttributeValue& value) {
  if (const auto* v = value.As<bool>()) return {{"bool", *v}};
  if (const auto* v = value.As<std::int64_t>()) return {{"int", *v}};
  if (const auto* v = value.As<double>()) return {{"double", *v}};
  if (const auto* v = value.As<std::string>()) return {{"string", *v}};
  return nullptr;
}

bool SameValue(const Json& golden, const Json& ours) {
  if (!golden.contains("double") || !ours.is_object() || !ours.contains("double")) return golden == ours;
  return std::abs(golden["double"].get<double>() - ours["double"].get<double>()) <= kSlackMs / 1e3;
}

// Ours that stands for the n-th golden span of that name, in order of start.
std::vector<const otel::SpanData*> ByStart(const std::vector<otel::SpanPtr>& spans, const std::string& name) {
  std::multimap<Nanos, const otel::SpanData*> by_start;
  for (const otel::SpanPtr& span : spans) {
    if (span->name == name) by_start.emplace(span->start, span.get());
  }
  std::vector<const otel::SpanData*> found;
  for (const auto& [start, span] : by_start) found.push_back(span);
  return found;
}

void ExpectSameAttributes(const Json& golden, const otel::SpanData& ours) {
  std::vector<std::string> golden_keys;
  std::vector<std::string> our_keys;
  for (const auto& [key, value] : golden["attributes"].items()) {
    golden_keys.push_back(key);
    const otel::AttributeValue* found = otel::FindAttribute(ours.attributes, key);
    ASSERT_NE(found, nullptr) << ours.name << " lacks " << key;
    EXPECT_TRUE(SameValue(value, GoldenForm(*found)))
        << ours.name << ' ' << key << ": " << GoldenForm(*found) << " not " << value;
  }
  for (const otel::Attribute& attribute : ours.attributes) our_keys.emplace_back(attribute.key.view());
  EXPECT_THAT(our_keys, ::testing::UnorderedElementsAreArray(golden_keys)) << ours.name;
}

class GoldenReplay : public ::testing::TestWithParam<const char*> {};

TEST_P(GoldenReplay, GivesTheRecordedSpansInPipecatMode) {
  const Replay replay(GetParam(), {.mode = TracingMode::kPipecat});
  const Json& golden = replay.golden()["spans"];
  ASSERT_EQ(replay.spans().size(), golden.size());
  const otel::SpanData& root = *replay.Find("conversation");
  const double golden_root_start = std::find_if(golden.begin(), golden.end(), [](const Json& s) {
                                     return s["name"] == "conversation";
                                   })->at("start_ms");
  std::map<std::string, std::size_t> seen;
  std::map<std::string, const otel::SpanData*> by_id;

  for (const Json& theirs : golden) {
    const std::string name = theirs["name"].get<std::string>();
    const auto ours = ByStart(replay.spans(), name);
    ASSERT_GT(ours.size(), seen[name]) << name;
    by_id[theirs["id"].get<std::string>()] = ours[seen[name]++];
  }
  for (const Json& theirs : golden) {
    const otel::SpanData& ours = *by_id.at(theirs["id"].get<std::string>());
    SCOPED_TRACE(theirs["id"].get<std::string>() + " " + ours.name);
    const auto after_root_ms = [&root](Nanos at) {
      return static_cast<double>((at - root.start).count()) / 1e6;
    };
    EXPECT_NEAR(after_root_ms(ours.start), theirs["start_ms"].get<double>() - golden_root_start, kSlackMs);
    EXPECT_NEAR(after_root_ms(ours.end), theirs["end_ms"].get<double>() - golden_root_start, kSlackMs);
    EXPECT_EQ(ours.context.trace_id, root.context.trace_id);
    EXPECT_EQ(ours.scope_name, theirs["scope"]["name"].get<std::string>());
    EXPECT_EQ(ours.status == otel::SpanStatus::kError, theirs["status"]["code"] == "ERROR");
    EXPECT_EQ(ours.events.size(), theirs["events"].size());
    if (theirs["parent"].is_null()) {
      EXPECT_FALSE(ours.parent_span_id.valid());
    } else {
      EXPECT_EQ(ours.parent_span_id, by_id.at(theirs["parent"].get<std::string>())->context.span_id);
    }
    ExpectSameAttributes(theirs, ours);
  }
}

INSTANTIATE_TEST_SUITE_P(Recorded, GoldenReplay,
                         Values("two_turns_end", "interruption", "goodbye_then_end", "llm_error"),
                         [](const auto& scenario) { return std::string(scenario.param); });

TEST(PipecatMode, LosesWhatAnOpenRecognizerHeard) {
  const Replay replay("cancel_open_stt", {.mode = TracingMode::kPipecat});

  EXPECT_NE(replay.Find("turn"), nullptr);
  EXPECT_EQ(replay.Find("stt"), nullptr);
}

TEST(ExtendedMode, HasWhatPipecatHasUnderThePagesNames) {
  const Replay replay("two_turns_end", {});

  const std::map<std::string, std::string> names{
      {"stt", "stt_deepgramsttservice"}, {"llm", "llm_openaillmservice"}, {"tts", "tts_cartesiattsservice"}};
  std::map<std::string, std::size_t> seen;
  for (const Json& theirs : replay.golden()["spans"]) {
    std::string name = theirs["name"].get<std::string>();
    if (name == "turn") name += "-" + std::to_string(Value(theirs, "turn.number").get<int>());
    if (names.contains(name)) name = names.at(name);
    const auto ours = ByStart(replay.spans(), name);
    ASSERT_GT(ours.size(), seen[name]) << name;
    const otel::SpanData& span = *ours[seen[name]++];
    for (const auto& [key, value] : theirs["attributes"].items()) {
      const otel::AttributeValue* found = otel::FindAttribute(span.attributes, key);
      if (value.begin().value() == "NOT_GIVEN") {
        EXPECT_EQ(found, nullptr) << key;
        continue;
      }
      ASSERT_NE(found, nullptr) << name << " lacks " << key;
      const bool repaired = key == "vad_enabled" || key == "turn.was_interrupted" ||
                            key == "turn.duration_seconds" || key == "gen_ai.request.model";
      EXPECT_TRUE(repaired || SameValue(value, GoldenForm(*found))) << name << " " << key;
    }
  }
}

TEST(ExtendedMode, TellsWhatAnOpenRecognizerHeardWhenTheTaskIsCancelled) {
  const Replay replay("cancel_open_stt", {});

  const otel::SpanData* stt = replay.Find("stt_deepgramsttservice");
  EXPECT_EQ(testing::Shown(stt, "transcript"), "\"lost\"");
  EXPECT_EQ(testing::Shown(stt, "stt.incomplete"), "true");
}

TEST(ExtendedMode, KeepsTheGoodbyeInTheLastTurn) {
  const Replay replay("goodbye_then_end", {});

  const otel::SpanData* turn = replay.Find("turn-1");
  const otel::SpanData* goodbye = replay.Find("tts_cartesiattsservice");
  ASSERT_TRUE(turn && goodbye);
  EXPECT_EQ(testing::Shown(goodbye, "text"), "\"Goodbye and have a nice day.\"");
  EXPECT_EQ(goodbye->parent_span_id, turn->context.span_id);
  EXPECT_EQ(testing::Shown(turn, "turn.was_interrupted"), "false");
  EXPECT_EQ(testing::Shown(turn, "turn.end_reason"), "\"end\"");
  EXPECT_NEAR(ToSeconds(turn->end - turn->start), 3.07, 0.05);
}

}  // namespace
}  // namespace repartee
