#include "repartee/services/openai/protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace repartee::openai {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::filesystem::path kGolden = REPARTEE_SOURCE_DIR "/tests/golden/services/openai";

Json Parse(std::string_view text) {
  Result<Json> json = ParseJson(text);
  EXPECT_TRUE(json.ok()) << text;
  return json.ok() ? *json : Json();
}

std::string Read(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<Json> Lines(const std::filesystem::path& file) {
  std::vector<Json> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(Parse(line));
  return lines;
}

std::string Chunks(const std::string& delta) {
  return R"({"model":"m","choices":[{"index":0,"delta":)" + delta + "}]}";
}

// ---------------------------------------------------------------- recordings

class Recording : public ::testing::TestWithParam<std::string> {};

TEST_P(Recording, ItsRequestsAreOurs) {
  const std::filesystem::path folder = kGolden / GetParam();
  const Json input = Parse(Read(folder / "input.json"));
  const Json tools = RequestTools(input["context"].value("tools", Json::array()));
  int requests = 0;
  for (const Json& line : Lines(folder / "transcript.jsonl")) {
    if (line.value("kind", "") != "http_request") continue;
    ++requests;
    const Json theirs = Parse(line["text"].get<std::string>());
    Json messages = theirs["messages"];
    messages.erase(0);  // the service's instruction

    Json settings = input["service"]["settings"];
    settings["model"] = "gpt-4.1";
    const Json ours = Parse(RequestBody(settings, messages, tools, Json(), {}));

    EXPECT_EQ(ours, theirs);
  }
  EXPECT_GT(requests, 0);
}

TEST_P(Recording, ItsChunksGiveItsFrames) {
  const std::filesystem::path folder = kGolden / GetParam();
  std::vector<std::string> words;
  std::vector<Json> usage;
  for (const Json& line : Lines(folder / "transcript.jsonl")) {
    if (line.value("kind", "") != "sse" || line["text"] == "[DONE]") continue;
    const Result<Chunk> chunk = ParseChunk(line["text"].get<std::string>());
    if (!chunk.ok() || chunk->error) break;  // there the reference stopped
    if (!chunk->text.empty()) words.push_back(chunk->text);
    if (chunk->usage)
      usage.push_back({chunk->usage->prompt_tokens, chunk->usage->completion_tokens,
                       chunk->usage->total_tokens, *chunk->usage->cache_read_input_tokens,
                       *chunk->usage->reasoning_tokens});
  }

  std::vector<std::string> expected_words;
  std::vector<Json> expected_usage;
  for (const Json& frame : Parse(Read(folder / "frames.json"))) {
    if (frame["type"] == "LLMTextFrame") expected_words.push_back(frame["text"]);
    for (const Json& data : frame.value("data", Json::array())) {
      if (data["class"] != "LLMUsageMetricsData") continue;
      const Json& value = data["value"];
      expected_usage.push_back({value["prompt_tokens"], value["completion_tokens"], value["total_tokens"],
                                value["cache_read_input_tokens"], value["reasoning_tokens"]});
    }
  }
  EXPECT_EQ(words, expected_words);
  EXPECT_EQ(usage, expected_usage);
}

INSTANTIATE_TEST_SUITE_P(Golden, Recording,
                         ::testing::Values("text_stream", "parallel_tools", "bad_arguments",
                                           "error_event_mid_stream", "garbage_chunk", "interrupted",
                                           "no_done_marker", "split_bytes"),
                         [](const auto& scenario) { return scenario.param; });

TEST(OpenAIProtocol, JoinsTheCallsOfTheRecordedAnswer) {
  ToolCallAssembler assembler;
  for (const Json& line : Lines(kGolden / "parallel_tools" / "transcript.jsonl")) {
    if (line.value("kind", "") != "sse" || line["text"] == "[DONE]") continue;
    const Result<Chunk> chunk = ParseChunk(line["text"].get<std::string>());
    for (const ToolCallPiece& piece : chunk->tool_calls) assembler.Add(piece);
  }

  const auto calls = std::move(assembler).Finish();

  ASSERT_THAT(calls, SizeIs(2));
  EXPECT_EQ(calls[0].id, "call_A1");
  EXPECT_EQ(calls[0].name, "get_weather");
  EXPECT_EQ(calls[0].arguments, Parse(R"({"place":"Oslo"})"));
  EXPECT_EQ(calls[1].arguments, Parse(R"({"place":"Oslo","format":"24h"})"));
  EXPECT_EQ(calls[1].problem, "");
}

// ---------------------------------------------------------------- request

TEST(OpenAIProtocol, SendsTheSettingsThatAreGivenAndWhatIsExtra) {
  const Json settings =
      Parse(R"({"model":"m","temperature":0.2,"seed":7,"extra":{"top_k":5,"stream":false}})");

  const Json body =
      Parse(RequestBody(settings, Json::array(), Json::array(), "auto", {.stream_options = false}));

  EXPECT_EQ(body,
            Parse(R"({"model":"m","stream":false,"messages":[],"temperature":0.2,"seed":7,"top_k":5})"));
}

TEST(OpenAIProtocol, AToolChoiceGoesWithTools) {
  const Json tools = RequestTools(Parse(R"([{"name":"f"},{"type":"function","function":{"name":"g"}}])"));

  const Json body = Parse(RequestBody(Parse(R"({"model":"m"})"), Json::array(), tools, "required", {}));

  EXPECT_EQ(body["tool_choice"], "required");
  EXPECT_EQ(body["tools"][0]["function"]["parameters"],
            Parse(R"({"type":"object","properties":{},"required":[]})"));
  EXPECT_EQ(body["tools"][1], Parse(R"({"type":"function","function":{"name":"g"}})"));
}

TEST(OpenAIProtocol, SparesAServerTheDeveloperRole) {
  const Json messages = Parse(R"([{"role":"developer","content":"x"},{"role":"user","content":"y"}])");

  const Json body = Parse(
      RequestBody(Parse(R"({"model":"m"})"), messages, Json::array(), Json(), {.developer_role = false}));

  EXPECT_EQ(body["messages"][0]["role"], "system");
  EXPECT_EQ(body["messages"][1]["role"], "user");
}

TEST(OpenAIProtocol, BrokenTextOfACallerDoesNotBreakTheRequest) {
  const Json messages = Json::array({Json{{"role", "user"}, {"content", "a\xFFz"}}});

  const Json body = Parse(RequestBody(Parse(R"({"model":"m"})"), messages, Json::array(), Json(), {}));

  EXPECT_EQ(body["messages"][0]["content"], "a\uFFFDz");
}

TEST(OpenAIProtocol, NamesTheSettingThatIsWrong) {
  struct Case {
    const char* settings;
    const char* says;
  };
  for (const Case& wrong : {Case{R"({"temperature":"hot"})", "temperature must be a number, not string"},
                            Case{R"({"max_tokens":1.5})", "max_tokens must be a whole number"},
                            Case{R"({"extra":[]})", "extra must be an object, not array"},
                            Case{R"({"modell":"m"})", "there is no setting \"modell\""}}) {
    EXPECT_THAT(CheckSettings(Parse(wrong.settings)).message(), HasSubstr(wrong.says));
  }
  EXPECT_TRUE(CheckSettings(Parse(R"({"model":"m","temperature":null,"seed":3,"extra":{"a":1}})")).ok());
}

// ---------------------------------------------------------------- answer

TEST(OpenAIProtocol, RefusesWhatIsNoJsonObject) {
  for (const std::string& data :
       {std::string("{\"choices\":[{\"del"), std::string(), std::string("[]"), std::string("null"),
        std::string("\xFF\xFE"), std::string(100000, '['), "{\"a\":" + std::string(100000, '[')}) {
    EXPECT_EQ(ParseChunk(data).status().code(), StatusCode::kMalformed) << data.substr(0, 40);
  }
}

TEST(OpenAIProtocol, TakesFieldsOfAWrongTypeForMissing) {
  for (
      const char* data :
      {R"({})", R"({"choices":null,"usage":null,"error":null})", R"({"choices":{},"usage":[],"model":3})",
       R"({"choices":[null]})", R"({"choices":[{"delta":null}]})", R"({"choices":[{"delta":{"content":7}}]})",
       R"({"choices":[{"delta":{"tool_calls":{}}}]})", R"({"choices":[{"delta":{"tool_calls":[null,3]}}]})",
       R"({"choices":[],"usage":{"prompt_tokens":-1,"completion_tokens":1e300,"total_tokens":"3"}})",
       R"({"choices":[{"delta":{"tool_calls":[{"index":-4,"id":5,"function":{"name":[],"arguments":7}}]}}]})"}) {
    const Result<Chunk> chunk = ParseChunk(data);
    ASSERT_TRUE(chunk.ok()) << data;
    EXPECT_EQ(chunk->text, "") << data;
    EXPECT_EQ(chunk->error, std::nullopt) << data;
  }
}

TEST(OpenAIProtocol, AFiltersVerdictAheadOfTheAnswerIsNoAnswer) {
  const Result<Chunk> chunk = ParseChunk(R"({"choices":[],"prompt_filter_results":[{"prompt_index":0}]})");

  EXPECT_FALSE(chunk->has_choice);
}

TEST(OpenAIProtocol, CountsInDoublesAndSumsWhatIsNotSummed) {
  const Result<Chunk> chunk = ParseChunk(R"({"usage":{"prompt_tokens":3.0,"completion_tokens":4}})");

  EXPECT_EQ(chunk->usage->prompt_tokens, 3);
  EXPECT_EQ(chunk->usage->total_tokens, 7);
  EXPECT_EQ(chunk->usage->cache_read_input_tokens, std::nullopt);
}

TEST(OpenAIProtocol, FindsTheTextOfAnError) {
  EXPECT_EQ(ErrorText(R"({"error":{"message":"no such model","type":"x"}})"), "no such model");
  EXPECT_EQ(ErrorText(R"({"error":"no such model"})"), "no such model");
  EXPECT_EQ(ErrorText(R"({"detail":"Not Found"})"), "Not Found");
  EXPECT_EQ(ErrorText("<html>\nBad gateway"), "<html> Bad gateway");
  EXPECT_THAT(ErrorText(std::string(299, 'x') + "\xC3\xA9 and more"), ::testing::EndsWith("x..."));
  EXPECT_EQ(*ParseChunk(R"({"error":{"message":"overloaded"}})")->error, "overloaded");
}

// ---------------------------------------------------------------- function calls

std::vector<ToolCall> Assemble(std::initializer_list<const char*> deltas) {
  ToolCallAssembler assembler;
  for (const char* delta : deltas) {
    const Result<Chunk> chunk = ParseChunk(Chunks(delta));
    for (const ToolCallPiece& piece : chunk->tool_calls) assembler.Add(piece);
  }
  return std::move(assembler).Finish();
}

TEST(ToolCallAssembler, JoinsInterleavedPieces) {
  const auto calls = Assemble(
      {R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"f"}},{"index":1,"id":"b","function":{"name":"g"}}]})",
       R"({"tool_calls":[{"index":1,"function":{"arguments":"{\"x\":"}}]})",
       R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"y\":1}"}}]})",
       R"({"tool_calls":[{"index":1,"function":{"arguments":"2}"}}]})"});

  ASSERT_THAT(calls, SizeIs(2));
  EXPECT_EQ(calls[0].arguments, Parse(R"({"y":1})"));
  EXPECT_EQ(calls[1].arguments, Parse(R"({"x":2})"));
}

TEST(ToolCallAssembler, TakesCallsWithoutIndexOrIdOrArguments) {
  const auto calls = Assemble({R"({"tool_calls":[{"function":{"name":"f","arguments":"{\"a\""}}]})",
                               R"({"tool_calls":[{"function":{"arguments":":1}"}}]})",
                               R"({"tool_calls":[{"function":{"name":"g"}}]})",
                               R"({"tool_calls":[{"function":{"name":"h","arguments":{"b":2}}}]})"});

  ASSERT_THAT(calls, SizeIs(3));
  EXPECT_EQ(calls[0].arguments, Parse(R"({"a":1})"));
  EXPECT_THAT(calls[0].id, ::testing::StartsWith("call_"));
  EXPECT_NE(calls[0].id, calls[1].id);
  EXPECT_EQ(calls[1].arguments, Json::object());
  EXPECT_EQ(calls[2].arguments, Parse(R"({"b":2})"));
}

TEST(ToolCallAssembler, SaysWhatIsWrongWithTheArguments) {
  const auto calls = Assemble({R"({"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{\"pl"}}]})",
                               R"({"tool_calls":[{"index":1,"function":{"name":"g","arguments":"[1]"}}]})",
                               R"({"tool_calls":[{"index":2,"id":"x","function":{"arguments":"{}"}}]})"});

  ASSERT_THAT(calls, SizeIs(2));
  EXPECT_THAT(calls[0].problem, HasSubstr("no valid JSON"));
  EXPECT_EQ(calls[1].problem, "The arguments are no JSON object.");
}

TEST(ToolCallAssembler, IsBounded) {
  ToolCallAssembler assembler;
  for (int i = 0; i < 1000; ++i) assembler.Add({i, "id", "f", {}});
  for (int i = 0; i < 1000; ++i) assembler.Add({0, {}, {}, std::string(1000, ' ')});

  const auto calls = std::move(assembler).Finish();

  ASSERT_THAT(calls, SizeIs(128));
  EXPECT_THAT(calls[0].problem, HasSubstr("longer than"));
}

TEST(OpenAIProtocol, CountsNoMoreTokensThanThereCanBe) {
  const auto chunk = ParseChunk(
      R"({"choices":[],"usage":{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807}})");

  ASSERT_TRUE(chunk.ok() && chunk->usage);
  EXPECT_EQ(chunk->usage->total_tokens, 2'000'000'000'000'000);
}

}  // namespace
}  // namespace repartee::openai
