#include "repartee/services/local/models/smart_turn.h"

#include <gmock/gmock.h>

#include <numeric>

#include "repartee/audio/golden_for_test.h"
#include "repartee/services/local/models/models_for_test.h"

namespace repartee::local {
namespace {

std::shared_ptr<SmartTurnNetwork> Network() {
  static const auto network = Need(SmartTurnNetwork::Load(Need(FindEndOfTurnModel(Need(ModelFolder())))));
  return network;
}

std::vector<std::int16_t> Sound() { return TestSound("golden/runtime/models/sound_16000.wav"); }

TEST(SmartTurnFeatures, AreThoseOfTheReference) {
  const Json golden = GoldenJson("runtime/models/models.json").at("log_mel_of_padded_sound");

  const std::vector<float> features = SmartTurnFeatures(Sound());

  ASSERT_EQ(features.size(), kSmartTurnMels * kSmartTurnFrames);
  for (const Json& point : golden.at("values")) {
    const auto at =
        point.at("band").get<std::size_t>() * kSmartTurnFrames + point.at("frame").get<std::size_t>();
    EXPECT_NEAR(features[at], point.at("value").get<double>(), 1e-3) << point;
  }
  const double mean =
      std::accumulate(features.begin(), features.end(), 0.0) / static_cast<double>(features.size());
  EXPECT_NEAR(mean, golden.at("mean").get<double>(), 1e-4);
  EXPECT_NEAR(*std::ranges::max_element(features), golden.at("max").get<double>(), 1e-3);
  EXPECT_NEAR(*std::ranges::min_element(features), golden.at("min").get<double>(), 1e-3);
}

TEST(SmartTurnNetwork, JudgesAsTheReferenceDoes) {
  for (const Json& run : GoldenJson("runtime/models/models.json").at("smart_turn").at("runs")) {
    const auto sound = Sound();
    const auto samples = std::min(run.at("samples").get<std::size_t>(), sound.size());

    const Result<double> probability = Network()->Run(std::span(sound).first(samples));

    ASSERT_TRUE(probability.ok()) << probability.status();
    // The kernels differ from one version of ONNX Runtime to the next; the verdict does not.
    const double expected = run.at("probability").get<double>();
    EXPECT_EQ(*probability > 0.5, expected > 0.5) << run;
    EXPECT_NEAR(*probability, expected, 0.15) << run;
  }
}

TEST(SmartTurnNetwork, TakesSilenceAndNothingAtAll) {
  EXPECT_TRUE(Network()->Run({}).ok());
  EXPECT_TRUE(Network()->Run(std::vector<std::int16_t>(200000, 0)).ok());
}

TEST(SmartTurnNetwork, SaysWhichFileIsNoModel) {
  const auto network = SmartTurnNetwork::Load("/dev/null");

  ASSERT_FALSE(network.ok());
  EXPECT_THAT(network.status().message(), ::testing::HasSubstr("/dev/null"));
}

TEST(SmartTurnModel, AnswersOnTheLoopThatAsked) {
  EventLoop loop(EventLoop::Time::kVirtual);
  InferencePool::Options options;
  options.run_inline = true;
  InferencePool pool(options);
  SmartTurnModel model(Network(), pool);
  std::vector<double> answers;

  model.Predict(loop, Sound(), [&](Result<double> answer) { answers.push_back(Need(std::move(answer))); });
  loop.RunFor(std::chrono::milliseconds(1));

  ASSERT_EQ(answers.size(), 1u);
  EXPECT_GT(answers[0], 0.5);
}

}  // namespace
}  // namespace repartee::local
