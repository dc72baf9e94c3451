#include "repartee/services/tts_service.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "repartee/frames/llm_frames.h"
#include "repartee/frames/transport_frames.h"
#include "repartee/pipeline/testing/rig.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr int kRate = 16000;

AudioBuffer Sound(int ms) {
  AudioBuffer audio = AudioBuffer::Allocate(static_cast<std::size_t>(kRate / 1000 * ms) * 2);
  for (auto& sample : audio.writable()) sample = 10000;
  return audio;
}

TTSServiceOptions Options() {
  TTSServiceOptions options;
  options.sample_rate = kRate;
  return options;
}

// Gives 200 ms of sound for each text, after a wait if it is told to.
class SyncTts final : public TTSService {
 public:
  explicit SyncTts(TTSServiceOptions options = Options(), Nanos delay = Nanos(0))
      : TTSService("SyncTTS", Json::object(), std::move(options)), delay_(delay) {}

  std::vector<std::string> spoken;
  std::string fail_on;
  bool silent = false;

 protected:
  Task<Status> RunTts(std::string text, std::string context_id) override {
    spoken.push_back(text);
    PushTtsUsage(text);
    if (text == fail_on) co_return Status::Unavailable("the voice broke");
    if (delay_ > Nanos(0)) co_await Sleep(loop(), delay_);
    if (!silent) AppendAudio(context_id, Sound(200));
    co_return OkStatus();
  }

 private:
  const Nanos delay_;
};

// Sends texts and is answered later, as a websocket client is.
class RemoteTts final : public TTSService {
 public:
  explicit RemoteTts(TTSServiceOptions options = WordTimes())
      : TTSService("RemoteTTS", Json::object(), std::move(options)) {}

  static TTSServiceOptions WordTimes() {
    TTSServiceOptions options = Options();
    options.push_text_frames = false;
    options.measure_processing = false;
    return options;
  }

  using TTSService::AppendAudio;
  using TTSService::AppendWords;
  using TTSService::EndContext;
  using TTSService::EndTurnContext;
  using TTSService::FailContext;
  using TTSService::IsContextOpen;

  std::vector<std::string> contexts;  // of each request
  std::vector<std::string> flushed;
  std::vector<std::string> interrupted;

 protected:
  Task<Status> RunTts(std::string /*text*/, std::string context_id) override {
    contexts.push_back(context_id);
    co_return OkStatus();
  }
  void FlushAudio(const std::string& id) override { flushed.push_back(id); }
  void OnContextInterrupted(const std::string& id) override { interrupted.push_back(id); }
};

void Answer(testing::Rig& rig, std::initializer_list<const char*> tokens) {
  rig.Push(Make<LLMFullResponseStartFrame>());
  for (const char* token : tokens) rig.Push(Make<LLMTextFrame>(token));
  rig.Push(Make<LLMFullResponseEndFrame>());
}

// Types with text, without times; metrics left out.
std::vector<std::string> Kinds(const std::vector<testing::Observed>& observed) {
  std::vector<std::string> kinds;
  for (const auto& one : observed) {
    std::string kind(one.frame->type_name());
    if (kind == "MetricsFrame" || kind == "AggregatedTextProgressFrame") continue;
    if (const auto* text = one.frame->As<TextFrame>()) kind += "(" + text->text + ")";
    kinds.push_back(std::move(kind));
  }
  return kinds;
}

template <class F>
std::vector<const F*> FramesOf(const std::vector<testing::Observed>& observed) {
  std::vector<const F*> frames;
  for (const auto& one : observed) {
    if (const auto* frame = one.frame->As<F>()) frames.push_back(frame);
  }
  return frames;
}

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

TEST(TTSService, LetsContextsOutInOrderHoweverTheVendorAnswers) {
  RemoteTts tts(Options());
  testing::Rig rig({&tts});
  rig.Push(Make<TTSSpeakFrame>("First."));
  rig.Push(Make<TTSSpeakFrame>("Second."));
  rig.Wait(milliseconds(10));
  ASSERT_EQ(tts.contexts.size(), 2u);

  EXPECT_TRUE(tts.AppendAudio(tts.contexts[1], Sound(20)));
  tts.EndContext(tts.contexts[1]);
  EXPECT_TRUE(tts.AppendAudio(tts.contexts[0], Sound(40)));
  tts.EndContext(tts.contexts[0]);
  EXPECT_FALSE(tts.AppendAudio(tts.contexts[0], Sound(40)));
  rig.Push(Make<EndFrame>());
  rig.Run();

  const auto audio = FramesOf<TTSAudioRawFrame>(rig.downstream());
  ASSERT_EQ(audio.size(), 2u);
  EXPECT_EQ(audio[0]->context_id, tts.contexts[0]);
  EXPECT_EQ(audio[1]->context_id, tts.contexts[1]);
  EXPECT_EQ(tts.flushed, tts.contexts);
}

TEST(TTSService, WordsGetTheirTimesFromTheFirstSound) {
  RemoteTts tts;
  testing::Rig rig({&tts});
  Answer(rig, {"Rain today."});
  rig.Wait(milliseconds(100));
  const std::string id = tts.contexts.at(0);
  tts.AppendWords(id, {{"Rain", milliseconds(0)}, {"today.", milliseconds(150)}});
  rig.Wait(milliseconds(20));
  tts.AppendAudio(id, Sound(300));
  tts.EndContext(id);
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(Kinds(rig.downstream()),
              ElementsAre("LLMFullResponseStartFrame", "AggregatedTextFrame(Rain today.)", "TTSStartedFrame",
                          "TTSTextFrame(Rain)", "TTSTextFrame(today.)", "TTSAudioRawFrame", "TTSStoppedFrame",
                          "LLMFullResponseEndFrame", "EndFrame"));
  const auto words = FramesOf<TTSTextFrame>(rig.downstream());
  const auto first = words[0]->pts;
  EXPECT_EQ(words[1]->pts - first, Nanos(milliseconds(150)).count());
  EXPECT_EQ(FramesOf<AggregatedTextFrame>(rig.downstream())[0]->pts,
            first - Nanos(milliseconds(120)).count());
  EXPECT_EQ(FramesOf<TTSStoppedFrame>(rig.downstream())[0]->pts, words[1]->pts);
  EXPECT_EQ(FramesOf<LLMFullResponseEndFrame>(rig.downstream())[0]->pts, words[1]->pts);
  const auto progress = FramesOf<AggregatedTextProgressFrame>(rig.downstream());
  ASSERT_EQ(progress.size(), 2u);
  EXPECT_EQ(progress[0]->accumulated_text, "Rain");
  EXPECT_EQ(progress[0]->remaining_text, " today.");
  EXPECT_EQ(progress[0]->segment_id, words[0]->segment_id);
}

TEST(TTSService, TextWithoutTimesComesAtTheEndUnlessTheContextFailed) {
  for (const bool fails : {false, true}) {
    RemoteTts tts;
    testing::Rig rig({&tts});
    rig.Push(Make<TTSSpeakFrame>("Never timed."));
    rig.Wait(milliseconds(10));
    tts.AppendAudio(tts.contexts.at(0), Sound(20));
    if (fails) {
      tts.FailContext(tts.contexts.at(0), "the line broke", ErrorCategory::kConnectivity);
    } else {
      tts.EndContext(tts.contexts.at(0));
    }
    rig.Push(Make<EndFrame>());
    rig.Run();

    EXPECT_EQ(FramesOf<TTSTextFrame>(rig.downstream()).size(), fails ? 0u : 1u);
    EXPECT_EQ(FramesOf<TTSStoppedFrame>(rig.downstream()).size(), 1u);
  }
}

TEST(TTSService, AContextOfWhichNothingIsHeardEndsAfterThreeSeconds) {
  RemoteTts tts;
  testing::Rig rig({&tts});
  Answer(rig, {"Hello."});
  rig.Wait(milliseconds(2000));
  tts.AppendAudio(tts.contexts.at(0), Sound(20));
  rig.Wait(milliseconds(2900));
  EXPECT_THAT(FramesOf<TTSStoppedFrame>(rig.downstream()), IsEmpty());
  rig.Wait(milliseconds(200));

  EXPECT_EQ(FramesOf<TTSStoppedFrame>(rig.downstream()).size(), 1u);
  EXPECT_FALSE(tts.IsContextOpen(tts.contexts.at(0)));
}

TEST(TTSService, AnInterruptionTellsTheVendorOfEachContextAndRefusesLateSound) {
  RemoteTts tts;
  testing::Rig rig({&tts});
  rig.Push(Make<TTSSpeakFrame>("First."));
  rig.Push(Make<TTSSpeakFrame>("Second."));
  rig.Wait(milliseconds(10));
  rig.Push(Make<InterruptionFrame>());
  rig.Wait(milliseconds(10));

  EXPECT_EQ(tts.interrupted, tts.contexts);
  EXPECT_FALSE(tts.AppendAudio(tts.contexts.at(0), Sound(20)));
  EXPECT_FALSE(tts.AppendWords(tts.contexts.at(1), {{"late", Nanos(0)}}));
  rig.Push(Make<EndFrame>());
  rig.Run();
  EXPECT_THAT(FramesOf<TTSAudioRawFrame>(rig.downstream()), IsEmpty());
}

TEST(TTSService, AnInterruptionReleasesAnEndThatWaitedForSpeech) {
  RemoteTts tts;
  testing::Rig rig({&tts});
  rig.Push(Make<TTSSpeakFrame>("Goodbye."));
  rig.Push(Make<EndFrame>());
  rig.Wait(milliseconds(500));
  // A task feeds nothing behind an EndFrame: as another processor would send it.
  tts.QueueFrame(Make<InterruptionFrame>(), Direction::kDownstream);
  rig.Run();

  EXPECT_THAT(rig.DownstreamLog().back(), StartsWith("EndFrame@500"));
}

TEST(TTSService, RecutsSoundThatEndsInsideASample) {
  RemoteTts tts(Options());
  testing::Rig rig({&tts});
  rig.Push(Make<TTSSpeakFrame>("Odd."));
  rig.Wait(milliseconds(10));
  const std::string& id = tts.contexts.at(0);
  tts.AppendAudio(id, AudioBuffer::CopyBytes("abc"));
  tts.AppendAudio(id, AudioBuffer::CopyBytes("d"));
  tts.AppendAudio(id, AudioBuffer::CopyBytes("e"));
  tts.EndContext(id);
  rig.Push(Make<EndFrame>());
  rig.Run();

  std::string bytes;
  for (const auto* frame : FramesOf<TTSAudioRawFrame>(rig.downstream())) {
    EXPECT_EQ(frame->audio.size() % 2, 0u);
    bytes += frame->audio.bytes();
  }
  EXPECT_EQ(bytes, std::string("abcde\0", 6));
}

TEST(TTSService, TransformsChangeWhatIsSpokenAndNotWhatIsAnnounced) {
  TTSServiceOptions options = Options();
  options.append_trailing_space = true;
  options.text_transforms.push_back(
      [](std::string_view text, TextType) { return "<" + std::string(text) + ">"; });
  SyncTts tts(options);
  testing::Rig rig({&tts});
  Answer(rig, {"\n\nHi."});
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(tts.spoken, ElementsAre("<Hi.> "));
  EXPECT_EQ(FramesOf<AggregatedTextFrame>(rig.downstream())[0]->text, "Hi.");
}

TEST(TTSService, ANewContextCanBeginInsideAnAnswer) {
  RemoteTts tts;
  testing::Rig rig({&tts});
  rig.Push(Make<LLMFullResponseStartFrame>());
  rig.Push(Make<LLMTextFrame>("First voice. X"));
  rig.Wait(milliseconds(10));
  tts.EndTurnContext();
  tts.AppendAudio(tts.contexts.at(0), Sound(20));
  tts.EndContext(tts.contexts.at(0));
  rig.Push(Make<LLMTextFrame>(" second voice."));
  rig.Push(Make<LLMFullResponseEndFrame>());
  rig.Wait(milliseconds(10));

  ASSERT_EQ(tts.contexts.size(), 2u);
  EXPECT_NE(tts.contexts[0], tts.contexts[1]);
  EXPECT_EQ(tts.flushed, tts.contexts);
}

// Notes what it is told.
class Notes final : public TtsContextObserver {
 public:
  void OnContextOpened(const TTSService&, const std::string&) override { lines.push_back("opened"); }
  void OnTextSent(const TTSService&, const std::string&, std::string_view text) override {
    lines.push_back("sent " + std::string(text));
  }
  void OnFirstAudio(const TTSService&, const std::string&, std::optional<double>) override {
    lines.push_back("first audio");
  }
  void OnAudioEnd(const TTSService&, const std::string&) override { lines.push_back("audio end"); }
  void OnFailed(const TTSService&, const std::string&, std::string_view) override {
    lines.push_back("failed");
  }
  void OnInterrupted(const TTSService&, const std::string&) override { lines.push_back("interrupted"); }
  void OnClosed(const TTSService&, const std::string&) override { lines.push_back("closed"); }
  std::vector<std::string> lines;
};

TEST(TTSService, TellsAnObserverOfEachContext) {
  Notes notes;
  SyncTts tts(Options(), milliseconds(100));
  tts.set_context_observer(&notes);
  testing::Rig rig({&tts});
  Answer(rig, {"One. Two."});
  rig.Wait(milliseconds(300));
  rig.Push(Make<TTSSpeakFrame>("Three."));
  rig.Wait(milliseconds(50));
  rig.Push(Make<InterruptionFrame>());
  rig.Wait(milliseconds(50));

  EXPECT_THAT(notes.lines, ElementsAre("opened", "sent One.", "first audio", "sent Two.", "audio end",
                                       "closed", "opened", "sent Three.", "interrupted"));
}

TEST(TTSService, CanBeStoppedAtAnyMoment) {
  for (int stop_after = 0; stop_after < 30; ++stop_after) {
    SyncTts tts(Options(), milliseconds(30));
    testing::Rig rig({&tts});
    Answer(rig, {"One. Two.", " Three. Four"});
    if (stop_after % 3 == 0) rig.Push(Make<EndFrame>());
    rig.Wait(milliseconds(5 * stop_after));
  }
}

}  // namespace
}  // namespace repartee
