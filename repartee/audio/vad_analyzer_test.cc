#include "repartee/audio/vad_analyzer.h"

#include <gmock/gmock.h>

#include <cmath>

#include "repartee/audio/golden_for_test.h"
#include "repartee/audio/wav.h"

namespace repartee {
namespace {

using testing::HasSubstr;
using Samples = std::vector<std::int16_t>;

// The i-th window gets the i-th of the values; the last one repeats.
class Scripted final : public VoiceConfidence {
 public:
  explicit Scripted(std::vector<float> values, int* resets = nullptr)
      : values_(std::move(values)), resets_(resets) {}

  float Confidence(std::span<const std::int16_t>) override {
    return values_[std::min(next_++, values_.size() - 1)];
  }
  void Reset() override {
    if (resets_ != nullptr) ++*resets_;
  }

 private:
  std::vector<float> values_;
  std::size_t next_ = 0;
  int* resets_;
};

class FixedVolume final : public VolumeMeter {
 public:
  explicit FixedVolume(float volume) : volume_(volume) {}
  float Update(std::span<const std::int16_t>) override { return volume_; }

 private:
  float volume_;
};

VadAnalyzer Analyzer(std::vector<float> confidences, VadParams params = {}, int* resets = nullptr) {
  Result<VadAnalyzer> analyzer =
      VadAnalyzer::Create(16000, std::make_unique<Scripted>(std::move(confidences), resets), params,
                          std::make_unique<FixedVolume>(1.0f));
  EXPECT_TRUE(analyzer.ok()) << analyzer.status();
  return *std::move(analyzer);
}

std::vector<std::string> StatesOf(VadAnalyzer& analyzer, std::size_t buffers,
                                  std::size_t samples_per_buffer) {
  std::vector<std::string> states;
  const Samples buffer(samples_per_buffer, 0);
  for (std::size_t i = 0; i < buffers; ++i) states.emplace_back(VadStateName(analyzer.Analyze(buffer)));
  return states;
}

TEST(VadAnalyzer, TakesTheRecordedStates) {
  const Json golden = GoldenJson("runtime/vad_states.json");
  ASSERT_FALSE(golden["also"]["runs"].empty());

  for (const Json& run : golden["also"]["runs"]) {
    SCOPED_TRACE(run["label"].get<std::string>());
    const VadParams params{.confidence = run["params"]["confidence"],
                           .start_secs = run["params"]["start_secs"],
                           .stop_secs = run["params"]["stop_secs"],
                           .min_volume = run["params"]["min_volume"]};
    const auto confidences = run["confidences"].get<std::vector<float>>();
    const std::size_t samples_per_buffer = run["samples_per_buffer"];

    VadAnalyzer analyzer = Analyzer(confidences, params);

    EXPECT_EQ(analyzer.start_windows(), run["start_windows"]);
    EXPECT_EQ(analyzer.stop_windows(), run["stop_windows"]);
    EXPECT_EQ(StatesOf(analyzer, confidences.size() * 512 / samples_per_buffer, samples_per_buffer),
              run["state_after_each_buffer"].get<std::vector<std::string>>());
  }
}

// With the model's recorded confidences and the volume that the sound really has. The confidences were
// recorded without resets and the states with them, so the two agree up to the first reset.
TEST(VadAnalyzer, TakesTheRecordedStatesOfASoundWithItsOwnVolume) {
  const Json golden = GoldenJson("runtime/models/models.json");

  for (const auto& [name, first_reset] : {std::pair{"silero_16000", 62u}, std::pair{"silero_8000", 111u}}) {
    SCOPED_TRACE(name);
    const Json& run = golden[name];
    const Result<WavAudio> sound = ReadWav(GoldenPath("runtime/models/" + run["file"].get<std::string>()));
    ASSERT_TRUE(sound.ok()) << sound.status();
    int resets = 0;
    auto model =
        std::make_unique<Scripted>(run["confidence_without_any_reset"].get<std::vector<float>>(), &resets);
    Result<VadAnalyzer> analyzer = VadAnalyzer::Create(sound->rate_hz, std::move(model));
    ASSERT_TRUE(analyzer.ok()) << analyzer.status();
    const std::size_t window = run["window"];
    for (std::size_t i = 0; i <= first_reset; ++i) {
      EXPECT_EQ(resets, 0);
      const VadState state = analyzer->Analyze(std::span(sound->samples).subspan(i * window, window));
      EXPECT_EQ(VadStateName(state), run["state_default_params"][i].get<std::string>()) << "window " << i;
    }
    EXPECT_EQ(resets, 1);
  }
}

TEST(VadAnalyzer, SoftSoundIsNoVoice) {
  Result<VadAnalyzer> analyzer = VadAnalyzer::Create(16000, std::make_unique<Scripted>(std::vector{0.9f}), {},
                                                     std::make_unique<FixedVolume>(0.59f));

  analyzer->Analyze(Samples(16000, 0));

  EXPECT_EQ(analyzer->state(), VadState::kQuiet);
  EXPECT_FLOAT_EQ(analyzer->last_confidence(), 0.9f);
  EXPECT_FLOAT_EQ(analyzer->last_volume(), 0.59f);
}

TEST(VadAnalyzer, WithoutAMinimumEvenSilenceMayBeVoice) {
  Result<VadAnalyzer> analyzer =
      VadAnalyzer::Create(16000, std::make_unique<Scripted>(std::vector{0.9f}), {.min_volume = 0});

  EXPECT_EQ(analyzer->Analyze(Samples(16000, 0)), VadState::kSpeaking);
}

TEST(VadAnalyzer, NewParametersBeginAgainFromQuiet) {
  VadAnalyzer analyzer = Analyzer({0.9f});
  ASSERT_EQ(analyzer.Analyze(Samples(512 * 6, 0)), VadState::kSpeaking);

  ASSERT_TRUE(analyzer.SetParams({.start_secs = 0.1}).ok());

  EXPECT_EQ(analyzer.state(), VadState::kQuiet);
  EXPECT_EQ(analyzer.start_windows(), 3);
  EXPECT_EQ(StatesOf(analyzer, 3, 512), (std::vector<std::string>{"STARTING", "STARTING", "SPEAKING"}));
}

TEST(VadAnalyzer, HalfAWindowRoundsToEven) {
  // 0.08 s are 2.5 windows, 0.112 s are 3.5.
  EXPECT_EQ(Analyzer({0.f}, {.start_secs = 0.08}).start_windows(), 2);
  EXPECT_EQ(Analyzer({0.f}, {.start_secs = 0.112}).start_windows(), 4);
}

TEST(VadAnalyzer, ResetsTheModelInSilenceEveryTwoSecondsOfSound) {
  int resets = 0;
  VadAnalyzer analyzer = Analyzer({0.05f}, {}, &resets);

  StatesOf(analyzer, 62, 512);  // 1.98 s
  EXPECT_EQ(resets, 0);
  StatesOf(analyzer, 1, 512);
  EXPECT_EQ(resets, 1);
  StatesOf(analyzer, 63, 512);
  EXPECT_EQ(resets, 2);
}

TEST(VadAnalyzer, DoesNotResetTheModelWhileSomethingMightBeSaid) {
  std::vector<float> confidences(100, 0.2f);  // no voice, yet not surely none
  confidences.insert(confidences.end(), 5, 0.05f);
  int resets = 0;
  VadAnalyzer analyzer = Analyzer(confidences, {}, &resets);

  StatesOf(analyzer, 104, 512);
  EXPECT_EQ(resets, 0);
  StatesOf(analyzer, 1, 512);
  EXPECT_EQ(resets, 1);
}

TEST(VadAnalyzer, DoesNotResetTheModelWhileSpeaking) {
  std::vector<float> confidences(70, 0.9f);
  confidences.push_back(0.05f);
  int resets = 0;
  VadAnalyzer analyzer = Analyzer(confidences, {.stop_secs = 1}, &resets);

  StatesOf(analyzer, 70 + 31, 512);  // STOPPING takes 31 windows, the last of which makes QUIET
  EXPECT_EQ(analyzer.state(), VadState::kQuiet);
  EXPECT_EQ(resets, 0);
  StatesOf(analyzer, 1, 512);
  EXPECT_EQ(resets, 1);
}

TEST(VadAnalyzer, AModelThatGivesNoNumberHearsNoVoice) {
  VadAnalyzer analyzer = Analyzer({NAN});

  EXPECT_EQ(analyzer.Analyze(Samples(16000, 0)), VadState::kQuiet);
}

TEST(VadAnalyzer, RefusesOtherRatesAndParametersOutOfRange) {
  const auto error = [](int rate_hz, VadParams params) {
    return VadAnalyzer::Create(rate_hz, std::make_unique<Scripted>(std::vector{0.f}), params)
        .status()
        .message();
  };

  EXPECT_THAT(error(44100, {}), HasSubstr("resample to 8000 or 16000 Hz"));
  EXPECT_THAT(error(16000, {.confidence = 1.5f}), HasSubstr("confidence 1.5 is not in 0..1"));
  EXPECT_THAT(error(16000, {.start_secs = -1}), HasSubstr("start_secs -1"));
  EXPECT_THAT(error(16000, {.stop_secs = NAN}), HasSubstr("stop_secs nan"));
  EXPECT_THAT(error(16000, {.min_volume = 2}), HasSubstr("min_volume 2"));
}

}  // namespace
}  // namespace repartee
