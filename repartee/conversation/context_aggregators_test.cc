#include "repartee/conversation/context_aggregators.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/frames/llm_frames.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/pipeline/testing/rig.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(ContextAggregators, AskTheUserAgainBehindWhatWasHeardOfTheAnswer) {
  const auto context = std::make_shared<LLMContext>();
  LLMUserAggregatorParams params;
  params.empty_user_turn.interrupted_prompt = "ask again";
  const LLMContextAggregatorPair pair = MakeContextAggregators(context, std::move(params));
  testing::Rig rig({pair.user.get(), pair.assistant.get()});

  rig.Push(Make<LLMFullResponseStartFrame>());
  rig.Push(Make<BotStartedSpeakingFrame>());
  rig.Push(Make<TTSTextFrame>("Where would", TextType::kSentence));
  rig.Wait(milliseconds(100));
  rig.Push(Make<VADUserStartedSpeakingFrame>(0.2, 0.0));
  rig.Push(Make<VADUserStoppedSpeakingFrame>(0.2, 0.0));
  rig.Wait(seconds(6));

  EXPECT_EQ(context->messages(), Json::parse(R"([{"role": "assistant", "content": "Where would"},
    {"role": "developer", "content": "ask again"}])"));
}

TEST(ContextAggregators, ShareOneContext) {
  const auto context = std::make_shared<LLMContext>();
  const LLMContextAggregatorPair pair = MakeContextAggregators(context);
  testing::Rig rig({pair.user.get(), pair.assistant.get()});

  rig.Push(Make<TranscriptionFrame>("hello", "u", ""));
  rig.Wait(seconds(1));
  rig.Push(Make<LLMFullResponseStartFrame>());
  rig.Push(Make<TTSTextFrame>("Hi.", TextType::kSentence));
  rig.Push(Make<LLMFullResponseEndFrame>());
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_EQ(context->messages(), Json::parse(R"([{"role": "user", "content": "hello"},
    {"role": "assistant", "content": "Hi."}])"));
}

TEST(ContextAggregators, CanBeTornDownAtAnyMoment) {
  for (int at_ms = 0; at_ms < 1000; at_ms += 100) {
    const LLMContextAggregatorPair pair = MakeContextAggregators(std::make_shared<LLMContext>());
    testing::Rig rig({pair.user.get(), pair.assistant.get()});
    rig.Push(Make<VADUserStartedSpeakingFrame>(0.2, 0.0));
    rig.Push(Make<TranscriptionFrame>("hello", "u", ""));
    rig.Push(Make<VADUserStoppedSpeakingFrame>(0.2, 0.0));
    rig.Wait(milliseconds(at_ms));
  }
}

}  // namespace
}  // namespace repartee
