#include "repartee/audio/pcm.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace repartee {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using Samples = std::vector<std::int16_t>;

TEST(Pcm, FloatsClipAtFullScaleAndNaNIsSilence) {
  const std::vector<float> values = {0.5f, -0.5f, 1.0f, -1.0f, 7.0f, -std::numeric_limits<float>::infinity(),
                                     NAN};

  EXPECT_THAT(ToInt16(values), ElementsAre(16384, -16384, 32767, -32768, 32767, -32768, 0));
}

TEST(Pcm, EverySampleSurvivesTheWayThroughFloat) {
  Samples all;
  for (int value = -32768; value <= 32767; ++value) all.push_back(static_cast<std::int16_t>(value));

  EXPECT_EQ(ToInt16(ToFloats(all)), all);
}

TEST(Pcm, MonoIsTheMeanAndLoudChannelsDoNotWrap) {
  const Samples stereo = {100, 200, 32767, 32767, -32768, -32768, 5};

  EXPECT_THAT(MixToMono(stereo, 2), ElementsAre(150, 32767, -32768));
  EXPECT_EQ(MixToMono(stereo, 1), stereo);
}

TEST(Pcm, TheShorterSideOfStereoIsFilledWithSilence) {
  const Samples left = {1, 2, 3};
  const Samples right = {10};

  EXPECT_THAT(InterleaveStereo(left, right), ElementsAre(1, 10, 2, 0, 3, 0));
  EXPECT_THAT(InterleaveStereo({}, right), ElementsAre(0, 10));
}

TEST(Pcm, GainClips) {
  Samples samples = {100, -100, 30000, -30000};

  ApplyGain(samples, 2.0f);

  EXPECT_THAT(samples, ElementsAre(200, -200, 32767, -32768));
}

TEST(Pcm, LevelIsAgainstFullScale) {
  const Samples half(1000, 16384);
  const Samples full(1000, -32768);

  EXPECT_THAT(LevelDbfs(half), FloatNear(-6.02f, 0.01f));
  EXPECT_THAT(LevelDbfs(full), FloatNear(0, 0.001f));
  EXPECT_EQ(LevelDbfs(Samples(1000, 0)), kSilenceDbfs);
  EXPECT_EQ(LevelDbfs({}), kSilenceDbfs);
}

TEST(Pcm, SilenceReachesUpToMagnitudeTwenty) {
  EXPECT_TRUE(IsSilence({}));
  EXPECT_TRUE(IsSilence(Samples{0, 20, -20}));
  EXPECT_FALSE(IsSilence(Samples{0, 21}));
  EXPECT_FALSE(IsSilence(Samples{-32768}));
}

}  // namespace
}  // namespace repartee
