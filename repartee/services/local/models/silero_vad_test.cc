#include "repartee/services/local/models/silero_vad.h"

#include <gmock/gmock.h>

#include "repartee/audio/golden_for_test.h"
#include "repartee/services/local/models/models_for_test.h"

namespace repartee::local {
namespace {

using ::testing::Each;
using ::testing::FloatNear;
using ::testing::Pointwise;

std::shared_ptr<SileroModel> Model() {
  static const auto model = Need(SileroModel::Load(TestSpeechModels().silero_vad));
  return model;
}

std::vector<float> Confidences(SileroVad& vad, std::span<const std::int16_t> pcm, std::size_t window) {
  std::vector<float> confidences;
  for (std::size_t at = 0; at + window <= pcm.size(); at += window) {
    confidences.push_back(vad.Confidence(pcm.subspan(at, window)));
  }
  return confidences;
}

class SileroVadRate : public ::testing::TestWithParam<int> {};

TEST_P(SileroVadRate, HearsEachWindowAsTheReferenceDoes) {
  const std::string rate = std::to_string(GetParam());
  const Json golden = GoldenJson("runtime/models/models.json").at("silero_" + rate);
  const auto sound = TestSound("golden/runtime/models/sound_" + rate + ".wav");
  const auto vad = Need(SileroVad::Create(Model(), GetParam()));

  const auto confidences = Confidences(*vad, sound, golden.at("window").get<std::size_t>());

  const auto expected = golden.at("confidence_without_any_reset").get<std::vector<float>>();
  EXPECT_THAT(confidences, Pointwise(FloatNear(1e-3f), expected));
}

INSTANTIATE_TEST_SUITE_P(Rates, SileroVadRate, ::testing::Values(16000, 8000));

TEST(SileroVad, ForgetsAtResetAndSharesNothingWithAnother) {
  const auto sound = TestSound("data/audio/ten-of-clubs.wav");
  const auto vad = Need(SileroVad::Create(Model(), 16000));
  const auto other = Need(SileroVad::Create(Model(), 16000));
  const auto first = Confidences(*vad, sound, 512);

  vad->Reset();

  EXPECT_EQ(Confidences(*vad, sound, 512), first);
  EXPECT_EQ(Confidences(*other, sound, 512), first);
  EXPECT_GT(*std::max_element(first.begin(), first.end()), 0.9f);
}

TEST(SileroVad, HearsNothingInAWindowOfTheWrongLength) {
  const auto vad = Need(SileroVad::Create(Model(), 16000));
  const std::vector<std::int16_t> loud(511, 20000);

  EXPECT_EQ(vad->Confidence(loud), 0.0f);
  EXPECT_EQ(vad->Confidence({}), 0.0f);
}

TEST(SileroVad, RefusesOtherRatesAndOtherFiles) {
  EXPECT_EQ(SileroVad::Create(Model(), 44100).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(SileroModel::Load(REPARTEE_SOURCE_DIR "/CMakeLists.txt").status().code(), StatusCode::kMalformed);
  EXPECT_EQ(SileroModel::Load("/no/such/model.onnx").status().code(), StatusCode::kMalformed);
}

}  // namespace
}  // namespace repartee::local
