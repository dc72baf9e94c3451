// Whole agents in virtual time: what a caller hears and how long it takes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <functional>

#include "repartee/conversation/user_turn/eager_stop_strategy.h"
#include "repartee/conversation/user_turn/false_interruption_strategy.h"
#include "repartee/conversation/user_turn/start_strategies.h"
#include "repartee/conversation/user_turn/stop_strategies.h"
#include "repartee/tracing/traced_task_for_test.h"
#include "repartee/transports/conversation_for_test.h"

namespace repartee {
namespace {

using ::testing::Contains;
using testing::Conversation;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

double CpuSeconds() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

// Name, times and content of each span, without the ids that chance gives. Times count from the first span,
// since a conversation begins at the hour at which it is held, and are told in microseconds: the VAD tells
// the hour as a double, which is no finer.
std::vector<std::string> Described(const std::vector<otel::SpanPtr>& spans) {
  const auto since_first = [&spans](Nanos time) {
    const auto first =
        (*std::ranges::min_element(spans, {}, [](const auto& span) { return span->start; }))->start;
    return std::to_string(std::chrono::round<std::chrono::microseconds>(time - first).count());
  };
  const auto content = [](const otel::SpanPtr& span, const char* key) {
    const otel::AttributeValue* value = otel::FindAttribute(span->attributes, key);
    return value ? " " + otel::ToText(*value) : std::string(" -");
  };
  std::vector<std::string> lines;
  for (const otel::SpanPtr& span : spans) {
    std::string line = span->name + " " + since_first(span->start) + " " + since_first(span->end) + " " +
                       std::to_string(span->attributes.size());
    for (const char* key : {"transcript", "output", "text", "turn.number", "turn.was_interrupted"}) {
      line += content(span, key);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

// The spans of a conversation that `hold` begins and finishes.
std::vector<otel::SpanPtr> Traced(std::vector<std::string> script,
                                  const std::function<void(Conversation&)>& hold) {
  std::vector<otel::SpanPtr> spans;
  const auto provider = std::make_shared<otel::TracerProvider>(otel::TracerProviderOptions{});
  provider->AddProcessor(std::make_unique<testing::SpanLog>(spans, false));
  TraceTasksWith(provider, {});
  Conversation talk(std::move(script), testing::TracedTask::Options());
  hold(talk);
  talk.rig.reset();
  TraceTasksWith(nullptr, {});
  return spans;
}

// The events of the first turn that begin so.
std::vector<std::string> EventsOfTheTurn(const std::vector<otel::SpanPtr>& spans,
                                         std::initializer_list<std::string_view> beginnings) {
  std::vector<std::string> names;
  for (const otel::SpanPtr& span : spans) {
    if (span->name != "turn-1") continue;
    for (const auto& event : span->events) {
      const std::string name(event.name);
      const auto begins = [&name](std::string_view beginning) { return name.starts_with(beginning); };
      if (std::ranges::any_of(beginnings, begins)) names.push_back(name);
    }
  }
  return names;
}

// Sixty questions, one every ten seconds.
std::vector<std::string> TenMinutes() {
  std::vector<std::string> script;
  for (int i = 0; i < 60; ++i) script.push_back("question " + std::to_string(i));
  return Described(Traced(script, [](Conversation& talk) {
    talk.Start();
    for (int i = 0; i < 60; ++i) {
      talk.Speak(2000);
      talk.Listen(8000);
    }
    talk.Finish();
    EXPECT_THAT(talk.context->messages(), SizeIs(120));
  }));
}

TEST(WholeConversation, OfTenMinutesTakesLessThanASecondAndLeavesTheSameTraceEveryTime) {
  const double begin = CpuSeconds();
  const std::vector<std::string> first = TenMinutes();
  const double seconds = CpuSeconds() - begin;
  const std::vector<std::string> second = TenMinutes();

#if defined(NDEBUG) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
  EXPECT_LT(seconds, 1.0);
#endif
  EXPECT_GT(seconds, 0);
  EXPECT_GT(first.size(), 4u * 60u);
  EXPECT_EQ(first, second);
}

// ---------------------------------------------------------------- false interruptions

void PauseOnVoice(Conversation& talk, bool pauses = true) {
  FalseInterruptionUserTurnStartOptions options;
  if (pauses) options.output = &talk.output;
  talk.strategies.start.push_back(std::make_unique<FalseInterruptionUserTurnStartStrategy>(options));
  talk.strategies.start.push_back(std::make_unique<VADUserTurnStartStrategy>());
  talk.strategies.start.push_back(std::make_unique<TranscriptionUserTurnStartStrategy>());
}

TEST(FalseInterruption, ByANoiseOnlyDelaysTheBot) {
  Conversation talk({"hello", ""});
  PauseOnVoice(talk);
  talk.Start();

  talk.Speak(1000);
  talk.Listen(2000);  // the bot speaks by now
  const std::size_t before = talk.output.writes.size();
  ASSERT_GT(before, 0u);
  talk.Speak(400);
  talk.Listen(600);
  const std::size_t paused = talk.output.writes.size();
  talk.Listen(5000);
  talk.Finish();

  EXPECT_LT(paused - before, 8u);
  EXPECT_EQ(talk.output.writes.size(), 50u);  // two seconds, not a chunk less
  EXPECT_THAT(talk.Messages(), ElementsAre("user: hello", "assistant: You said: hello. What else?"));
  EXPECT_THAT(talk.rig->DownstreamLog(), Not(Contains(HasSubstr("InterruptionFrame@3"))));
}

TEST(FalseInterruption, ByABackchannelLeavesTheTurnToTheBot) {
  Conversation talk({"hello", "mm-hm"});
  PauseOnVoice(talk);
  talk.Start();
  std::vector<std::string> backchannels;
  talk.aggregators.user->on_user_backchannel.Connect(
      [&](const std::string& text, const std::string&) { backchannels.push_back(text); });

  talk.Speak(1000);
  talk.Listen(2000);
  talk.Speak(400);
  talk.Listen(5000);
  talk.Finish();

  EXPECT_THAT(backchannels, ElementsAre("mm-hm"));
  EXPECT_EQ(talk.output.writes.size(), 50u);
  EXPECT_THAT(talk.Messages(), ElementsAre("user: hello", "assistant: You said: hello. What else?"));
}

TEST(FalseInterruption, IsATrueOneAsSoonAsThereAreWords) {
  Conversation talk({"hello", "stop it"});
  PauseOnVoice(talk);
  talk.stt.guesses = true;
  talk.Start();

  talk.Speak(1000);
  talk.Listen(2000);
  talk.Speak(400);
  talk.Listen(6000);
  talk.Finish();

  EXPECT_THAT(talk.Messages(), Contains("user: stop it"));
  EXPECT_THAT(talk.Messages(), Not(Contains("assistant: You said: hello. What else?")));
  EXPECT_THAT(talk.Messages(), Contains("assistant: You said: stop it. What else?"));
}

TEST(FalseInterruption, IsToldByTheTrace) {
  const auto spans = Traced({"hello", "", "mm-hm"}, [](Conversation& talk) {
    PauseOnVoice(talk);
    talk.Start();
    talk.Speak(1000);
    talk.Listen(2000);
    talk.Speak(300);  // a noise
    talk.Listen(1500);
    talk.Speak(300);
    talk.Listen(4000);
    talk.Finish();
  });

  EXPECT_THAT(EventsOfTheTurn(spans, {"bot.", "user."}),
              ElementsAre("bot.paused", "bot.resumed", "bot.paused", "user.backchannel", "bot.resumed"));
}

// ---------------------------------------------------------------- early answers

void AnswerEarly(Conversation& talk) {
  EagerUserTurnStopOptions options;
  options.eager_on_transcripts = true;
  talk.strategies.stop.push_back(std::make_unique<EagerUserTurnStopStrategy>(
      std::make_unique<SpeechTimeoutUserTurnStopStrategy>(), options));
}

// Milliseconds from the end of the user's voice to the bot's first sound.
double ReplyTime(bool early) {
  Conversation talk({"hello"});
  if (early) {
    AnswerEarly(talk);
  } else {
    talk.strategies.stop.push_back(std::make_unique<SpeechTimeoutUserTurnStopStrategy>());
  }
  talk.Start();
  talk.Speak(1000);
  const Nanos silence = talk.rig->loop().now();
  talk.Listen(5000);
  talk.Finish();
  EXPECT_THAT(talk.Messages(), ElementsAre("user: hello", "assistant: You said: hello. What else?"));
  return talk.FirstSoundAfter(silence);
}

TEST(EarlyInference, SavesTheTimeTheModelTakesWhileTheTurnIsStillOpen) {
  const double usual = ReplyTime(false);
  const double early = ReplyTime(true);

  EXPECT_GT(early, 0);
  EXPECT_NEAR(usual - early, 300 + 20 * 3, 60);
}

// The user goes on when the first early answer has begun; the second one is spoken.
TEST(EarlyInference, IsToldByTheTrace) {
  const auto spans = Traced({"hello", "world"}, [](Conversation& talk) {
    AnswerEarly(talk);
    talk.Start();
    talk.Speak(1000);
    talk.Listen(400);
    talk.Speak(600);
    talk.Listen(6000);
    talk.Finish();
    EXPECT_THAT(talk.Messages(),
                ElementsAre("user: hello world", "assistant: You said: hello world. What else?"));
  });

  EXPECT_THAT(EventsOfTheTurn(spans, {"early_answer."}),
              ElementsAre("early_answer.begun", "early_answer.discarded", "early_answer.begun"));
  std::vector<std::string> answers;
  for (const otel::SpanPtr& span : spans) {
    if (!span->name.starts_with("llm_")) continue;
    answers.push_back(testing::Shown(span.get(), "llm.early") + " " +
                      testing::Shown(span.get(), "llm.interrupted"));
  }
  EXPECT_THAT(answers, ElementsAre("true true", "true -"));
}

}  // namespace
}  // namespace repartee
