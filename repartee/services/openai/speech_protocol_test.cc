#include "repartee/services/openai/speech_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/audio/wav.h"

namespace repartee::openai {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(OpenAITranscription, SendsItsSettingsAndTheSoundAsAFile) {
  const std::vector<std::int16_t> samples = {1, -2, 300};
  const Json settings = {
      {"model", "m"}, {"language", nullptr}, {"temperature", 0.5}, {"extra", {{"hotwords", "x"}}}};
  const std::string body = TranscriptionBody(settings, samples, 16000, "B");

  EXPECT_THAT(body, StartsWith("--B\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n--B\r\n"));
  EXPECT_THAT(body, HasSubstr("name=\"temperature\"\r\n\r\n0.5\r\n"));
  EXPECT_THAT(body, HasSubstr("name=\"hotwords\"\r\n\r\nx\r\n"));
  EXPECT_THAT(body, HasSubstr("name=\"response_format\"\r\n\r\njson\r\n"));
  EXPECT_THAT(body, Not(HasSubstr("language")));
  EXPECT_THAT(body, EndsWith("\r\n--B--\r\n"));
  const std::string head = "Content-Type: audio/wav\r\n\r\n";
  const std::size_t begin = body.find(head) + head.size();
  auto wav = WavReader::FromBytes(body.substr(begin, body.rfind("\r\n--B--") - begin), "sent");
  ASSERT_TRUE(wav.ok()) << wav.status();
  std::vector<std::int16_t> read(4);
  EXPECT_EQ(*wav->Read(read), 3u);
  EXPECT_EQ(wav->info().rate_hz, 16000);
  EXPECT_EQ(read[2], 300);
}

TEST(OpenAITranscription, GivesTheWordsWithoutBlanksAround) {
  EXPECT_EQ(*ParseTranscription(R"({"text":"  What time is it?\n","usage":{}})"), "What time is it?");
  EXPECT_EQ(*ParseTranscription(R"({"text":" "})"), "");
  for (const char* const broken : {"", "hello", "[]", R"({"words":[]})", R"({"text":null})"}) {
    EXPECT_EQ(ParseTranscription(broken).status().code(), StatusCode::kMalformed) << broken;
  }
}

TEST(OpenAISpeech, AsksForRawSound) {
  EXPECT_EQ(
      SpeechBody({{"model", "m"}, {"voice", "v"}, {"speed", nullptr}, {"extra", {{"stream", true}}}}, "Hi."),
      R"({"input":"Hi.","response_format":"pcm","model":"m","voice":"v","stream":true})");
}

TEST(OpenAISpeech, NamesASettingThatIsWrong) {
  EXPECT_TRUE(CheckSpeechSettings({{"voice", "v"}, {"speed", 4}, {"instructions", nullptr}}).ok());
  EXPECT_THAT(CheckSpeechSettings({{"speed", 5}}).message(),
              HasSubstr("speed is to be a number from 0.25 to 4"));
  EXPECT_THAT(CheckSpeechSettings({{"voice", 1}}).message(), HasSubstr("voice is to be a text"));
  EXPECT_THAT(CheckSpeechSettings({{"language", "en"}}).message(), HasSubstr("no such setting"));
  EXPECT_THAT(CheckTranscriptionSettings({{"extra", 1}}).message(), HasSubstr("extra is to be an object"));
}

}  // namespace
}  // namespace repartee::openai
