// Whole conversations in virtual time, with the real models on recorded speech.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>

#include "repartee/agent/clip_conversation.h"
#include "repartee/agent/vendor_choice.h"
#include "repartee/audio/pcm.h"
#include "repartee/conversation/llm_context.h"
#include "repartee/services/llm_service.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr int kRate = 16000;

const AgentSettings& Settings() {
  static const AgentSettings settings{.llm = {LanguageModelNamed("smollm2")},
                                      .user_speech_timeout = milliseconds(200),
                                      .threads = 1,
                                      .run_inline = true};
  return settings;
}

AgentStack& Stack() {
  static const auto stack = [] {
    auto loaded = AgentStack::Load(Settings());
    if (!loaded.ok()) throw std::runtime_error(loaded.status().ToString());
    return *std::move(loaded);
  }();
  return *stack;
}

std::vector<std::int16_t> Clip(const std::string& name) {
  auto clip = ReadWav(REPARTEE_SOURCE_DIR "/tests/data/audio/" + name);
  if (!clip.ok()) throw std::runtime_error(clip.status().ToString());
  return clip->samples;
}

ClipConversationResult Talk(std::vector<std::int16_t> samples, ClipConversationOptions options = {},
                            AgentStack& stack = Stack()) {
  EventLoop loop(EventLoop::Time::kVirtual);
  options.silence_before = milliseconds(600);
  auto result =
      RunClipConversation(loop, stack, Settings(), {kRate, 1, std::move(samples)}, std::move(options));
  if (!result.ok()) throw std::runtime_error(result.status().ToString());
  return *std::move(result);
}

TEST(Agent, AnswersASpokenQuestion) {
  const auto result = Talk(Clip("synthetic-capital-of-france.wav"));

  EXPECT_THAT(result.errors, IsEmpty());
  ASSERT_THAT(result.said, SizeIs(2));
  EXPECT_EQ(result.said[0].text, "What is the capital of France?");
  EXPECT_EQ(result.said[1].text, "The capital of France is Paris.");
  ASSERT_THAT(result.replies, SizeIs(1));
  // The VAD's 0.2 s and the strategy's; models take no time here.
  EXPECT_NEAR(ToSeconds(result.replies[0].latency.total), 0.4, 0.05);
}

TEST(Agent, KeepsANumberInOnePiece) {
  const auto result = Talk(Clip("synthetic-new-york.wav"));

  ASSERT_THAT(result.said, SizeIs(2));
  EXPECT_EQ(result.said[0].text, "How many people live in New York City?");
  EXPECT_THAT(result.said[1].text, HasSubstr("8.5 million"));
}

TEST(Agent, HangsUpOnSilence) {
  const auto result = Talk(std::vector<std::int16_t>(kRate / 2));

  EXPECT_THAT(result.said, IsEmpty());
  EXPECT_THAT(result.errors, IsEmpty());
  EXPECT_FALSE(result.gave_up);
}

// Answers everything with a long story.
class Storyteller final : public LLMService {
 public:
  static constexpr const char* kStory =
      "Once upon a time, there was an old king, who lived in a castle by the sea. Every morning, he walked "
      "along "
      "the beach, and he counted the ships that came home from far away.";

  Storyteller() : LLMService("Storyteller", Json::object()) {}

 protected:
  Task<Status> ProcessContext(std::shared_ptr<LLMContext> context) override {
    RequestStarted(context->messages(), Json());
    FirstChunk();
    PushText(kStory);
    co_return OkStatus();
  }
};

class StorytellerStack final : public AgentStack {
 public:
  Result<AgentServices> NewServices() override {
    auto services = Stack().NewServices();
    if (services.ok()) services->llm = std::make_unique<Storyteller>();
    return services;
  }
  std::string language_model() const override { return "none"; }
};

TEST(Agent, FallsSilentWhenTheUserBargesInAndRemembersOnlyWhatWasHeard) {
  // A question, and another one four seconds later, in the midst of the story.
  std::vector<std::int16_t> speech = Clip("synthetic-capital-of-france.wav");
  const std::size_t barge_in = speech.size() + std::size_t{4} * kRate;
  speech.resize(barge_in);
  const std::vector<std::int16_t> second = Clip("synthetic-new-york.wav");
  speech.insert(speech.end(), second.begin(), second.end());
  const std::string path = ::testing::TempDir() + "barge_in.wav";
  auto recorder = ConversationRecorder::Create(path, kRate);
  ASSERT_TRUE(recorder.ok());
  StorytellerStack stack;

  const auto result = Talk(std::move(speech), {.recorder = &*recorder}, stack);

  ASSERT_THAT(result.silent_after_barge_in, SizeIs(1));
  EXPECT_LE(result.silent_after_barge_in[0], milliseconds(200));
  ASSERT_THAT(result.said, SizeIs(4));
  const std::string& heard = result.said[1].text;
  EXPECT_TRUE(result.said[1].interrupted);
  EXPECT_THAT(std::string(Storyteller::kStory), StartsWith(heard));
  EXPECT_LT(heard.size(), std::string_view(Storyteller::kStory).size());
  EXPECT_THAT(heard, ::testing::AnyOf(::testing::EndsWith(","), ::testing::EndsWith(".")));
  EXPECT_EQ(result.said[2].text, "How many people live in New York City?");

  // What was recorded says the same: nothing of the bot's a second into the second question (0.6 s before
  // all).
  ASSERT_TRUE(recorder->Finish().ok());
  const auto recording = ReadWav(path);
  ASSERT_TRUE(recording.ok());
  const std::size_t from = barge_in + static_cast<std::size_t>(1.6 * kRate);
  for (std::size_t i = from; i < from + kRate; ++i) {
    ASSERT_LE(std::abs(recording->samples[2 * i + 1]), kSilenceMagnitude) << "sample " << i;
  }
}

}  // namespace
}  // namespace repartee
