// Contexts of a voice that is answered later: order, words and their times, interruptions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/frames/transport_frames.h"
#include "repartee/services/testing/observed.h"
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
using testing::RemoteTts;
using testing::Sound;
using ::testing::StartsWith;
using testing::SyncTts;

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

TEST(TTSService, MeasuresNoContextThatWaitedBehindAnUnansweredOne) {
  RemoteTts tts(Options());
  testing::Rig rig({&tts}, testing::WithMetrics());
  rig.Push(Make<TTSSpeakFrame>("First."));
  rig.Push(Make<TTSSpeakFrame>("Second."));
  rig.Wait(milliseconds(100));
  for (const std::string& id : tts.contexts) {
    tts.AppendAudio(id, Sound(200));
    tts.EndContext(id);
  }
  rig.Push(Make<TTSSpeakFrame>("Third."));
  rig.Wait(milliseconds(50));
  tts.AppendAudio(tts.contexts.at(2), Sound(200));
  rig.Wait(milliseconds(1));

  const auto ttfb = testing::Measured<TTFBMetricsData>(rig.downstream());
  ASSERT_EQ(ttfb.size(), 2u);
  EXPECT_NEAR(ttfb[0].value, 0.1, 1e-9);
  EXPECT_NEAR(ttfb[1].value, 0.05, 1e-9);
}

TEST(TTSService, TellsATextWithoutAnyTimesWithItsFirstSound) {
  RemoteTts tts;
  testing::Rig rig({&tts});
  Answer(rig, {"Rain today."});
  rig.Wait(milliseconds(100));
  tts.AppendAudio(tts.contexts.at(0), Sound(300));
  rig.Wait(milliseconds(50));
  tts.EndContext(tts.contexts.at(0));
  rig.Wait(milliseconds(1));

  const auto words = FramesOf<TTSTextFrame>(rig.downstream());
  const auto announced = FramesOf<AggregatedTextFrame>(rig.downstream());
  ASSERT_EQ(words.size(), 1u);
  EXPECT_EQ(words[0]->pts, announced.at(0)->pts + Nanos(milliseconds(100)).count());
  const auto progress = FramesOf<AggregatedTextProgressFrame>(rig.downstream());
  ASSERT_EQ(progress.size(), 1u);
  EXPECT_EQ(progress[0]->accumulated_text, "Rain today.");
  EXPECT_EQ(progress[0]->remaining_text, "");
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

// A voice that has said "Rain" of "Rain today.", and of the rest so far a part of a message.
void BeginToDrip(RemoteTts& tts, testing::Rig& rig) {
  Answer(rig, {"Rain today."});
  rig.Wait(milliseconds(10));
  tts.AppendWords(tts.contexts.at(0), {{"Rain", milliseconds(0)}});
  tts.AppendAudio(tts.contexts.at(0), Sound(20));
  tts.drips = true;
}

TEST(TTSService, AMessageThatDripsInIsWaitedFor) {
  RemoteTts tts;
  testing::Rig rig({&tts});
  BeginToDrip(tts, rig);
  rig.Wait(milliseconds(8000));
  EXPECT_THAT(FramesOf<TTSStoppedFrame>(rig.downstream()), IsEmpty());
  tts.drips = false;
  EXPECT_TRUE(tts.AppendAudio(tts.contexts.at(0), Sound(20)));
  tts.EndContext(tts.contexts.at(0));
  rig.Wait(milliseconds(10));

  EXPECT_EQ(FramesOf<TTSAudioRawFrame>(rig.downstream()).size(), 2u);
  EXPECT_EQ(FramesOf<TTSTextFrame>(rig.downstream()).size(), 2u);
  EXPECT_EQ(FramesOf<TTSStoppedFrame>(rig.downstream()).size(), 1u);
}

TEST(TTSService, WhatAMessageThatNeverEndsWouldHaveSaidIsNotSpoken) {
  RemoteTts tts;
  testing::Rig rig({&tts});
  BeginToDrip(tts, rig);
  rig.Wait(std::chrono::seconds(40));

  EXPECT_FALSE(tts.IsContextOpen(tts.contexts.at(0)));
  const auto spoken = FramesOf<TTSTextFrame>(rig.downstream());
  ASSERT_EQ(spoken.size(), 1u);
  EXPECT_EQ(spoken[0]->text, "Rain");
  EXPECT_EQ(FramesOf<ErrorFrame>(rig.upstream()).size(), 1u);
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
