#include "repartee/services/tts_service.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "repartee/frames/transport_frames.h"
#include "repartee/services/tts_for_test.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using testing::Answer;
using ::testing::ElementsAre;
using testing::FramesOf;
using ::testing::IsEmpty;
using testing::Kinds;
using testing::Options;
using testing::SyncTts;

Json Recorded(const char* name) {
  std::ifstream in(std::string(REPARTEE_SOURCE_DIR "/tests/golden/runtime/") + name + ".json");
  return Json::parse(in);
}

TEST(TTSService, SpeaksARecordedAnswerSentenceBySentence) {
  const Json recorded = Recorded("tts_sentences");
  SyncTts tts;
  testing::Rig rig({&tts});
  Answer(rig, {"Hel", "lo there.", " How", " are you", "?"});
  rig.Wait(milliseconds(400));
  rig.Push(Make<EndFrame>());
  rig.Run();

  std::vector<std::string> expected;
  for (const Json& one : recorded["observed"]["downstream"]) {
    const Json& frame = one["frame"];
    std::string kind = frame["type"];
    if (frame.contains("fields") && frame["fields"].contains("text"))
      kind += "(" + frame["fields"]["text"].get<std::string>() + ")";
    expected.push_back(std::move(kind));
  }
  EXPECT_EQ(Kinds(rig.downstream()), expected);

  const auto texts = FramesOf<AggregatedTextFrame>(rig.downstream());
  ASSERT_EQ(texts.size(), 4u);
  EXPECT_FALSE(texts[0]->append_to_context);
  EXPECT_TRUE(texts[0]->will_be_spoken);
  EXPECT_EQ(texts[0]->raw_text, "Hello there.");
  EXPECT_EQ(texts[0]->pts, 0);
  const auto* spoken = rig.downstream()[4].frame->As<TTSTextFrame>();
  ASSERT_NE(spoken, nullptr);
  EXPECT_TRUE(spoken->append_to_context);
  EXPECT_TRUE(spoken->will_be_spoken);
  EXPECT_EQ(spoken->raw_text, std::nullopt);
  EXPECT_TRUE(spoken->segment_id.has_value());
  const auto audio = FramesOf<TTSAudioRawFrame>(rig.downstream());
  ASSERT_EQ(audio.size(), 2u);
  EXPECT_EQ(audio[0]->audio.size(), 6400u);
  EXPECT_EQ(audio[0]->context_id, audio[1]->context_id);
}

TEST(TTSService, TellsTheProgramEachTextThatGoesToTheVendor) {
  SyncTts tts;
  testing::Rig rig({&tts});
  std::vector<std::string> contexts;
  std::vector<std::string> texts;
  tts.on_tts_request.Connect([&](const std::string& context_id, const std::string& text) {
    contexts.push_back(context_id);
    texts.push_back(text);
  });
  Answer(rig, {"One. ", "Two."});
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(texts, ElementsAre("One.", "Two."));
  EXPECT_FALSE(contexts[0].empty());
  EXPECT_EQ(contexts[0], contexts[1]);
}

TEST(TTSService, FramesBehindASpeechWaitForIt) {
  SyncTts tts(Options(), milliseconds(300));
  testing::Rig rig({&tts});
  Answer(rig, {"One."});
  rig.Push(Make<OutputTransportMessageFrame>(Json::object()));
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(rig.DownstreamLog(),
              ElementsAre("LLMFullResponseStartFrame@0", "AggregatedTextFrame(One.)@0", "TTSStartedFrame@0",
                          "TTSAudioRawFrame@300", "TTSTextFrame(One.)@300", "TTSStoppedFrame@300",
                          "LLMFullResponseEndFrame@300", "OutputTransportMessageFrame@300", "EndFrame@300"));
}

TEST(TTSService, AnInterruptionEndsTheSpeechAndForgetsTheText) {
  SyncTts tts(Options(), milliseconds(300));
  testing::Rig rig({&tts});
  rig.Push(Make<LLMFullResponseStartFrame>());
  rig.Push(Make<LLMTextFrame>("One. Two. Th"));
  rig.Wait(milliseconds(450));
  rig.Push(Make<InterruptionFrame>());
  rig.Wait(milliseconds(100));
  Answer(rig, {"Yes?"});
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(Kinds(rig.downstream()),
              ElementsAre("LLMFullResponseStartFrame", "AggregatedTextFrame(One.)", "TTSStartedFrame",
                          "TTSAudioRawFrame", "TTSTextFrame(One.)", "AggregatedTextFrame(Two.)",
                          "InterruptionFrame", "LLMFullResponseStartFrame", "AggregatedTextFrame(Yes?)",
                          "TTSStartedFrame", "TTSAudioRawFrame", "TTSTextFrame(Yes?)", "TTSStoppedFrame",
                          "LLMFullResponseEndFrame", "EndFrame"));
}

TEST(TTSService, ABackchannelSurvivesAnInterruption) {
  SyncTts tts(Options(), milliseconds(300));
  testing::Rig rig({&tts});
  rig.Push(Make<BotBackchannelFrame>("Mm-hm."));
  rig.Wait(milliseconds(100));
  rig.Push(Make<InterruptionFrame>());
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(Kinds(rig.downstream()),
              ElementsAre("AggregatedTextFrame(Mm-hm.)", "TTSStartedFrame", "InterruptionFrame",
                          "TTSAudioRawFrame", "TTSTextFrame(Mm-hm.)", "TTSStoppedFrame", "EndFrame"));
  const auto texts = FramesOf<TTSTextFrame>(rig.downstream());
  EXPECT_FALSE(texts[0]->append_to_context);
  EXPECT_FALSE(texts[0]->interruptible());
}

TEST(TTSService, ATextSpokenForTheApplicationIsToldToTheAggregatorBeforeItsEnd) {
  SyncTts tts;
  testing::Rig rig({&tts});
  rig.Push(Make<TTSSpeakFrame>("Hello. How are you?"));
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(tts.spoken, ElementsAre("Hello. How are you?"));
  EXPECT_THAT(Kinds(rig.downstream()),
              ElementsAre("AggregatedTextFrame(Hello. How are you?)", "TTSStartedFrame", "TTSAudioRawFrame",
                          "TTSTextFrame(Hello. How are you?)", "LLMAssistantPushAggregationFrame",
                          "TTSStoppedFrame", "EndFrame"));
}

TEST(TTSService, SkippedTextIsPassedOnUnspokenInOrder) {
  SyncTts tts;
  testing::Rig rig({&tts});
  auto start = Make<LLMFullResponseStartFrame>();
  start->skip_tts = true;
  rig.Push(start);
  rig.Push(Make<LLMTextFrame>("Only shown. Really"));
  rig.Push(Make<LLMFullResponseEndFrame>());
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(Kinds(rig.downstream()),
              ElementsAre("LLMFullResponseStartFrame", "AggregatedTextFrame(Only shown.)",
                          "AggregatedTextFrame(Really)", "LLMFullResponseEndFrame", "EndFrame"));
  EXPECT_EQ(FramesOf<AggregatedTextFrame>(rig.downstream())[0]->skip_tts, true);
  EXPECT_THAT(tts.spoken, IsEmpty());
}

TEST(TTSService, ATextThatFailedIsNotShownAsSpoken) {
  SyncTts tts;
  tts.fail_on = "Two.";
  testing::Rig rig({&tts});
  Answer(rig, {"One. Two. Three."});
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(
      Kinds(rig.downstream()),
      ElementsAre("LLMFullResponseStartFrame", "AggregatedTextFrame(One.)", "TTSStartedFrame",
                  "TTSAudioRawFrame", "TTSTextFrame(One.)", "AggregatedTextFrame(Two.)", "TTSStoppedFrame",
                  "AggregatedTextFrame(Three.)", "TTSStartedFrame", "TTSAudioRawFrame",
                  "TTSTextFrame(Three.)", "TTSStoppedFrame", "LLMFullResponseEndFrame", "EndFrame"));
  EXPECT_EQ(FramesOf<ErrorFrame>(rig.upstream()).size(), 1u);
}

TEST(TTSService, ThreeTextsWithoutSoundMakeItOfNoUse) {
  SyncTts tts;
  tts.silent = true;
  testing::Rig rig({&tts});
  for (int i = 0; i < 5; ++i) rig.Push(Make<TTSSpeakFrame>("Anybody?"));
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_EQ(tts.spoken.size(), 3u);
  EXPECT_FALSE(tts.usable());
  EXPECT_EQ(FramesOf<ErrorFrame>(rig.upstream()).size(), 3u);
  EXPECT_EQ(FramesOf<TTSStoppedFrame>(rig.downstream()).size(),
            FramesOf<TTSStartedFrame>(rig.downstream()).size());
}

TEST(TTSService, MeasuresAggregationFirstByteProcessingAndUsage) {
  SyncTts tts(Options(), milliseconds(250));
  auto options = testing::Rig::DefaultOptions();
  options.params.enable_metrics = options.params.enable_usage_metrics = true;
  testing::Rig rig({&tts}, options);
  rig.Push(Make<LLMFullResponseStartFrame>());
  rig.Push(Make<LLMTextFrame>("One"));
  rig.Wait(milliseconds(40));
  rig.Push(Make<LLMTextFrame>(", né."));
  rig.Push(Make<LLMFullResponseEndFrame>());
  rig.Push(Make<EndFrame>());
  rig.Run();

  std::vector<std::string> measured;
  for (const auto* frame : FramesOf<MetricsFrame>(rig.downstream())) {
    for (const MetricsData& data : frame->data) {
      if (const auto* v = std::get_if<TextAggregationMetricsData>(&data.value))
        measured.push_back(fmt::format("aggregation {}", v->value));
      if (const auto* v = std::get_if<TTFBMetricsData>(&data.value))
        measured.push_back(fmt::format("ttfb {}", v->value));
      if (const auto* v = std::get_if<ProcessingMetricsData>(&data.value))
        measured.push_back(fmt::format("processing {}", v->value));
      if (const auto* v = std::get_if<TTSUsageMetricsData>(&data.value))
        measured.push_back(fmt::format("characters {}", v->value));
    }
  }
  EXPECT_THAT(measured, ElementsAre("ttfb 0", "processing 0", "aggregation 0.04", "characters 8", "ttfb 0.25",
                                    "processing 0.25"));
}

}  // namespace
}  // namespace repartee
