#include "repartee/services/cartesia/protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace repartee::cartesia {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::filesystem::path kGolden = REPARTEE_SOURCE_DIR "/tests/golden/services/cartesia";

Json Parse(std::string_view text) {
  Result<Json> json = ParseJson(text);
  EXPECT_TRUE(json.ok()) << text;
  return json.ok() ? *json : Json();
}

std::vector<Json> Lines(const std::filesystem::path& file) {
  std::vector<Json> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(Parse(line));
  return lines;
}

Message Parsed(std::string_view text) {
  Result<Message> message = ParseMessage(text);
  EXPECT_TRUE(message.ok()) << message.status();
  return message.ok() ? *std::move(message) : Message();
}

std::vector<std::string> Texts(const std::vector<TimedWord>& words) {
  std::vector<std::string> texts;
  for (const TimedWord& word : words) texts.push_back(word.text);
  return texts;
}

// ---------------------------------------------------------------- recordings

class Recording : public ::testing::TestWithParam<std::string> {};

TEST_P(Recording, ItsRequestsAreOurs) {
  Json settings = DefaultSettings();
  settings["voice"] = "voice-0001";
  for (const Json& line : Lines(kGolden / GetParam() / "transcript.jsonl")) {
    if (line["dir"] != "c2s" || line["kind"] != "text") continue;
    const Json theirs = Parse(line["text"].get<std::string>());
    const std::string id = theirs["context_id"];
    if (theirs.contains("cancel")) {
      EXPECT_EQ(Parse(CancelRequest(id)), theirs);
      continue;
    }
    // As the scenario changes them on the run.
    settings["voice"] = theirs["voice"]["id"];
    if (theirs.contains("generation_config")) settings["generation_config"] = theirs["generation_config"];
    EXPECT_EQ(SpeakRequest(settings, {}, id, theirs["transcript"].get<std::string>()), theirs.dump());
  }
}

TEST_P(Recording, ItsMessagesAreUnderstood) {
  std::size_t theirs = 0;
  std::size_t ours = 0;
  for (const Json& line : Lines(kGolden / GetParam() / "transcript.jsonl")) {
    if (line["dir"] != "s2c" || line["kind"] != "text") continue;
    const Result<Message> message = ParseMessage(line["text"].get<std::string>());
    if (!message.ok()) continue;  // in malformed_json alone
    const Json raw = Parse(line["text"].get<std::string>());
    const std::string type = raw["type"];
    if (type == "timestamps") {
      theirs += raw["word_timestamps"]["words"].size();
      ours += message->words.size();
      EXPECT_EQ(message->words[0].start, FromSeconds(raw["word_timestamps"]["start"][0].get<double>()));
    }
    EXPECT_EQ(message->type == MessageType::kChunk, type == "chunk");
    EXPECT_EQ(message->type == MessageType::kDone, type == "done");
    EXPECT_EQ(message->type == MessageType::kError, type == "error");
    EXPECT_EQ(message->context_id, raw.value("context_id", ""));
  }
  EXPECT_EQ(ours, theirs);
}

INSTANTIATE_TEST_SUITE_P(Cartesia, Recording,
                         ::testing::Values("drop_mid_utterance", "error", "idle_close", "interrupted",
                                           "malformed_json", "one_sentence", "two_sentences", "unauthorized",
                                           "voice_change_mid_turn", "word_timestamps"));

// ---------------------------------------------------------------- by hand

TEST(CartesiaRequest, LeavesTheDelayToTheVendorAndTakesFurtherFields) {
  Fixed fixed;
  fixed.sample_rate = 8000;
  fixed.max_buffer_delay_ms.reset();
  const Json settings = {{"model", "m"},
                         {"voice", "v"},
                         {"language", nullptr},
                         {"pronunciation_dict_id", "p"},
                         {"extra", {{"flush", true}}}};
  const Json request = Parse(SpeakRequest(settings, fixed, "c", "Hi."));

  EXPECT_FALSE(request.contains("max_buffer_delay_ms"));
  EXPECT_FALSE(request.contains("language"));
  EXPECT_EQ(request["pronunciation_dict_id"], "p");
  EXPECT_EQ(request["flush"], true);
  EXPECT_EQ(request["output_format"]["sample_rate"], 8000);
  EXPECT_EQ(request["continue"], true);
}

TEST(CartesiaSettings, NamesWhatIsWrong) {
  EXPECT_TRUE(
      CheckSettings({{"voice", "v"}, {"generation_config", {{"speed", 1.5}, {"emotion", "happy"}}}}).ok());
  EXPECT_THAT(CheckSettings({{"voice", 7}}).message(), HasSubstr("voice is to be a text"));
  EXPECT_THAT(CheckSettings({{"generation_config", {{"speed", 1.6}}}}).message(), HasSubstr("0.6 to 1.5"));
  EXPECT_THAT(CheckSettings({{"generation_config", {{"volume", 0.4}}}}).message(), HasSubstr("0.5 to 2"));
  EXPECT_THAT(CheckSettings({{"generation_config", {{"pitch", 1}}}}).message(), HasSubstr("pitch"));
  EXPECT_THAT(CheckSettings({{"generation_config", 1}}).message(), HasSubstr("an object"));
  EXPECT_THAT(CheckSettings({{"speed", 1}}).message(), HasSubstr("speed: there is no such setting"));
  EXPECT_THAT(CheckSampleRate(12345).message(), HasSubstr("12345 Hz"));
}

TEST(CartesiaMessage, TakesMissingNullAndStrangeFields) {
  EXPECT_THAT(Parsed(R"({"type":"timestamps"})").words, IsEmpty());
  EXPECT_THAT(
      Texts(Parsed(
                R"({"type":"timestamps","word_timestamps":{"words":["a",7,"c","d"],"start":[0,1,-1,2.5,9]}})")
                .words),
      ElementsAre("a", "d"));
  EXPECT_EQ(Parsed(R"({"type":"chunk","data":null})").audio, "");
  EXPECT_EQ(Parsed(R"({"type":"chunk","data":"AAE="})").audio, std::string("\0\x01", 2));
  EXPECT_EQ(Parsed(R"({"type":"error","status_code":"x"})").error, "an error without a text");
  EXPECT_EQ(Parsed(R"({"type":"error","title":"T","message":"M","status_code":402})").error, "T: M");
  EXPECT_EQ(Parsed(R"({"type":"brand_new"})").type, MessageType::kOther);
}

TEST(CartesiaMessage, RefusesWhatIsNoMessage) {
  for (const char* const text : {"", "{not json", "[1]", R"({"type":"chunk","data":"!"})"}) {
    EXPECT_EQ(ParseMessage(text).status().code(), StatusCode::kMalformed) << text;
  }
}

TEST(CartesiaWords, LoseTheTagsThatSteerTheVoice) {
  EXPECT_EQ(WithoutTags("<spell>A7</spell>."), "A7.");
  EXPECT_EQ(WithoutTags("<emotion value=\"calm\"/>Your"), "Your");
  EXPECT_EQ(WithoutTags("one<break time='1s'/>two"), "one two");
  EXPECT_EQ(WithoutTags("one<break/><volume ratio=\"1\"/>,"), "one,");
  EXPECT_EQ(WithoutTags("<speed ratio=\"1.2\"/>"), "");
  EXPECT_EQ(WithoutTags("a<b"), "a<b");
  EXPECT_EQ(WithoutTags("<speller>x"), "<speller>x");
  EXPECT_EQ(WithoutTags("<spell"), "<spell");
}

TEST(CartesiaWords, JoinPunctuationWhereEachCharacterIsAWord) {
  EXPECT_TRUE(SpeaksWithoutBlanks("zh"));
  EXPECT_TRUE(SpeaksWithoutBlanks("ja-JP"));
  EXPECT_FALSE(SpeaksWithoutBlanks("en"));
  std::vector<TimedWord> words = {{"\u4f60", Nanos(0)}, {"\u597d", Nanos(1)}, {"\u3002", Nanos(2)}};
  const auto joined = JoinPunctuation(words);
  EXPECT_THAT(Texts(joined), ElementsAre("\u4f60", "\u597d\u3002"));
  EXPECT_EQ(joined[1].start, Nanos(1));
}

}  // namespace
}  // namespace repartee::cartesia
