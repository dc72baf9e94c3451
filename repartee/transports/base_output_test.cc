#include "repartee/transports/base_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>

#include "repartee/frames/service_frames.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/pipeline/testing/rig.h"
#include "repartee/transports/paced_output_for_test.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Observed;
using testing::PacedOutput;
using testing::Rig;

constexpr int kRate = 16000;

AudioBuffer Samples(std::size_t count, std::int16_t value = 10000) {
  AudioBuffer audio = AudioBuffer::Allocate(count * 2);
  std::fill(audio.writable().begin(), audio.writable().end(), value);
  return audio;
}
FramePtr Speech(std::size_t samples) { return Make<TTSAudioRawFrame>(Samples(samples), kRate, 1, "c"); }

std::vector<std::string> Types(const std::vector<Observed>& observed) {
  std::vector<std::string> types;
  for (const Observed& one : observed) types.emplace_back(one.frame->type_name());
  return types;
}
std::size_t Count(const std::vector<Observed>& observed, FrameType type) {
  return static_cast<std::size_t>(std::count_if(
      observed.begin(), observed.end(), [type](const Observed& one) { return one.frame->type() == type; }));
}

Json Recorded(const char* name) {
  std::ifstream in(std::string(REPARTEE_SOURCE_DIR "/tests/golden/runtime/") + name + ".json");
  return Json::parse(in);
}

// The frames of one side, at the recorded times: 40 ms or a tenth may lie between.
void ExpectRecorded(const Json& recorded, const std::vector<Observed>& observed) {
  ASSERT_EQ(observed.size(), recorded.size());
  for (std::size_t i = 0; i < observed.size(); ++i) {
    const Json& frame = recorded[i]["frame"];
    EXPECT_EQ(observed[i].frame->type_name(), frame["type"].get<std::string>()) << i;
    if (recorded[i]["at_ms"].is_null()) continue;
    const double at = recorded[i]["at_ms"];
    EXPECT_NEAR(observed[i].at_ms, at, std::max(40.0, at / 10)) << i;
    if (const auto* audio = observed[i].frame->As<OutputAudioRawFrame>()) {
      EXPECT_EQ(audio->audio.size(), frame["fields"]["audio"]["bytes"].get<std::size_t>()) << i;
    }
    if (const auto* text = observed[i].frame->As<TextFrame>()) {
      EXPECT_EQ(text->text, frame["fields"]["text"].get<std::string>()) << i;
    }
  }
}

// As the assistant aggregator is, behind the output.
class Behind final : public FrameProcessor {
 public:
  Behind() : FrameProcessor("Behind") {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    Push(std::move(frame), direction);
    return OkStatus();
  }
};

TEST(BaseOutputTransport, LetsWhatStandsInFrontOfTheSpeechGoAhead) {
  PacedOutput output;
  Behind behind;
  Rig rig({&output, &behind});

  rig.Push(Make<TTSStartedFrame>("c"));
  rig.Push(Speech(640));
  rig.Wait(milliseconds(1));

  EXPECT_THAT(Types(rig.downstream()),
              ElementsAre("TTSStartedFrame", "BotStartedSpeakingFrame", "BotSpeakingFrame"));
}

TEST(BaseOutputTransport, PlaysRecordedSpeechInChunksAndTellsWhenTheBotSpeaks) {
  const Json recorded = Recorded("output_bot_speech");
  PacedOutput output;
  Rig rig({&output});
  const double begin = rig.now_ms();
  const Nanos began = rig.loop().now();
  rig.Push(Make<TTSStartedFrame>("c"));
  rig.Push(Speech(4000));
  rig.Push(Speech(3200));
  rig.Push(Make<TTSStoppedFrame>("c"));
  rig.Wait(milliseconds(800));
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_EQ(begin, 0);
  ExpectRecorded(recorded["observed"]["downstream"], rig.downstream());
  ExpectRecorded(recorded["observed"]["upstream"], rig.upstream());
  const Json& writes = recorded["also"]["audio_writes"];
  ASSERT_EQ(output.writes.size(), writes.size());
  for (std::size_t i = 0; i < writes.size(); ++i) {
    const double at = ToSeconds(output.writes[i].at - began) * 1000;
    EXPECT_NEAR(at, writes[i]["at_ms"].get<double>(), std::max(40.0, at / 10)) << i;
    EXPECT_EQ(output.writes[i].chunk->audio.size(), writes[i]["bytes"].get<std::size_t>());
  }
  const auto last = output.writes.back().chunk->audio.samples();
  EXPECT_EQ(last[159], 10000);
  EXPECT_EQ(last[160], 0);
  EXPECT_TRUE(output.stopped);
}

TEST(BaseOutputTransport, TellsOfSpeakingEveryFiveChunks) {
  PacedOutput output;
  Rig rig({&output});
  rig.Push(Speech(16000));
  rig.Wait(milliseconds(999));

  EXPECT_EQ(Count(rig.downstream(), FrameType::kBotSpeaking), 5u);
}

TEST(BaseOutputTransport, LetsTimedFramesGoAtTheirTime) {
  const Json recorded = Recorded("output_pts_order");
  PacedOutput output;
  Rig rig({&output});
  const Nanos now = rig.loop().now() - rig.task().setup().started_at;
  const auto word = [now](const char* text, int in_ms) {
    auto frame = Make<TTSTextFrame>(text, TextType::kWord);
    if (in_ms > 0) frame->pts = (now + milliseconds(in_ms)).count();
    return frame;
  };
  rig.Push(word("third", 300));
  rig.Push(word("first", 100));
  rig.Push(word("second", 200));
  rig.Push(word("now", 0));
  rig.Wait(milliseconds(500));
  rig.Push(Make<EndFrame>());
  rig.Run();

  ExpectRecorded(recorded["observed"]["downstream"], rig.downstream());
}

TEST(BaseOutputTransport, TheEndWaitsForSoundSilenceAndTimedFrames) {
  TransportParams params = PacedOutput::Params();
  params.audio_out_end_silence = milliseconds(500);
  PacedOutput output(params);
  Rig rig({&output});
  auto word = Make<TTSTextFrame>("late", TextType::kWord);
  word->pts = (rig.loop().now() - rig.task().setup().started_at + milliseconds(900)).count();
  rig.Push(word);
  rig.Push(Speech(1600));
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_EQ(rig.DownstreamLog().back(), "EndFrame@900");
  EXPECT_EQ(output.writes.back().chunk->audio.size(), 16000u);
}

TEST(BaseOutputTransport, AnInterruptionLeavesNothingStaleOfAThousandChunks) {
  PacedOutput output;
  Rig rig({&output});
  rig.Push(Make<TTSStartedFrame>("c"));
  rig.Push(Speech(640 * 1000));
  auto word = Make<TTSTextFrame>("stale", TextType::kWord);
  word->pts = (rig.loop().now() - rig.task().setup().started_at + milliseconds(500)).count();
  rig.Push(word);
  rig.Push(Make<TTSStoppedFrame>("c"));
  rig.Wait(milliseconds(100));
  const std::size_t before = output.writes.size();
  rig.Push(Make<InterruptionFrame>());
  rig.Wait(milliseconds(1000));

  EXPECT_EQ(output.writes.size(), before);
  const auto types = Types(rig.downstream());
  const auto interruption = std::find(types.begin(), types.end(), "InterruptionFrame");
  // The write under way is finished.
  EXPECT_THAT(std::vector(interruption, types.end()),
              ElementsAre("InterruptionFrame", "BotStoppedSpeakingFrame", "TTSAudioRawFrame"));

  rig.Push(Make<TTSStartedFrame>("d"));
  rig.Push(Speech(640));
  rig.Push(Make<TTSStoppedFrame>("d"));
  rig.Push(Make<EndFrame>());
  rig.Run();
  EXPECT_EQ(output.writes.size(), before + 1);
  EXPECT_EQ(Count(rig.downstream(), FrameType::kBotStoppedSpeaking), 2u);
}

TEST(BaseOutputTransport, UninterruptibleSpeechIsPlayedToItsEnd) {
  PacedOutput output;
  Rig rig({&output});
  auto speech = Make<TTSAudioRawFrame>(Samples(3000), kRate, 1, "c");
  speech->set_interruptible(false);
  auto stopped = Make<TTSStoppedFrame>("c");
  stopped->set_interruptible(false);
  rig.Push(speech);
  rig.Wait(milliseconds(10));
  rig.Push(Make<InterruptionFrame>());
  rig.Push(stopped);
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_EQ(output.writes.size(), 5u);
  const auto types = Types(rig.downstream());
  EXPECT_EQ(types[types.size() - 3], "BotStoppedSpeakingFrame");
}

TEST(BaseOutputTransport, CutsAnyFrameSizesIntoChunksWithoutLosingASample) {
  std::mt19937 random(7);
  PacedOutput output;
  Rig rig({&output});
  std::vector<std::int16_t> said;
  for (int i = 0; i < 200; ++i) {
    std::vector<std::int16_t> piece(random() % 2000);
    for (auto& sample : piece) said.push_back(sample = static_cast<std::int16_t>(random() % 20000 + 1));
    rig.Push(Make<TTSAudioRawFrame>(AudioBuffer::Copy(piece), kRate, 1, "c"));
  }
  rig.Push(Make<TTSStoppedFrame>("c"));
  rig.Push(Make<EndFrame>());
  rig.Run();

  std::vector<std::int16_t> played;
  for (const auto& write : output.writes) {
    EXPECT_EQ(write.chunk->audio.size(), 1280u);
    const auto samples = write.chunk->audio.samples();
    played.insert(played.end(), samples.begin(), samples.end());
  }
  ASSERT_GE(played.size(), said.size());
  EXPECT_LT(played.size() - said.size(), 640u);
  EXPECT_TRUE(std::equal(said.begin(), said.end(), played.begin()));
  EXPECT_TRUE(std::all_of(played.begin() + static_cast<std::ptrdiff_t>(said.size()), played.end(),
                          [](auto s) { return s == 0; }));
}

TEST(BaseOutputTransport, ATtsThatForgetsItsEndStopsTheBotAfterThreeSeconds) {
  PacedOutput output;
  Rig rig({&output});
  rig.Push(Speech(640));
  rig.Wait(milliseconds(3039));
  EXPECT_EQ(Count(rig.downstream(), FrameType::kBotStoppedSpeaking), 0u);
  rig.Wait(milliseconds(2));

  EXPECT_EQ(Count(rig.downstream(), FrameType::kBotStoppedSpeaking), 1u);
  EXPECT_EQ(Count(rig.upstream(), FrameType::kBotStoppedSpeaking), 1u);
}

TEST(BaseOutputTransport, SilenceEndsTheSpeechOfASpeechToSpeechService) {
  PacedOutput output;
  Rig rig({&output});
  rig.Push(Make<SpeechOutputAudioRawFrame>(Samples(640, 5), kRate, 1));
  rig.Push(Make<SpeechOutputAudioRawFrame>(Samples(640), kRate, 1));
  rig.Push(Make<SpeechOutputAudioRawFrame>(Samples(640 * 20, 5), kRate, 1));
  rig.Wait(milliseconds(2000));

  std::vector<std::string> notices;
  for (const std::string& line : rig.DownstreamLog()) {
    if (line.starts_with("BotSt")) notices.push_back(line);
  }
  EXPECT_THAT(notices, ElementsAre("BotStartedSpeakingFrame@40", "BotStoppedSpeakingFrame@400"));
}

TEST(BaseOutputTransport, MusicIsNoSpeech) {
  PacedOutput output;
  Rig rig({&output});
  rig.Push(Make<OutputAudioRawFrame>(Samples(640), kRate, 1));
  rig.Wait(milliseconds(100));

  EXPECT_EQ(output.writes.size(), 1u);
  EXPECT_EQ(Count(rig.downstream(), FrameType::kBotStartedSpeaking), 0u);
}

TEST(BaseOutputTransport, AHungWriteMakesItOfNoUseAndLetsTheConversationEnd) {
  PacedOutput output;
  output.hang_at = 1;
  Rig rig({&output});
  rig.Push(Speech(640 * 5));
  rig.Push(Make<TTSStoppedFrame>("c"));
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_EQ(output.writes.size(), 2u);
  EXPECT_EQ(rig.DownstreamLog().back(), "EndFrame@10040");
  ASSERT_EQ(Count(rig.upstream(), FrameType::kError), 1u);
  EXPECT_THAT(Types(rig.downstream()), ::testing::Contains("TTSStoppedFrame"));
}

TEST(BaseOutputTransport, ASilenceLongerThanTheWriteLimitIsPlayed) {
  TransportParams params = PacedOutput::Params();
  params.audio_out_end_silence = milliseconds(2000);
  params.audio_out_write_timeout = milliseconds(1000);
  PacedOutput output(params);
  Rig rig({&output});
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(rig.DownstreamLog(), ElementsAre("EndFrame@2000"));
  EXPECT_EQ(Count(rig.upstream(), FrameType::kError), 0u);
}

TEST(BaseOutputTransport, EndsThoughTheSilenceAtItsEndHangs) {
  TransportParams params = PacedOutput::Params();
  params.audio_out_end_silence = milliseconds(200);
  PacedOutput output(params);
  output.hang_at = 0;
  Rig rig({&output});
  rig.Push(Make<EndFrame>());
  rig.Wait(std::chrono::seconds(30));

  EXPECT_THAT(rig.DownstreamLog(), ElementsAre("EndFrame@10200"));
  EXPECT_EQ(Count(rig.upstream(), FrameType::kError), 1u);
}

TEST(BaseOutputTransport, AFailingWireIsReportedOnce) {
  PacedOutput output;
  output.fails = true;
  Rig rig({&output});
  rig.Push(Speech(640 * 50));
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_EQ(Count(rig.upstream(), FrameType::kError), 1u);
  EXPECT_EQ(Count(rig.downstream(), FrameType::kTTSAudioRaw), 0u);
}

TEST(BaseOutputTransport, MessagesKeepTheirPlaceBetweenSoundsAndUrgentOnesDoNot) {
  PacedOutput output;
  Rig rig({&output});
  rig.Push(Speech(640));
  rig.Push(Make<OutputTransportMessageFrame>(Json("after")));
  rig.Push(Make<OutputTransportMessageUrgentFrame>(Json("now")));
  rig.Wait(milliseconds(20));
  EXPECT_THAT(output.messages, ElementsAre(Json("now")));
  rig.Wait(milliseconds(40));

  EXPECT_THAT(output.messages, ElementsAre(Json("now"), Json("after")));
  EXPECT_EQ(Count(rig.downstream(), FrameType::kOutputTransportMessage), 1u);
  EXPECT_EQ(Count(rig.downstream(), FrameType::kOutputTransportMessageUrgent), 0u);
}

TEST(BaseOutputTransport, ChangesRateAndChannelsToItsOwn) {
  PacedOutput output;
  Rig rig({&output});
  AudioBuffer stereo = Samples(24000 * 2);  // a second
  rig.Push(Make<TTSAudioRawFrame>(stereo, 24000, 2, "c"));
  rig.Push(Make<TTSStoppedFrame>("c"));
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_EQ(output.writes.size(), 25u);
  EXPECT_NEAR(output.writes[12].chunk->audio.samples()[0], 10000, 200);
}

TEST(BaseOutputTransport, RefusesSoundThatNoSoundCanBe) {
  PacedOutput output;
  Rig rig({&output});
  rig.Push(Make<TTSAudioRawFrame>(Samples(640), kRate, 0, "c"));
  rig.Push(Make<TTSAudioRawFrame>(Samples(640), 5, 1, "c"));
  rig.Push(Make<TTSAudioRawFrame>(AudioBuffer::CopyBytes("odd"), kRate, 1, "c"));
  auto elsewhere = Make<TTSAudioRawFrame>(Samples(640), kRate, 1, "c");
  elsewhere->set_transport_destination("music");
  rig.Push(elsewhere);
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_EQ(Count(rig.upstream(), FrameType::kError), 2u);
  ASSERT_EQ(output.writes.size(), 1u);  // the whole sample of the odd one, padded
  EXPECT_EQ(rig.DownstreamLog().back(), "EndFrame@40");
}

TEST(BaseOutputTransport, AppliesTheVolumeAndClips) {
  TransportParams params = PacedOutput::Params();
  params.audio_out_volume = 4.0f;
  PacedOutput output(params);
  Rig rig({&output});
  const FramePtr speech = Speech(640);
  rig.Push(speech);
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_EQ(output.writes.at(0).chunk->audio.samples()[0], 32767);
  EXPECT_EQ(speech->As<OutputAudioRawFrame>()->audio.samples()[0], 10000);
  EXPECT_TRUE(output.writes[0].chunk->Is<TTSAudioRawFrame>());
}

TEST(BaseOutputTransport, PlaysNothingWhenAudioIsOff) {
  TransportParams params;
  PacedOutput output(params);
  Rig rig({&output});
  rig.Push(Speech(640));
  rig.Push(Make<TextFrame>("hello"));
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(output.writes, IsEmpty());
  EXPECT_THAT(rig.DownstreamLog(), ElementsAre("TextFrame(hello)@0", "EndFrame@0"));
}

TEST(BaseOutputTransport, ParametersThatCannotBePlayedAreAnError) {
  TransportParams params = PacedOutput::Params();
  params.audio_out_channels = 0;
  PacedOutput output(params);
  Rig rig({&output});
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_EQ(rig.DownstreamLog(), std::vector<std::string>{"EndFrame@0"});
}

TEST(BaseOutputTransport, CanBeStoppedAtAnyMoment) {
  for (int stop_after = 0; stop_after < 40; ++stop_after) {
    PacedOutput output;
    Rig rig({&output});
    rig.Push(Speech(2000));
    auto word = Make<TTSTextFrame>("word", TextType::kWord);
    word->pts = Nanos(milliseconds(100)).count();
    rig.Push(word);
    if (stop_after % 2 == 0) rig.Push(Make<EndFrame>());
    rig.Wait(milliseconds(5 * stop_after));
    if (stop_after % 3 == 0) rig.task().Cancel();
  }
}

}  // namespace
}  // namespace repartee
