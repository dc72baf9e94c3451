#include "repartee/audio/turn_analyzer.h"

#include <gtest/gtest.h>

namespace repartee {
namespace {

class NoModel final : public EndOfTurnModel {
 public:
  void Predict(EventLoop&, std::vector<std::int16_t>, UniqueFunction<void(Result<double>)>) override {}
  std::string name() const override { return "none"; }
};

// `ms` of sound whose samples all have this value.
std::vector<std::int16_t> Sound(int ms, std::int16_t value) {
  return std::vector<std::int16_t>(static_cast<std::size_t>(ms) * 16, value);
}

TEST(TurnAnalyzer, KeepsTheSoundFromALittleBeforeTheVoice) {
  TurnAnalyzer analyzer(std::make_unique<NoModel>());
  analyzer.SetVadStartSecs(0.2);

  analyzer.AppendAudio(Sound(5000, 1), false);
  analyzer.AppendAudio(Sound(1000, 2), true);
  analyzer.AppendAudio(Sound(200, 3), false);

  const auto turn = analyzer.Turn();
  ASSERT_EQ(turn.size(), (700u + 1000u + 200u) * 16u);
  EXPECT_EQ(turn.front(), 1);
  EXPECT_EQ(turn[700 * 16], 2);
  EXPECT_EQ(turn.back(), 3);
}

TEST(TurnAnalyzer, GivesTheModelTheLastEightSeconds) {
  TurnAnalyzer analyzer(std::make_unique<NoModel>());

  analyzer.AppendAudio(Sound(500, 1), false);
  for (int i = 0; i < 60; ++i) analyzer.AppendAudio(Sound(1000, 2), true);

  EXPECT_EQ(analyzer.Turn().size(), 8000u * 16u);
  EXPECT_EQ(analyzer.Turn().front(), 2);
}

TEST(TurnAnalyzer, EndsATurnAfterThreeSecondsOfSilence) {
  TurnAnalyzer analyzer(std::make_unique<NoModel>());
  analyzer.AppendAudio(Sound(500, 1), true);

  EXPECT_FALSE(analyzer.AppendAudio(Sound(2900, 0), false));
  analyzer.AppendAudio(Sound(20, 1), true);
  EXPECT_FALSE(analyzer.AppendAudio(Sound(2980, 0), false));
  EXPECT_TRUE(analyzer.AppendAudio(Sound(20, 0), false));
  EXPECT_TRUE(analyzer.Turn().empty());
}

TEST(TurnAnalyzer, EndsNothingThatHasNotBegun) {
  TurnAnalyzer analyzer(std::make_unique<NoModel>());

  EXPECT_FALSE(analyzer.AppendAudio(Sound(10000, 0), false));
}

}  // namespace
}  // namespace repartee
