#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/audio/pcm.h"
#include "repartee/conversation/llm_context.h"
#include "repartee/frames/llm_frames.h"
#include "repartee/services/local/llama_llm_service.h"
#include "repartee/services/local/models/models_for_test.h"
#include "repartee/services/local/moonshine_stt_service.h"
#include "repartee/services/local/piper_tts_service.h"
#include "repartee/services/testing/observed.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kPrompt = "You are a helpful voice assistant. Answer in one short sentence.";

local::LocalModels& Models() {
  static const auto models =
      local::Need(local::LocalModels::Load({.llama = {.threads = 1}, .run_inline = true}));
  return *models;
}

// Real time, and jobs on threads of their own. The loop outlives the pool.
EventLoop& RealLoop() {
  static EventLoop loop;
  return loop;
}
local::LocalModels& ThreadedModels() {
  RealLoop();
  static const auto models = local::Need(local::LocalModels::Load({.llama = {.threads = 1}}));
  return *models;
}

std::string TextOf(const testing::Rig& rig) {
  std::string text;
  for (const auto* frame : testing::Frames<LLMTextFrame>(rig.downstream())) text += frame->text;
  return text;
}

FramePtr Ask(const std::shared_ptr<LLMContext>& context, const char* question) {
  context->AddMessage("user", question);
  return Make<LLMContextFrame>(context);
}

// ---------------------------------------------------------------- speech to text

TEST(MoonshineSTTService, GivesOneFinalTranscriptForTheSpeechBetweenTheVadsMarks) {
  MoonshineSTTService stt(Models());
  testing::Rig rig({&stt}, testing::WithMetrics());
  const auto sound = local::TestSound("data/audio/goforward.wav");
  const auto feed = [&](std::size_t from, std::size_t to) {
    for (std::size_t at = from; at + 320 <= to; at += 320) {
      rig.Push(Make<InputAudioRawFrame>(AudioBuffer::Copy(std::span(sound).subspan(at, 320)), 16000, 1));
      rig.Wait(milliseconds(20));
    }
  };

  feed(0, 11200);
  rig.Push(Make<VADUserStartedSpeakingFrame>(0.2, ToSeconds(rig.loop().wall_now())));
  feed(11200, 40000);
  rig.Push(Make<VADUserStoppedSpeakingFrame>(0.2, ToSeconds(rig.loop().wall_now())));
  rig.Wait(milliseconds(100));

  const auto transcripts = testing::Frames<TranscriptionFrame>(rig.downstream());
  ASSERT_THAT(transcripts, SizeIs(1));
  EXPECT_EQ(transcripts[0]->text, "Go forward ten meters.");
  EXPECT_TRUE(transcripts[0]->finalized);
}

TEST(MoonshineSTTService, TellsHowLongATranscriptTakes) {
  MoonshineSTTService stt(Models());

  testing::Rig rig({&stt});

  const auto told = testing::Frames<STTMetadataFrame>(rig.downstream());
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_DOUBLE_EQ(told[0]->ttfs_p99_latency, 0.3);
}

// ---------------------------------------------------------------- language model

TEST(LlamaCppLLMService, AnswersInOneSentenceAndCountsWhatItFoundInItsCache) {
  LlamaCppLLMService llm(Models(), {{"system_instruction", kPrompt}, {"max_sentences", 1}});
  testing::Rig rig({&llm}, testing::WithMetrics());

  rig.Push(Ask(std::make_shared<LLMContext>(), "What is the capital of France?"));
  rig.Wait(milliseconds(1));

  EXPECT_EQ(TextOf(rig), "The capital of France is Paris.");
  EXPECT_THAT(testing::Frames<LLMFullResponseEndFrame>(rig.downstream()), SizeIs(1));
  std::vector<LLMTokenUsage> usage;
  for (const auto* frame : testing::Frames<MetricsFrame>(rig.downstream())) {
    for (const MetricsData& data : frame->data) {
      if (const auto* tokens = std::get_if<LLMUsageMetricsData>(&data.value)) usage.push_back(tokens->value);
    }
  }
  ASSERT_THAT(usage, SizeIs(1));
  // The instruction was read at the start.
  EXPECT_THAT(usage[0].cache_read_input_tokens, ::testing::Optional(Gt(10)));
}

TEST(LlamaCppLLMService, KeepsTheThreadOfTheConversation) {
  LlamaCppLLMService llm(Models(), {{"system_instruction", kPrompt}, {"max_sentences", 1}});
  testing::Rig rig({&llm});
  const auto context = std::make_shared<LLMContext>();
  rig.Push(Ask(context, "What is the capital of France?"));
  rig.Wait(milliseconds(1));
  context->AddMessage("assistant", TextOf(rig));

  rig.Push(Ask(context, "And of Italy?"));
  rig.Wait(milliseconds(1));

  EXPECT_THAT(TextOf(rig), HasSubstr("Rome"));
}

TEST(LlamaCppLLMService, AnInterruptionStopsTheModelAndTheNextQuestionIsAnswered) {
  LlamaCppLLMService llm(ThreadedModels(), {{"system_instruction", kPrompt}});
  EventLoop& loop = RealLoop();
  Pipeline pipeline({&llm});
  PipelineTask task(pipeline, testing::Rig::DefaultOptions());
  task.Start(loop);
  const auto context = std::make_shared<LLMContext>();
  std::string text;
  int ends = 0;
  struct Watch final : BaseObserver {
    std::function<void(const Frame&)> see;
    void OnPushFrame(const FramePushed& event) override { see(*event.frame); }
    bool observe_every_push() const override { return false; }
  } watch;
  watch.see = [&](const Frame& frame) {
    if (const auto* piece = frame.As<LLMTextFrame>()) text += piece->text;
    if (frame.Is<LLMFullResponseEndFrame>()) ++ends;
  };
  task.AddObserver(watch);

  task.QueueFrame(Ask(context, "Tell me a very long story about a king, a queen and a castle."));
  ASSERT_TRUE(loop.RunUntil([&] { return text.size() > 20; }, std::chrono::seconds(30)));
  task.QueueFrame(Make<InterruptionFrame>());
  ASSERT_TRUE(loop.RunUntil([&] { return ends == 1; }, milliseconds(200)));
  text.clear();
  task.QueueFrame(Ask(std::make_shared<LLMContext>(), "What is the capital of France?"));

  EXPECT_TRUE(loop.RunUntil([&] { return ends == 2; }, std::chrono::seconds(30)));
  EXPECT_THAT(text, HasSubstr("Paris"));
  task.Cancel();
  loop.RunUntil([&] { return task.finished(); }, std::chrono::seconds(5));
}

TEST(LlamaCppLLMService, GoesOnWhenTheConversationHasOutgrownItsContext) {
  const auto models = local::Need(
      local::LocalModels::Load({.llama = {.threads = 1, .context_tokens = 256}, .run_inline = true}));
  LlamaCppLLMService llm(*models,
                         {{"system_instruction", kPrompt}, {"max_sentences", 1}, {"max_tokens", 40}});
  testing::Rig rig({&llm});
  const auto context = std::make_shared<LLMContext>();

  for (int turn = 0; turn < 8; ++turn) {
    const std::size_t before = TextOf(rig).size();
    rig.Push(Ask(context, "What is the capital of France, and why is it so?"));
    rig.Wait(milliseconds(1));
    context->AddMessage("assistant", TextOf(rig).substr(before));
  }

  EXPECT_THAT(testing::Frames<ErrorFrame>(rig.upstream()), IsEmpty());
  EXPECT_THAT(testing::Frames<LLMFullResponseEndFrame>(rig.downstream()), SizeIs(8));
}

TEST(LlamaCppLLMService, RefusesSettingsThatItDoesNotHave) {
  LlamaCppLLMService llm(Models(), {{"max_tokens", "many"}});

  testing::Rig rig({&llm});

  const auto errors = testing::Frames<ErrorFrame>(rig.upstream());
  ASSERT_THAT(errors, SizeIs(1));
  EXPECT_THAT(errors[0]->error, HasSubstr("max_tokens: a whole number"));
}

// ---------------------------------------------------------------- text to speech

TEST(PiperTTSService, SpeaksEachClauseAsSoonAsItIsThere) {
  PiperTTSService tts(Models());
  testing::Rig rig({&tts}, testing::WithMetrics());

  rig.Push(Make<LLMFullResponseStartFrame>());
  rig.Push(Make<LLMTextFrame>("The capital of France, as you may know, "));
  rig.Push(Make<LLMTextFrame>("is Paris."));
  rig.Push(Make<LLMFullResponseEndFrame>());
  rig.Wait(milliseconds(100));

  std::vector<std::string> spoken;
  for (const auto* frame : testing::Frames<TTSTextFrame>(rig.downstream())) spoken.push_back(frame->text);
  EXPECT_THAT(spoken, ElementsAre("The capital of France,", "as you may know,", "is Paris."));
  std::size_t samples = 0;
  for (const auto* frame : testing::Frames<TTSAudioRawFrame>(rig.downstream())) {
    EXPECT_EQ(frame->sample_rate, 22050);
    samples += frame->audio.samples().size();
  }
  EXPECT_THAT(samples, Gt(22050u));
}

TEST(PiperTTSService, CutsATextThatComesWhole) {
  PiperTTSService tts(Models());
  testing::Rig rig({&tts});
  std::string text;
  for (int i = 0; i < 60; ++i) text += "one two three four five six, ";

  rig.Push(Make<TTSSpeakFrame>(text));
  rig.Wait(milliseconds(100));

  EXPECT_THAT(testing::Frames<ErrorFrame>(rig.upstream()), IsEmpty());
  EXPECT_THAT(testing::Frames<TTSStoppedFrame>(rig.downstream()), SizeIs(1));
}

}  // namespace
}  // namespace repartee
