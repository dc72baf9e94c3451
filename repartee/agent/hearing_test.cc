#include "repartee/agent/hearing.h"

#include <gtest/gtest.h>

#include "repartee/frames/service_frames.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/pipeline/filters.h"
#include "repartee/pipeline/testing/rig.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;

// As sure as the window is loud.
class LoudIsVoice final : public VoiceConfidence {
 public:
  float Confidence(std::span<const std::int16_t> window) override {
    return static_cast<float>(window[0]) / 32'768.0f;
  }
  void Reset() override {}
};

class HearingTest : public ::testing::Test {
 protected:
  HearingTest() { rig_.task().AddObserver(hearing_); }

  // So many windows of one loudness, of 32 ms each.
  void Hear(std::int16_t loudness, int windows) {
    const std::vector<std::int16_t> window(VadWindowSamples(16'000), loudness);
    for (int i = 0; i < windows; ++i) vad_.Analyze(window);
  }
  void VoiceStarts() { rig_.Push(Make<VADUserStartedSpeakingFrame>(0.2, 0.0)); }
  void VoiceStops() { rig_.Push(Make<VADUserStoppedSpeakingFrame>(0.2, 0.0)); }
  double Turn() const { return told_.back()["turn"]; }

  VadAnalyzer vad_ = *VadAnalyzer::Create(16'000, std::make_unique<LoudIsVoice>(), {.min_volume = 0});
  IdentityFilter filter_;
  testing::Rig rig_{{&filter_}};
  std::vector<Json> told_;
  Hearing hearing_{rig_.loop(), &vad_, milliseconds(600),
                   [this](Json message) { told_.push_back(std::move(message)); }};
};

TEST_F(HearingTest, SaysNothingUntilItIsAskedAndThenOnlyWhatHasChanged) {
  rig_.Wait(milliseconds(500));
  EXPECT_TRUE(told_.empty());

  hearing_.Start();
  rig_.Wait(milliseconds(1'000));

  ASSERT_EQ(told_.size(), 1u);
  EXPECT_EQ(told_[0]["type"], "hearing");
  EXPECT_EQ(told_[0]["voice"], 0.0);
  EXPECT_EQ(told_[0]["threshold"], 0.7);
  EXPECT_EQ(told_[0]["speaking"], false);
}

TEST_F(HearingTest, TellsHowSureItIsOfAVoice) {
  hearing_.Start();
  Hear(30'801, 20);
  rig_.Wait(milliseconds(150));

  EXPECT_EQ(told_.back()["voice"], 0.94);
  EXPECT_EQ(told_.back()["speaking"], true);
}

TEST_F(HearingTest, APauseBringsTheTurnNearerToItsEnd) {
  hearing_.Start();
  VoiceStarts();
  rig_.Wait(milliseconds(300));
  EXPECT_EQ(Turn(), 0.0);
  VoiceStops();
  rig_.Wait(milliseconds(350));
  EXPECT_GT(Turn(), 0.4);
  EXPECT_LT(Turn(), 0.6);
  rig_.Wait(milliseconds(400));
  EXPECT_EQ(Turn(), 1.0);
  EXPECT_EQ(told_.back()["over"], false);

  rig_.Push(Make<UserStoppedSpeakingFrame>());
  rig_.Wait(milliseconds(150));

  EXPECT_EQ(told_.back()["over"], true);
}

TEST_F(HearingTest, AVoiceThatGoesOnTakesThePauseBack) {
  hearing_.Start();
  VoiceStarts();
  VoiceStops();
  rig_.Wait(milliseconds(450));
  EXPECT_GT(Turn(), 0.5);

  VoiceStarts();
  rig_.Wait(milliseconds(150));

  EXPECT_EQ(Turn(), 0.0);
}

TEST_F(HearingTest, WhatAModelJudgesCountsMoreThanThePause) {
  hearing_.Start();
  VoiceStarts();
  VoiceStops();
  rig_.Push(Make<MetricsFrame>(
      std::vector<MetricsData>{{"SmartTurn#0", std::nullopt, TurnMetricsData{false, 0.18, 12.0}}}));
  rig_.Wait(milliseconds(450));

  EXPECT_EQ(Turn(), 0.18);
}

TEST_F(HearingTest, WithoutAVadThereIsNothingToTell) {
  std::size_t told = 0;
  Hearing deaf(rig_.loop(), nullptr, milliseconds(600), [&told](Json) { ++told; });

  deaf.Start();
  rig_.Wait(milliseconds(300));

  EXPECT_FALSE(deaf.is_known());
  EXPECT_EQ(told, 0u);
}

}  // namespace
}  // namespace repartee
