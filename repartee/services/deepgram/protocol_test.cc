#include "repartee/services/deepgram/protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "repartee/base/encoding.h"

namespace repartee::deepgram {
namespace {

using ::testing::HasSubstr;

const std::filesystem::path kGolden = REPARTEE_SOURCE_DIR "/tests/golden/services/deepgram";

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

// ---------------------------------------------------------------- recordings

class Recording : public ::testing::TestWithParam<std::string> {};

// Each connection with the settings of its time: an update comes before the second.
TEST_P(Recording, ItsAddressesAreOurs) {
  std::ifstream in(kGolden / GetParam() / "input.json");
  std::ostringstream text;
  text << in.rdbuf();
  const Json input = Parse(text.str());
  Json settings = DefaultSettings();
  settings.update(input["service"]["settings"]);
  int connections = 0;
  for (const Json& line : Lines(kGolden / GetParam() / "transcript.jsonl")) {
    if (line["kind"] != "handshake" || line["dir"] != "c2s") continue;
    if (++connections == 2) {
      for (const Json& step : input["steps"]) {
        if (step["op"] == "push" && step["frame"]["type"] == "STTUpdateSettingsFrame") {
          settings.update(step["frame"]["settings"]);
        }
      }
    }
    EXPECT_EQ(ListenUrl("ws://h", settings, {}), "ws://h" + line["target"].get<std::string>());
  }
  EXPECT_GT(connections, 0);
}

TEST_P(Recording, ItsMessagesAreUnderstood) {
  std::multiset<std::string> texts;
  for (const Json& line : Lines(kGolden / GetParam() / "transcript.jsonl")) {
    if (line["dir"] != "s2c" || line["kind"] != "text") continue;
    const Result<Message> message = ParseMessage(line["text"].get<std::string>());
    if (!message.ok()) continue;  // in malformed_json alone
    if (!message->transcript.empty()) texts.insert(message->transcript);
  }
  std::multiset<std::string> shown;
  std::ifstream in(kGolden / GetParam() / "frames.json");
  std::ostringstream frames;
  frames << in.rdbuf();
  for (const Json& frame : Parse(frames.str())) {
    const std::string type = frame["type"];
    if (type == "TranscriptionFrame" || type == "InterimTranscriptionFrame") shown.insert(frame["text"]);
  }
  EXPECT_EQ(texts, shown);
}

INSTANTIATE_TEST_SUITE_P(Deepgram, Recording,
                         ::testing::Values("503_then_ok", "events_ignored", "finalize_empty",
                                           "finalize_on_vad_stop", "interim_final", "keepalive_when_idle",
                                           "malformed_json", "reconnect_after_drop", "settings_update",
                                           "too_many_requests", "two_finals_one_turn", "unauthorized"),
                         [](const auto& one) { return "R" + one.param; });

// ---------------------------------------------------------------- by hand

TEST(DeepgramUrl, WritesListsFlagsAndNumbersAsTheVendorReadsThem) {
  const Json settings = {{"model", "nova-3"},    {"keyterm", {"a", "b c"}},
                         {"endpointing", false}, {"utterance_end_ms", 1000},
                         {"version", nullptr},   {"extra", {{"tier", "x&y"}, {"model", "other"}}}};
  Fixed fixed;
  fixed.sample_rate = 8000;
  fixed.tag = {"t1"};
  fixed.mip_opt_out = true;

  EXPECT_EQ(ListenUrl("ws://h:1/", settings, fixed),
            "ws://h:1/v1/listen?channels=1&encoding=linear16&endpointing=false&keyterm=a&keyterm=b+c"
            "&mip_opt_out=true&model=other&multichannel=false&sample_rate=8000&tag=t1&tier=x%26y"
            "&utterance_end_ms=1000");
}

TEST(DeepgramUrl, TakesABareHostForASecureOne) {
  EXPECT_THAT(ListenUrl("api.example.com", Json::object(), {}),
              ::testing::StartsWith("wss://api.example.com/v1/listen?"));
}

TEST(DeepgramSettings, NamesWhatIsWrong) {
  EXPECT_TRUE(CheckSettings({{"language", nullptr}, {"redact", {"pci", "ssn"}}, {"endpointing", 300}}).ok());
  EXPECT_THAT(CheckSettings({{"punctuate", "yes"}}).message(), HasSubstr("punctuate is to be true or false"));
  EXPECT_THAT(CheckSettings({{"keyterm", {1}}}).message(), HasSubstr("keyterm"));
  EXPECT_THAT(CheckSettings({{"endpointing", true}}).message(), HasSubstr("endpointing"));
  EXPECT_THAT(CheckSettings({{"utterance_end_ms", -1}}).message(), HasSubstr("utterance_end_ms"));
  EXPECT_THAT(CheckSettings({{"modl", "x"}}).message(), HasSubstr("modl: there is no such setting"));
  EXPECT_THAT(CheckSettings({{"extra", {{"a", Json::object()}}}}).message(), HasSubstr("extra"));
}

TEST(DeepgramMessage, TakesMissingNullAndStrangeFields) {
  EXPECT_EQ(Parsed(R"({"type":"Results"})").transcript, "");
  EXPECT_EQ(Parsed(R"({"type":"Results","channel":{"alternatives":[]},"is_final":null})").is_final, false);
  EXPECT_EQ(Parsed(R"({"type":"Results","channel":[1],"start":"x","duration":1})").end, -1);
  EXPECT_EQ(Parsed(R"({"type":"Results","start":-1,"duration":1e300})").end, -1);
  EXPECT_EQ(Parsed(R"({"type":7})").type, MessageType::kOther);
  EXPECT_EQ(Parsed(R"({"type":"UtteranceEnd","last_word_end":0.5})").type, MessageType::kOther);
  EXPECT_EQ(Parsed(R"({"type":"Error","description":"bad","message":"sound"})").error, "bad: sound");
}

TEST(DeepgramMessage, RefusesWhatIsNoObject) {
  for (const char* const text : {"", "{", "[]", "7", "nonsense", "{\"type\":\"Results\",\"chan"}) {
    EXPECT_EQ(ParseMessage(text).status().code(), StatusCode::kMalformed) << text;
  }
}

}  // namespace
}  // namespace repartee::deepgram
