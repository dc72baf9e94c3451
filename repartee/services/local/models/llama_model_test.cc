#include "repartee/services/local/models/llama_model.h"

#include <gmock/gmock.h>
#include <pthread.h>
#include <time.h>

#include <chrono>
#include <thread>

#include "repartee/services/local/models/models_for_test.h"

namespace repartee::local {
namespace {

using ::testing::HasSubstr;

const ChatMessage kSystem{"system", "You are a helpful voice assistant. Answer in one short sentence."};
const std::atomic<bool> kGoOn{false};

std::shared_ptr<LlamaModel> Model() {
  static const auto model =
      Need(LlamaModel::Load(Need(FindLanguageModel(Need(ModelFolder()), "smollm2")), {.threads = 1}));
  return model;
}

struct Answer {
  std::string text;
  LlamaUsage usage;
};

Answer Ask(LlamaSession& session, const std::vector<ChatMessage>& messages, GenerateOptions options = {}) {
  Answer answer;
  answer.usage = Need(session.Generate(
      messages, options,
      [&](std::string_view text) {
        answer.text += text;
        return true;
      },
      kGoOn));
  return answer;
}

// Work that a thread, still running, has done.
std::chrono::nanoseconds CpuTime(std::thread& thread) {
  clockid_t clock{};
  timespec time{};
  ::pthread_getcpuclockid(thread.native_handle(), &clock);
  ::clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// Many hundred tokens: seconds of work.
std::vector<ChatMessage> LongConversation() {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "word " + std::to_string(i) + " ";
  return {kSystem, {"user", text}};
}

TEST(LlamaSession, AnswersAndKeepsWhatTheNextPromptHasInCommon) {
  const auto session = Need(LlamaSession::Create(Model()));
  ASSERT_TRUE(session->Prefill({kSystem}, kGoOn).ok());
  std::vector<ChatMessage> messages{kSystem, {"user", "What is the capital of France?"}};

  const Answer first = Ask(*session, messages);
  messages.push_back({"assistant", first.text});
  messages.push_back({"user", "And of Italy?"});
  const Answer second = Ask(*session, messages);

  EXPECT_EQ(first.text, "The capital of France is Paris.");
  EXPECT_EQ(first.usage.stop, LlamaStop::kEndOfTurn);
  EXPECT_GT(first.usage.cached_tokens, 10);  // the system prompt
  EXPECT_LT(first.usage.prompt_tokens - first.usage.cached_tokens, 20);
  EXPECT_GE(second.usage.cached_tokens, first.usage.prompt_tokens);
  EXPECT_THAT(second.text, HasSubstr("Rome"));
}

TEST(LlamaSession, GivesTheSameAnswerAfterGoingBackToAnEarlierPrompt) {
  const auto session = Need(LlamaSession::Create(Model()));
  const std::vector<ChatMessage> question{kSystem, {"user", "What is the capital of Italy?"}};
  const Answer first = Ask(*session, question);
  Ask(*session, {kSystem, {"user", "Hello."}});

  const Answer again = Ask(*session, question);

  EXPECT_EQ(again.text, first.text);
  EXPECT_THAT(first.text, HasSubstr("Rome"));
}

TEST(LlamaSession, StopsWhenTheCallerOrTheLimitSaysSo) {
  const auto session = Need(LlamaSession::Create(Model()));
  const std::vector<ChatMessage> question{kSystem, {"user", "What is the capital of France?"}};
  int pieces = 0;

  const auto stopped =
      Need(session->Generate(question, {}, [&](std::string_view) { return ++pieces < 2; }, kGoOn));
  const Answer limited = Ask(*session, question, {.max_tokens = 3});

  EXPECT_EQ(stopped.stop, LlamaStop::kCaller);
  EXPECT_EQ(pieces, 2);
  EXPECT_EQ(limited.usage.stop, LlamaStop::kTokenLimit);
  EXPECT_EQ(limited.usage.completion_tokens, 3);
}

TEST(LlamaSession, IsCancelledInsideALongPromptAndWorksOnAfterIt) {
  const auto session = Need(LlamaSession::Create(Model()));
  std::atomic<bool> cancel{false};
  Status status;
  std::chrono::steady_clock::time_point ended;
  std::thread prefill([&] {
    status = session->Prefill(LongConversation(), cancel);
    ended = std::chrono::steady_clock::now();
  });
  // The prompt is seconds of work and cut into tokens in milliseconds: a tenth is well inside.
  while (CpuTime(prefill) < std::chrono::milliseconds(100)) std::this_thread::yield();
  const auto asked = std::chrono::steady_clock::now();

  cancel = true;
  prefill.join();

  EXPECT_EQ(status.code(), StatusCode::kCancelled) << status;
  EXPECT_LT(ended - asked, std::chrono::milliseconds(100));
  EXPECT_THAT(Ask(*session, {kSystem, {"user", "What is the capital of France?"}}).text, HasSubstr("Paris"));
}

TEST(LlamaSession, IsCancelledBetweenTwoWords) {
  const auto session = Need(LlamaSession::Create(Model()));
  std::atomic<bool> cancel{false};
  int pieces = 0;

  const auto usage = session->Generate(
      {kSystem, {"user", "What is the capital of France?"}}, {},
      [&](std::string_view) {
        ++pieces;
        cancel = true;
        return true;
      },
      cancel);

  EXPECT_EQ(usage.status().code(), StatusCode::kCancelled);
  EXPECT_EQ(pieces, 1);
}

TEST(LlamaSession, RefusesAConversationLongerThanItsContext) {
  const auto session = Need(LlamaSession::Create(Model()));
  std::string endless;
  for (int i = 0; i < 3000; ++i) endless += "word ";

  const Status status = session->Prefill({kSystem, {"user", endless}}, kGoOn);

  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(status.message(), HasSubstr("2048"));
}

TEST(LlamaModel, SaysWhatIsWrongWithAFile) {
  EXPECT_EQ(LlamaModel::Load("/no/such/model.gguf").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(LlamaModel::Load(REPARTEE_SOURCE_DIR "/CMakeLists.txt").status().code(), StatusCode::kMalformed);
  EXPECT_EQ(LlamaModel::Load("/dev/null").status().code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace repartee::local
