// A hundred traced conversations at once on several threads, in virtual time: nothing of one may be heard,
// remembered or traced in another. Runs under the thread sanitizer too.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "repartee/otel/in_memory_exporter.h"
#include "repartee/tracing/traced_task_for_test.h"
#include "repartee/transports/conversation_for_test.h"

namespace repartee {
namespace {

using testing::Conversation;
using ::testing::ElementsAre;
using testing::Shown;
using ::testing::SizeIs;

constexpr int kThreads = 4;
constexpr int kEach = 25;
constexpr int kTurns = 3;

std::string CallId(int call) { return fmt::format("call-{}", call); }
std::string Question(int call, int turn) { return fmt::format("question {} of call {}", turn, call); }
std::string Answer(int call, int turn) {
  return fmt::format("You said: {}. What else?", Question(call, turn));
}

std::unique_ptr<Conversation> NewCall(int call) {
  std::vector<std::string> script;
  for (int turn = 1; turn <= kTurns; ++turn) script.push_back(Question(call, turn));
  PipelineTaskOptions options = testing::TracedTask::Options();
  options.conversation_id = CallId(call);
  auto conversation = std::make_unique<Conversation>(std::move(script), std::move(options));
  conversation->Start();
  return conversation;
}

// All calls of one thread, a slice of 20 ms of each after the other, each a little behind the one before it.
void HoldCalls(int first, std::vector<std::vector<std::string>>& messages) {
  std::vector<std::unique_ptr<Conversation>> calls;
  for (int i = 0; i < kEach; ++i) {
    calls.push_back(NewCall(first + i));
    calls.back()->Listen(20 * i);
  }
  for (int turn = 0; turn < kTurns; ++turn) {
    for (int slice = 0; slice < 250; ++slice) {
      for (const auto& call : calls) call->SaySound(20, slice < 50);
    }
  }
  for (int i = 0; i < kEach; ++i) {
    Conversation& call = *calls[static_cast<std::size_t>(i)];
    call.Finish();
    messages[static_cast<std::size_t>(first + i)] = call.Messages();
  }
}

using SpansById = std::map<otel::SpanId, otel::SpanPtr>;

// "call-7 turn 2 stt": the place that the tree of spans gives a span.
std::string PlaceOf(const otel::SpanData& span, const SpansById& spans) {
  const auto parent = spans.find(span.parent_span_id);
  if (parent == spans.end()) return Shown(&span, "conversation.id");
  EXPECT_EQ(parent->second->context.trace_id, span.context.trace_id);
  const std::string above = PlaceOf(*parent->second, spans);
  if (span.name.starts_with("turn-")) return above + " turn " + Shown(&span, "turn.number");
  return above + " " + span.name.substr(0, span.name.find('_'));
}

// What each span must say, by its place.
std::map<std::string, std::string> ExpectedContents() {
  std::map<std::string, std::string> contents;
  const auto quoted = [](const std::string& text) { return "\"" + text + "\""; };
  for (int call = 0; call < kThreads * kEach; ++call) {
    const std::string id = quoted(CallId(call));
    contents[id] = "-";
    for (int turn = 1; turn <= kTurns; ++turn) {
      const std::string place = fmt::format("{} turn {}", id, turn);
      contents[place] = "-";
      contents[place + " stt"] = quoted(Question(call, turn));
      contents[place + " llm"] = quoted(Answer(call, turn));
      contents[place + " tts"] = quoted(Answer(call, turn));
    }
  }
  return contents;
}

std::string ContentOf(const otel::SpanData& span) {
  if (span.name.starts_with("stt_")) return Shown(&span, "transcript");
  if (span.name.starts_with("llm_")) return Shown(&span, "output");
  return span.name.starts_with("tts_") ? Shown(&span, "text") : "-";
}

TEST(Crowd, OfAHundredConversationsHasEachSpanInItsOwnConversationAndTurn) {
  const auto store = std::make_shared<otel::SpanStore>();
  const auto provider = std::make_shared<otel::TracerProvider>(otel::TracerProviderOptions{});
  otel::BatchOptions batches;
  batches.schedule_delay = std::chrono::milliseconds(1);
  batches.max_queue_size = 1 << 16;
  provider->AddBatchExporter(std::make_unique<otel::InMemoryExporter>(store), batches);
  TraceTasksWith(provider, {});
  std::vector<std::vector<std::string>> messages(kThreads * kEach);

  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([thread, &messages] { HoldCalls(thread * kEach, messages); });
  }
  for (std::thread& thread : threads) thread.join();
  TraceTasksWith(nullptr, {});
  ASSERT_TRUE(provider->ForceFlush(std::chrono::seconds(60)));

  for (int call = 0; call < kThreads * kEach; ++call) {
    EXPECT_THAT(messages[static_cast<std::size_t>(call)],
                ElementsAre("user: " + Question(call, 1), "assistant: " + Answer(call, 1),
                            "user: " + Question(call, 2), "assistant: " + Answer(call, 2),
                            "user: " + Question(call, 3), "assistant: " + Answer(call, 3)));
  }
  SpansById by_id;
  for (const otel::SpanPtr& span : store->spans()) by_id.emplace(span->context.span_id, span);
  std::map<std::string, std::string> contents;
  for (const auto& [id, span] : by_id) contents[PlaceOf(*span, by_id)] = ContentOf(*span);
  EXPECT_EQ(contents, ExpectedContents());
  EXPECT_THAT(store->spans(), SizeIs(contents.size()));
}

}  // namespace
}  // namespace repartee
