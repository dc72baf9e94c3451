#include "tests/scenario/frame_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>

#include "repartee/frames/lifecycle_frames.h"
#include "repartee/frames/service_frames.h"
#include "repartee/pipeline/pipeline.h"

namespace repartee::scenario {
namespace {

using ::testing::HasSubstr;

FrameSurroundings Surroundings() {
  return {.context = std::make_shared<LLMContext>(Json::parse(R"([{"role": "user", "content": "q"}])")),
          .wall_now = std::chrono::seconds(5)};
}

std::string ErrorOf(const char* text) {
  const Result<Ref<Frame>> frame = FrameFromCase(Json::parse(text), Surroundings());
  return frame.ok() ? "no error" : frame.status().message();
}

Json ReferenceFrames() {
  std::ifstream file(REPARTEE_SOURCE_DIR "/tests/golden/runtime/frames.json");
  return Json::parse(file)["frames"];
}

// A value for a required field of this type of the reference.
Json ExampleOf(const std::string& type) {
  static const std::map<std::string, Json> kExamples = {
      {"str", "x"},
      {"int", 2},
      {"float", 1.5},
      {"bool", true},
      {"bytes", {{"bytes", 8}}},
      {"Any", {{"a", 1}}},
      {"TextType | str", "word"},
      {"str | None", "x"},
      {"LLMContext", {{"messages", Json::array()}}},
      {"VADParams", Json::object()},
      {"tuple[int, int]", {2, 2}},
      {"FileSourceType", "url"},
      {"KeypadEntry", "5"},
      {"Mapping[str, Any]", Json::object()},
      {"Literal['none', 'auto', 'required'] | dict", "auto"}};
  const auto found = kExamples.find(type);
  return found == kExamples.end() ? Json::array() : found->second;
}

TEST(FrameJson, KnowsEveryFrameClassOfTheLibrary) {
  for (int type = 0; type < static_cast<int>(FrameType::kCustom); ++type) {
    const std::string_view name = FrameTypeName(static_cast<FrameType>(type));
    EXPECT_TRUE(IsFrameType(name)) << name;
  }
}

TEST(FrameJson, AgreesWithTheReferenceOnKindsMarksAndFieldNames) {
  const std::set<std::string> only_seen = {"MetricsFrame",
                                           "FrameProcessorPauseFrame",
                                           "FrameProcessorPauseUrgentFrame",
                                           "FrameProcessorResumeFrame",
                                           "FrameProcessorResumeUrgentFrame",
                                           "SpriteFrame",
                                           "LLMMessagesTransformFrame",
                                           "ManuallySwitchServiceFrame",
                                           "ServiceSwitcherRequestMetadataFrame"};
  int checked = 0;
  for (const Json& reference : ReferenceFrames()) {
    const auto name = reference["name"].get<std::string>();
    if (!IsFrameType(name) || only_seen.contains(name)) continue;
    Json fields = Json::object();
    std::set<std::string> known;
    for (const Json& field : reference["fields"]) {
      known.insert(field["name"].get<std::string>());
      if (field["default"] == "<required>" && field["constructor"] == true) {
        fields[field["name"].get<std::string>()] = ExampleOf(field["type"].get<std::string>());
      }
    }
    const bool update = name.ends_with("UpdateSettingsFrame") && !fields.contains("settings");
    if (update) fields["settings"] = {{"voice", "v"}};

    const Result<Ref<Frame>> frame = FrameFromCase({{"type", name}, {"fields", fields}}, Surroundings());

    ASSERT_TRUE(frame.ok()) << frame.status();
    const Json told = FrameToCase(**frame);
    EXPECT_EQ(told["type"], name);
    EXPECT_EQ(told["kind"], reference["kind"]) << name;
    EXPECT_NE(told.contains("uninterruptible"), reference["interruptible"].get<bool>()) << name;
    const Json told_fields = told.value("fields", Json::object());
    for (const auto& [field, value] : told_fields.items())
      EXPECT_TRUE(known.contains(field)) << name << " " << field;
    if (!update) {
      for (const auto& [field, value] : fields.items())
        EXPECT_TRUE(told_fields.contains(field)) << name << " " << field;
    }
    ++checked;
  }
  EXPECT_GT(checked, 100);
}

TEST(FrameJson, GivesBackTheFieldsOfACase) {
  const Json given = Json::parse(R"({"type": "TTSTextFrame", "kind": "data", "fields": {
      "text": "fox", "includes_inter_frame_spaces": true, "append_to_context": false, "text_type": "word",
      "context_id": "c", "raw_text": "Fox", "will_be_spoken": true, "segment_id": 7}})");

  const Result<Ref<Frame>> frame = FrameFromCase(given, Surroundings());

  ASSERT_TRUE(frame.ok()) << frame.status();
  EXPECT_EQ(FrameToCase(**frame), given);
}

TEST(FrameJson, TellsMarksOfTheFrameItself) {
  const Json given =
      Json::parse(R"({"type": "TextFrame", "uninterruptible": true, "fields": {"text": "a"}})");
  Result<Ref<Frame>> frame = FrameFromCase(given, Surroundings());
  ASSERT_TRUE(frame.ok()) << frame.status();
  (*frame)->pts = 1'500'000;
  (*frame)->broadcast_sibling_id = 9;

  const Json told = FrameToCase(**frame);

  EXPECT_EQ(told["uninterruptible"], true);
  EXPECT_EQ(told["broadcast"], true);
  EXPECT_EQ(told["pts_ms"], 1.5);
}

TEST(FrameJson, LeavesFreeTimesToTheClock) {
  const Result<Ref<Frame>> frame = FrameFromCase(
      Json::parse(
          R"({"type": "VADUserStartedSpeakingFrame", "fields": {"start_secs": 0.2, "timestamp": "<any>"}})"),
      Surroundings());

  ASSERT_TRUE(frame.ok()) << frame.status();
  EXPECT_EQ(FrameToCase(**frame)["fields"]["timestamp"], 5.0);
}

TEST(FrameJson, WritesAStepFlatAndWithoutNamesOfThisImplementation) {
  auto error = Make<ErrorFrame>("it failed");
  error->processor = "Service#0";
  error->exception = "what was thrown";
  error->category = ErrorCategory::kRateLimit;

  EXPECT_EQ(FrameToStep(*error), Json::parse(R"({"type": "ErrorFrame", "pts": null, "error": "it failed",
                                                 "fatal": false, "category": "rate_limit"})"));
}

TEST(FrameJson, WritesMeasurementsByClass) {
  LLMTokenUsage usage_of_call;
  usage_of_call.prompt_tokens = 3;
  MetricsData usage{.processor = "P#0", .model = "m", .value = LLMUsageMetricsData{usage_of_call}};

  const Json told = FrameToStep(*Make<MetricsFrame>(std::vector<MetricsData>{usage}));

  EXPECT_EQ(told["data"][0]["class"], "LLMUsageMetricsData");
  EXPECT_EQ(told["data"][0]["processor"], "P#0");
  EXPECT_EQ(told["data"][0]["model"], "m");
  EXPECT_EQ(told["data"][0]["value"]["prompt_tokens"], 3);
}

TEST(FrameJson, TakesTheSettingsOfAStepAsTheChange) {
  const Result<Ref<Frame>> frame = FrameFromStep(
      Json::parse(R"({"type": "TTSUpdateSettingsFrame", "settings": {"voice": "v"}})"), Surroundings());

  ASSERT_TRUE(frame.ok()) << frame.status();
  EXPECT_EQ((*frame)->As<TTSUpdateSettingsFrame>()->delta, Json::parse(R"({"voice": "v"})"));
}

TEST(FrameJson, NamesWhatItDoesNotUnderstand) {
  EXPECT_THAT(ErrorOf(R"({"type": "NoFrame"})"), HasSubstr("unknown frame type \"NoFrame\""));
  EXPECT_THAT(ErrorOf(R"({"type": "TextFrame", "colour": 1})"), HasSubstr("unknown key \"colour\""));
  EXPECT_THAT(ErrorOf(R"({"type": "TextFrame", "fields": {"text": "a", "size": 1}})"),
              HasSubstr("TextFrame: unknown key \"size\""));
  EXPECT_THAT(ErrorOf(R"({"type": "TextFrame"})"), HasSubstr("TextFrame: text: missing"));
  EXPECT_THAT(ErrorOf(R"({"type": "TextFrame", "fields": {"text": 5}})"),
              HasSubstr("a text is needed, not 5"));
  EXPECT_THAT(ErrorOf(R"({"type": "TextFrame", "kind": "system", "fields": {"text": "a"}})"),
              HasSubstr("is a data frame"));
  EXPECT_THAT(ErrorOf(R"({"type": "TextFrame", "fields": []})"), HasSubstr("an object is needed"));
  EXPECT_THAT(ErrorOf(R"({"type": "MetricsFrame"})"), HasSubstr("cannot be given"));
  EXPECT_THAT(ErrorOf(R"({"type": "TTSSpeakFrame", "fields": {"text": "a", "text_type": "song"}})"),
              HasSubstr("none of the known values"));
  EXPECT_THAT(
      ErrorOf(
          R"({"type": "OutputAudioRawFrame", "fields": {"audio": {"bytes": 3}, "sample_rate": 1, "num_channels": 1}})"),
      HasSubstr("16-bit"));
  EXPECT_THAT(
      ErrorOf(
          R"({"type": "OutputAudioRawFrame", "fields": {"audio": {"bytes": 4}, "sample_rate": 16000, "num_channels": 1, "num_frames": 3}})"),
      HasSubstr("3 is given, 2 follows"));
  EXPECT_THAT(ErrorOf(R"([1])"), HasSubstr("an object is needed"));
}

}  // namespace
}  // namespace repartee::scenario
