#include "repartee/audio/loudness.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "repartee/audio/golden_for_test.h"
#include "repartee/audio/wav.h"

namespace repartee {
namespace {

using Samples = std::vector<std::int16_t>;

Samples Sine(int rate_hz, double hz, double amplitude, std::size_t count) {
  Samples samples(count);
  for (std::size_t n = 0; n < count; ++n) {
    const double value = amplitude * std::sin(2 * std::numbers::pi * hz * static_cast<double>(n) / rate_hz);
    samples[n] = static_cast<std::int16_t>(std::lrint(value));
  }
  return samples;
}

TEST(Loudness, GivesTheRecordedVolumeOfSines) {
  const Json golden = GoldenJson("runtime/models/models.json")["volume_of_0.4s_sines"]["runs"];
  ASSERT_FALSE(golden.empty());

  for (const Json& run : golden) {
    const int rate_hz = run["rate"];
    LoudnessVolume volume(rate_hz);
    const float smoothed =
        volume.Update(Sine(rate_hz, run["hz"], run["amplitude"], static_cast<std::size_t>(rate_hz) * 2 / 5));
    EXPECT_NEAR(smoothed / 0.2f, run["volume"].get<float>(), 1e-3) << run;
  }
}

TEST(Loudness, GivesTheRecordedSmoothedVolumeOfEveryWindow) {
  const Json golden = GoldenJson("runtime/models/models.json");

  for (const char* name : {"silero_16000", "silero_8000"}) {
    const Json& run = golden[name];
    const Result<WavAudio> sound = ReadWav(GoldenPath("runtime/models/" + run["file"].get<std::string>()));
    ASSERT_TRUE(sound.ok()) << sound.status();
    const std::size_t window = run["window"];
    const auto& expected = run["smoothed_volume"];
    ASSERT_GE(sound->samples.size(), window * expected.size());
    LoudnessVolume volume(sound->rate_hz);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const float smoothed = volume.Update(std::span(sound->samples).subspan(i * window, window));
      ASSERT_NEAR(smoothed, expected[i].get<float>(), 1e-3) << name << " window " << i;
    }
  }
}

// The calibration tone of BS.1770: 997 Hz at full scale in one channel is -3.01 LUFS.
TEST(Loudness, TheCalibrationToneHasTheLoudnessOfTheStandard) {
  for (const int rate_hz : {8000, 16000, 44100, 48000}) {
    LoudnessMeter meter(rate_hz);
    meter.Add(Sine(rate_hz, 997, 32767, static_cast<std::size_t>(rate_hz)));
    EXPECT_NEAR(meter.Lufs(), -3.01, 0.1) << rate_hz;
  }
}

TEST(Loudness, KnowsNothingBeforeFourTenthsOfASecond) {
  LoudnessMeter meter(16000);
  meter.Add(Sine(16000, 440, 10000, 6399));
  EXPECT_FALSE(meter.ready());
  EXPECT_TRUE(std::isinf(meter.Lufs()));

  meter.Add(Samples{0});

  EXPECT_TRUE(meter.ready());
  EXPECT_GT(meter.Lufs(), -20);
}

TEST(Loudness, ForgetsLoudSoundAfterFourTenthsOfASecond) {
  LoudnessMeter meter(16000);
  for (int i = 0; i < 600; ++i) meter.Add(Sine(16000, 440, 32000, 1600));

  meter.Add(Samples(16000, 0));

  EXPECT_LT(meter.Lufs(), -70);
}

}  // namespace
}  // namespace repartee
