#include "repartee/audio/resampler.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace repartee {
namespace {

using testing::HasSubstr;
using Samples = std::vector<std::int16_t>;

Samples Sine(int rate_hz, double hz, int frames, int channels = 1) {
  Samples samples;
  for (int n = 0; n < frames; ++n) {
    for (int channel = 0; channel < channels; ++channel) {
      const double value = 10000 * std::sin(2 * std::numbers::pi * hz * (channel + 1) * n / rate_hz);
      samples.push_back(static_cast<std::int16_t>(std::lrint(value)));
    }
  }
  return samples;
}

Samples InPieces(Resampler& resampler, std::span<const std::int16_t> input, std::size_t piece) {
  Samples output;
  while (!input.empty()) {
    const auto part = input.first(std::min(piece, input.size()));
    const Samples done = resampler.Process(part);
    output.insert(output.end(), done.begin(), done.end());
    input = input.subspan(part.size());
  }
  const Samples rest = resampler.Flush();
  output.insert(output.end(), rest.begin(), rest.end());
  return output;
}

// The greatest distance from the ideal sine, leaving out the edges where the sound jumps in and out.
int WorstError(const Samples& samples, int rate_hz, double hz) {
  const Samples ideal = Sine(rate_hz, hz, static_cast<int>(samples.size()));
  const std::size_t edge = static_cast<std::size_t>(rate_hz) / 20;
  int worst = 0;
  for (std::size_t i = edge; i + edge < samples.size(); ++i)
    worst = std::max(worst, std::abs(samples[i] - ideal[i]));
  return worst;
}

struct Rates {
  int from_hz;
  int to_hz;
};

class ResamplerRates : public testing::TestWithParam<Rates> {};

TEST_P(ResamplerRates, KeepLengthAndShapeOfASine) {
  const auto [from_hz, to_hz] = GetParam();

  const Result<Samples> output = Resample(Sine(from_hz, 440, from_hz), from_hz, to_hz);

  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_NEAR(static_cast<double>(output->size()), to_hz, 1);
  EXPECT_LE(WorstError(*output, to_hz, 440), 2);
}

TEST_P(ResamplerRates, PiecesOfAnySizeGiveTheSameSamplesAsTheWhole) {
  const auto [from_hz, to_hz] = GetParam();
  const Samples input = Sine(from_hz, 440, from_hz);
  const Result<Samples> whole = Resample(input, from_hz, to_hz);
  Result<Resampler> resampler = Resampler::Create(from_hz, to_hz);
  ASSERT_TRUE(resampler.ok()) << resampler.status();

  for (const std::size_t piece : {std::size_t{1}, std::size_t{160}, std::size_t{441}, std::size_t{5000}}) {
    EXPECT_EQ(InPieces(*resampler, input, piece), *whole) << piece;
  }
}

INSTANTIATE_TEST_SUITE_P(Common, ResamplerRates,
                         testing::Values(Rates{8000, 16000}, Rates{16000, 8000}, Rates{24000, 16000},
                                         Rates{16000, 24000}, Rates{22050, 24000}, Rates{44100, 16000},
                                         Rates{48000, 16000}, Rates{16000, 48000}));

TEST(Resampler, EqualRatesPassSoundOnUntouched) {
  Result<Resampler> resampler = Resampler::Create(16000, 16000);
  const Samples input = Sine(16000, 440, 320);

  EXPECT_EQ(resampler->Process(input), input);
  EXPECT_TRUE(resampler->Flush().empty());
}

TEST(Resampler, KeepsChannelsApart) {
  const Result<Samples> stereo = Resample(Sine(48000, 440, 48000, 2), 48000, 16000, 2);

  ASSERT_TRUE(stereo.ok()) << stereo.status();
  Samples left;
  Samples right;
  for (std::size_t i = 0; i + 1 < stereo->size(); i += 2) {
    left.push_back((*stereo)[i]);
    right.push_back((*stereo)[i + 1]);
  }
  EXPECT_LE(WorstError(left, 16000, 440), 2);
  EXPECT_LE(WorstError(right, 16000, 880), 2);
}

TEST(Resampler, SilenceStaysSilence) {
  const Result<Samples> output = Resample(Samples(24000, 0), 24000, 16000);

  EXPECT_EQ(*output, Samples(16000, 0));
}

TEST(Resampler, AfterClearNothingOfTheOldSoundComesOut) {
  Result<Resampler> resampler = Resampler::Create(24000, 16000);
  resampler->Process(Sine(24000, 440, 4800));

  resampler->Clear();

  EXPECT_EQ(InPieces(*resampler, Samples(2400, 0), 480), Samples(1600, 0));
}

TEST(Resampler, NothingInNothingOut) {
  Result<Resampler> resampler = Resampler::Create(24000, 16000);

  EXPECT_TRUE(resampler->Process({}).empty());
  EXPECT_TRUE(resampler->Flush().empty());
}

TEST(Resampler, LoudSoundClipsAndDoesNotWrap) {
  Samples square;
  for (int i = 0; i < 16000; ++i) square.push_back(i / 80 % 2 == 0 ? 32767 : -32768);

  const Result<Samples> output = Resample(square, 16000, 24000);

  for (std::size_t i = 0; i < output->size(); ++i) {
    const std::size_t within = i % 120;
    if (within < 10 || within > 110) continue;
    ASSERT_EQ((*output)[i] > 0, i / 120 % 2 == 0) << i;
  }
}

TEST(Resampler, RefusesRatesAndChannelsThatCannotBe) {
  EXPECT_THAT(Resampler::Create(0, 16000).status().message(), HasSubstr("cannot change 0 Hz to 16000 Hz"));
  EXPECT_THAT(Resampler::Create(16000, -1).status().message(), HasSubstr("-1 Hz"));
  EXPECT_THAT(Resampler::Create(16000, 8000, 0).status().message(), HasSubstr("0 channels"));
}

}  // namespace
}  // namespace repartee
