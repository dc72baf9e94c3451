#include "repartee/audio/audio_mixer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <fstream>

#include "repartee/audio/dtmf.h"
#include "repartee/audio/wav.h"

namespace repartee {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A WAV file of the test's own.
class SoundFile {
 public:
  SoundFile(const char* name, const std::vector<std::int16_t>& samples)
      : path_(::testing::TempDir() + "mixer-" + name + ".wav") {
    std::ofstream(path_, std::ios::binary) << EncodeWav(samples, 16000, 1);
  }
  ~SoundFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

class Mixer : public ::testing::Test {
 protected:
  SoundfileMixerOptions Options() {
    SoundfileMixerOptions options;
    options.sound_files = {{"steps", steps_.path()}, {"flat", flat_.path()}};
    options.default_sound = "steps";
    options.volume = 0.5f;
    return options;
  }
  std::vector<std::int16_t> Mixed(SoundfileMixer& mixer, std::vector<std::int16_t> samples) {
    mixer.Mix(samples);
    return samples;
  }
  SoundFile steps_{"steps", {100, 200, 300}};
  SoundFile flat_{"flat", std::vector<std::int16_t>(8, 1000)};
};

TEST_F(Mixer, AddsItsSoundInALoop) {
  SoundfileMixer mixer(Options());
  ASSERT_TRUE(mixer.Start(16000, 1).ok());

  EXPECT_THAT(Mixed(mixer, {0, 0}), ElementsAre(50, 100));
  EXPECT_THAT(Mixed(mixer, {10, 10, 10}), ElementsAre(160, 60, 110));
}

TEST_F(Mixer, PlaysOnceWhenTold) {
  SoundfileMixerOptions options = Options();
  options.loop = false;
  SoundfileMixer mixer(options);
  ASSERT_TRUE(mixer.Start(16000, 1).ok());

  EXPECT_THAT(Mixed(mixer, {0, 0, 0, 0, 0}), ElementsAre(50, 100, 150, 0, 0));
}

TEST_F(Mixer, ChangesSoundAndVolumeOnTheRun) {
  SoundfileMixer mixer(Options());
  ASSERT_TRUE(mixer.Start(16000, 1).ok());

  EXPECT_TRUE(mixer.UpdateSettings({{"sound", "flat"}, {"volume", 1.0}}).ok());
  EXPECT_THAT(Mixed(mixer, {0, 32000}), ElementsAre(1000, 32767));
  mixer.Enable(false);
  EXPECT_THAT(Mixed(mixer, {7, 7}), ElementsAre(7, 7));
}

TEST_F(Mixer, RefusesSettingsItDoesNotKnowAndKeepsItsOwn) {
  SoundfileMixer mixer(Options());
  ASSERT_TRUE(mixer.Start(16000, 1).ok());

  const Status status = mixer.UpdateSettings({{"volume", 1.0}, {"sound", "nothing"}});

  EXPECT_THAT(status.message(), HasSubstr("sound = \"nothing\""));
  EXPECT_FALSE(mixer.UpdateSettings({{"volume", -1}}).ok());
  EXPECT_FALSE(mixer.UpdateSettings("loud").ok());
  EXPECT_THAT(Mixed(mixer, {0}), ElementsAre(50));
}

TEST_F(Mixer, GivesEachChannelTheSound) {
  SoundfileMixer mixer(Options());
  ASSERT_TRUE(mixer.Start(16000, 2).ok());

  EXPECT_THAT(Mixed(mixer, {0, 0, 0, 0}), ElementsAre(50, 50, 100, 100));
}

TEST_F(Mixer, NamesTheFileThatIsMissing) {
  SoundfileMixerOptions options = Options();
  options.sound_files["rain"] = "/nowhere/rain.wav";
  SoundfileMixer mixer(options);

  const Status status = mixer.Start(16000, 1);

  EXPECT_THAT(status.message(), HasSubstr("rain"));
  EXPECT_THAT(Mixed(mixer, {7}), ElementsAre(7));
}

TEST(DtmfTone, SoundsItsTwoFrequenciesAndThenNothing) {
  const auto tone = DtmfTone('5', 8000);

  ASSERT_EQ(tone.size(), 2000u);
  const auto power = [&](double hz) {
    double re = 0, im = 0;
    for (std::size_t i = 0; i < 1600; ++i) {
      re += tone[i] * std::cos(2 * M_PI * hz * static_cast<double>(i) / 8000);
      im += tone[i] * std::sin(2 * M_PI * hz * static_cast<double>(i) / 8000);
    }
    return std::sqrt(re * re + im * im) / 800;
  };
  EXPECT_NEAR(power(770), 8000, 100);
  EXPECT_NEAR(power(1336), 8000, 100);
  EXPECT_LT(power(697), 500);
  EXPECT_LT(power(1477), 500);
  EXPECT_THAT(std::vector<std::int16_t>(tone.begin() + 1600, tone.end()), Each(0));
}

TEST(DtmfTone, IsEmptyForWhatIsNoKey) {
  EXPECT_TRUE(DtmfTone('A', 8000).empty());
  EXPECT_FALSE(DtmfTone('#', 16000).empty());
}

}  // namespace
}  // namespace repartee
