#include "repartee/services/ai_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/frames/text_frames.h"
#include "repartee/services/testing/observed.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Json Settings(const char* text) { return *ParseJson(text); }

// Text frames make it do what they say.
class Fake final : public AIService {
 public:
  explicit Fake(Json settings = Settings(R"({"model": "m1", "voice": null})"))
      : AIService("Fake", std::move(settings)) {}

  Status start_status;
  std::vector<std::string> calls;
  Json changed;
  std::optional<double> stopped;

 protected:
  Status Start() override {
    calls.push_back("start");
    return start_status;
  }
  Task<Status> Stop() override {
    co_await Sleep(loop(), milliseconds(30));
    calls.push_back("stop");
    co_return OkStatus();
  }
  void Cancel() override { calls.push_back("cancel"); }
  void BroadcastMetadata() override { Broadcast<ServiceMetadataFrame>(name()); }
  Status CheckSettings(const Json& delta) const override {
    if (delta.contains("speed") && !delta["speed"].is_number())
      return Status::InvalidArgument("speed is no number");
    return OkStatus();
  }
  void OnSettingsChanged(const Json& old) override { changed = old; }

  Status Process(FramePtr frame, Direction direction) override {
    if (frame->type() == FrameType::kLLMUpdateSettings) {
      return TakeUpdate<LLMUpdateSettingsFrame>(std::move(frame), direction);
    }
    const auto* text = frame->As<TextFrame>();
    if (!text) return AIService::Process(std::move(frame), direction);
    if (text->text == "start ttfb") StartTtfb();
    if (text->text == "stop ttfb") stopped = StopTtfb();
    if (text->text == "stop ttfb before its start") stopped = StopTtfb(loop().now() - milliseconds(500));
    if (text->text == "stop ttfat") StopTtfat();
    if (text->text == "start processing") StartProcessing();
    if (text->text == "stop processing") StopProcessing();
    if (text->text == "refused") ReportError("refused", ErrorCategory::kAuthentication);
    if (text->text == "overloaded") ReportError("overloaded", ErrorCategory::kServer);
    if (text->text == "usage") {
      PushTtsUsage("grün");
      LLMTokenUsage usage;
      usage.prompt_tokens = 3;
      PushLlmUsage(usage);
      PushSttUsage(1.5);
    }
    return OkStatus();
  }
};

FramePtr Text(const char* text) { return Make<TextFrame>(text); }

TEST(AIService, StartsBeforeAndTellsOfItselfBehindTheStartFrame) {
  Fake fake;

  testing::Rig rig({&fake});

  EXPECT_THAT(fake.calls, ElementsAre("start"));
  ASSERT_THAT(rig.downstream(), SizeIs(1));
  EXPECT_EQ(rig.downstream()[0].frame->As<ServiceMetadataFrame>()->service_name, fake.name());
  EXPECT_THAT(rig.upstream(), SizeIs(1));
}

TEST(AIService, AFailedStartMakesItUnusableAndThePipelineStarts) {
  Fake fake;
  fake.start_status = Status::Unavailable("no model file");

  testing::Rig rig({&fake});

  EXPECT_FALSE(fake.usable());
  const auto errors = testing::Frames<ErrorFrame>(rig.upstream());
  ASSERT_THAT(errors, SizeIs(1));
  EXPECT_EQ(errors[0]->error, "no model file");
  EXPECT_EQ(errors[0]->category, ErrorCategory::kConnectivity);
  EXPECT_EQ(errors[0]->processor, fake.name());
}

TEST(AIService, TheEndFrameGoesOnWhenTheStopIsDone) {
  Fake fake;
  testing::Rig rig({&fake});

  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(fake.calls, ElementsAre("start", "stop"));
  EXPECT_THAT(testing::Without(rig.DownstreamLog(), {"ServiceMetadata"}), ElementsAre("EndFrame@30"));
}

TEST(AIService, ACancelFrameGoesOnAtOnce) {
  Fake fake;
  testing::Rig rig({&fake});

  rig.Push(Make<CancelFrame>());
  rig.Run();

  EXPECT_THAT(fake.calls, ElementsAre("start", "cancel"));
  EXPECT_THAT(testing::Without(rig.DownstreamLog(), {"ServiceMetadata"}), ElementsAre("CancelFrame@0"));
}

TEST(AIService, NullSettingsAreNotGiven) {
  Fake fake;

  EXPECT_EQ(fake.settings(), Settings(R"({"model": "m1"})"));
  EXPECT_EQ(fake.model_name(), "m1");
}

TEST(AIService, AnUpdateChangesTheFieldsItNamesAndTellsTheOldValues) {
  Fake fake(Settings(R"({"model": "m1", "voice": "v", "speed": 1})"));
  testing::Rig rig({&fake});

  rig.Push(
      Make<LLMUpdateSettingsFrame>(Settings(R"({"model": "m2", "voice": null, "speed": 1, "new": true})")));
  rig.Wait(milliseconds(1));

  EXPECT_EQ(fake.settings(), Settings(R"({"model": "m2", "speed": 1, "new": true})"));
  EXPECT_EQ(fake.changed, Settings(R"({"model": "m1", "voice": "v", "new": null})"));
  EXPECT_EQ(fake.model_name(), "m2");
  EXPECT_THAT(testing::Frames<LLMUpdateSettingsFrame>(rig.downstream()), IsEmpty());
}

TEST(AIService, AnUpdateForAnotherServiceIsPassedOn) {
  Fake fake;
  Fake other;
  testing::Rig rig({&fake});

  rig.Push(Make<LLMUpdateSettingsFrame>(Settings(R"({"model": "m2"})"), &other));
  rig.Wait(milliseconds(1));

  EXPECT_EQ(fake.model_name(), "m1");
  EXPECT_THAT(testing::Frames<LLMUpdateSettingsFrame>(rig.downstream()), SizeIs(1));
}

TEST(AIService, ARefusedUpdateChangesNothingAndSaysWhy) {
  Fake fake;
  testing::Rig rig({&fake});

  rig.Push(Make<LLMUpdateSettingsFrame>(Settings(R"({"model": "m2", "speed": "fast"})")));
  rig.Push(Make<LLMUpdateSettingsFrame>(Settings(R"([1])")));
  rig.Wait(milliseconds(1));

  EXPECT_EQ(fake.model_name(), "m1");
  const auto errors = testing::Frames<ErrorFrame>(rig.upstream());
  ASSERT_THAT(errors, SizeIs(2));
  EXPECT_THAT(errors[0]->error, HasSubstr("speed is no number"));
  EXPECT_THAT(errors[1]->error, HasSubstr("an object is needed"));
}

TEST(AIService, IsOfNoUseAfterAPermanentErrorUntilASettingChanges) {
  Fake fake;
  testing::Rig rig({&fake});

  rig.Push(Text("overloaded"));
  rig.Wait(milliseconds(1));
  EXPECT_TRUE(fake.usable());
  rig.Push(Text("refused"));
  rig.Wait(milliseconds(1));
  EXPECT_FALSE(fake.usable());
  rig.Push(Make<LLMUpdateSettingsFrame>(Settings(R"({"model": "m2"})")));
  rig.Wait(milliseconds(1));
  EXPECT_TRUE(fake.usable());
}

TEST(AIService, MeasuresInTheLoopsTime) {
  Fake fake;
  testing::Rig rig({&fake}, testing::WithMetrics());

  rig.Push(Text("start processing"));
  rig.Push(Text("start ttfb"));
  rig.Wait(milliseconds(120));
  rig.Push(Text("stop ttfb"));
  rig.Wait(milliseconds(30));
  rig.Push(Text("stop ttfat"));
  rig.Push(Text("stop ttfat"));
  rig.Push(Text("stop processing"));
  rig.Push(Text("stop ttfb"));
  rig.Wait(milliseconds(1));

  const auto ttfb = testing::Measured<TTFBMetricsData>(rig.downstream());
  ASSERT_THAT(ttfb, SizeIs(1));
  EXPECT_NEAR(ttfb[0].value, 0.12, 1e-9);
  const auto ttfat = testing::Measured<TTFATMetricsData>(rig.downstream());
  ASSERT_THAT(ttfat, SizeIs(1));
  EXPECT_NEAR(ttfat[0].thinking_time, 0.03, 1e-9);
  const auto processing = testing::Measured<ProcessingMetricsData>(rig.downstream());
  ASSERT_THAT(processing, SizeIs(1));
  EXPECT_NEAR(processing[0].value, 0.15, 1e-9);
  EXPECT_EQ(fake.stopped, std::nullopt);
}

TEST(AIService, AStopBeforeTheStartIsNoMeasurement) {
  Fake fake;
  testing::Rig rig({&fake}, testing::WithMetrics());

  rig.Push(Text("start ttfb"));
  rig.Push(Text("stop ttfb before its start"));
  rig.Push(Text("stop ttfb"));
  rig.Wait(milliseconds(1));

  EXPECT_THAT(testing::Measured<TTFBMetricsData>(rig.downstream()), IsEmpty());
}

TEST(AIService, AnInterruptionReportsProcessingAndNoFirstByteThatNeverCame) {
  Fake fake;
  testing::Rig rig({&fake}, testing::WithMetrics());

  rig.Push(Text("start processing"));
  rig.Push(Text("start ttfb"));
  rig.Wait(milliseconds(70));
  rig.Push(Make<InterruptionFrame>());
  rig.Wait(milliseconds(1));

  EXPECT_THAT(testing::Measured<TTFBMetricsData>(rig.downstream()), IsEmpty());
  const auto processing = testing::Measured<ProcessingMetricsData>(rig.downstream());
  ASSERT_THAT(processing, SizeIs(1));
  EXPECT_NEAR(processing[0].value, 0.07, 1e-9);
}

TEST(AIService, ReportsOnlyTheFirstFirstByteWhenAskedTo) {
  Fake fake;
  auto options = testing::WithMetrics();
  options.params.report_only_initial_ttfb = true;
  testing::Rig rig({&fake}, std::move(options));

  for (int i = 0; i < 3; ++i) {
    rig.Push(Text("start ttfb"));
    rig.Push(Text("stop ttfb"));
  }
  rig.Wait(milliseconds(1));

  EXPECT_THAT(testing::Measured<TTFBMetricsData>(rig.downstream()), SizeIs(1));
}

TEST(AIService, OfAFirstMeasurementThatCameToNothingThereIsNoSecond) {
  Fake fake;
  auto options = testing::WithMetrics();
  options.params.report_only_initial_ttfb = true;
  testing::Rig rig({&fake}, std::move(options));

  rig.Push(Text("start ttfb"));
  rig.Wait(milliseconds(1));
  rig.Push(Make<InterruptionFrame>());
  rig.Wait(milliseconds(1));
  rig.Push(Text("start ttfb"));
  rig.Push(Text("stop ttfb"));
  rig.Wait(milliseconds(1));

  EXPECT_THAT(testing::Measured<TTFBMetricsData>(rig.downstream()), IsEmpty());
}

TEST(AIService, MeasuresNothingWithoutMetrics) {
  Fake fake;
  testing::Rig rig({&fake});

  for (const char* text : {"start ttfb", "start processing", "stop ttfb", "stop processing", "usage"}) {
    rig.Push(Text(text));
  }
  rig.Wait(milliseconds(1));

  EXPECT_THAT(testing::Frames<MetricsFrame>(rig.downstream()), IsEmpty());
}

TEST(AIService, CountsCharactersAndNamesProcessorAndModel) {
  Fake fake;
  testing::Rig rig({&fake}, testing::WithMetrics());

  rig.Push(Text("usage"));
  rig.Wait(milliseconds(1));

  const auto characters = testing::Measured<TTSUsageMetricsData>(rig.downstream());
  ASSERT_THAT(characters, SizeIs(1));
  EXPECT_EQ(characters[0].value, 4);
  const MetricsData& data = testing::Frames<MetricsFrame>(rig.downstream())[0]->data[0];
  EXPECT_EQ(data.processor, fake.name());
  EXPECT_EQ(data.model, "m1");
}

TEST(AIService, CategoriesFollowTheHttpStatus) {
  EXPECT_EQ(CategoryOfHttpStatus(401), ErrorCategory::kAuthentication);
  EXPECT_EQ(CategoryOfHttpStatus(402), ErrorCategory::kQuota);
  EXPECT_EQ(CategoryOfHttpStatus(429), ErrorCategory::kRateLimit);
  EXPECT_EQ(CategoryOfHttpStatus(503), ErrorCategory::kServer);
  EXPECT_EQ(CategoryOfHttpStatus(418), ErrorCategory::kUnknown);
  EXPECT_TRUE(IsPermanent(CategoryOfHttpStatus(404)));
  EXPECT_FALSE(IsPermanent(CategoryOfHttpStatus(402)));
}

}  // namespace
}  // namespace repartee
