// Turns, texts, contributions and spans as the dashboard shows them, of real Pipecat's
// recorded exports and of our own runtime's spans.
#include <cmath>

#include "repartee/server/ui/spoken.h"
#include "repartee/server/ui/ui_kit_for_test.h"

namespace repartee::server::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::uint64_t kStart = 1'795'000'000'000'000'000;
constexpr std::uint64_t kMs = 1'000'000;

double Sum(const Json& contributions) {
  double sum = 0;
  for (const Json& part : contributions) sum += part["duration"].get<double>();
  return sum;
}

std::vector<std::string> Names(const Json& contributions) {
  std::vector<std::string> names;
  for (const Json& part : contributions) names.push_back(part["name"]);
  return names;
}

// A call of our own runtime: an answered turn with a tool, a turn cut short, and the one that cut it.
std::vector<TestSpan> OwnCall() {
  const auto span = [](std::uint64_t id, std::uint64_t parent, std::string name, std::uint64_t from,
                       std::uint64_t to) {
    TestSpan made{.span_id = SpanIdOf(id), .name = std::move(name)};
    if (parent != 0) made.parent_id = SpanIdOf(parent);
    made.start_ns = kStart + from * kMs;
    made.end_ns = kStart + to * kMs;
    return made;
  };
  const auto service = [&span](std::uint64_t id, std::uint64_t parent, const std::string& kind,
                               const std::string& provider, std::uint64_t from, std::uint64_t to,
                               double ttfb) {
    TestSpan made = span(id, parent, kind + "_" + provider + kind + "service", from, to);
    made.texts = {{"gen_ai.operation.name", kind == "llm" ? "chat" : kind},
                  {"gen_ai.provider.name", provider},
                  {"gen_ai.request.model", "m1"}};
    made.numbers = {{"metrics.ttfb", ttfb}};
    return made;
  };
  std::vector<TestSpan> spans;
  spans.push_back(span(1, 0, "conversation", 0, 9'000));
  spans.back().texts = {{"conversation.type", "voice"}, {"conversation.id", "customer-123"}};
  spans.push_back(span(2, 1, "turn-1", 100, 5'000));
  spans.back().integers = {{"turn.number", 1}};
  spans.back().numbers = {{"turn.user_bot_latency_seconds", 1.2}, {"latency.endpointing_wait", 0.2},
                          {"latency.transcription", 0.1},         {"latency.llm_inference", 0.3},
                          {"latency.function_handler", 0.1},      {"latency.speech_synthesis", 0.5}};
  spans.back().texts = {{"langfuse.observation.input", "What is the weather?"},
                        {"langfuse.observation.output", "It is sunny."},
                        {"turn.end_reason", "user_started"}};
  spans.push_back(service(3, 2, "stt", "deepgram", 100, 1'300, 0.3));
  spans.back().texts.emplace_back("transcript", "What is the weather?");
  spans.push_back(service(4, 2, "llm", "openai", 1'400, 1'700, 0.15));
  spans.back().texts.emplace_back("output", "It is sunny.");
  spans.push_back(span(5, 2, "execute_tool get_weather", 1'700, 1'800));
  spans.back().texts = {{"gen_ai.operation.name", "execute_tool"}, {"gen_ai.tool.name", "get_weather"}};
  spans.push_back(service(6, 2, "tts", "cartesia", 1'900, 5'000, 0.2));
  spans.back().texts.emplace_back("text", "It is sunny.");
  spans.push_back(span(7, 1, "turn-2", 5'500, 8'000));
  spans.back().integers = {{"turn.number", 2}};
  spans.back().marks = {{"turn.was_interrupted", true}};
  spans.back().texts = {{"langfuse.observation.input", "Tell me more."},
                        {"langfuse.observation.output", "Gladly: the"},
                        {"turn.end_reason", "interrupted"}};
  spans.push_back(service(8, 7, "llm", "openai", 6'500, 7'000, 0.2));
  spans.back().texts.emplace_back("output", "Gladly:  the sun shines until nine.");
  spans.push_back(service(9, 7, "tts", "cartesia", 7'000, 8'000, 0.2));
  spans.back().texts.emplace_back("text", "Gladly: the sun shines");
  spans.back().texts.emplace_back("tts.text_heard", "Gladly: the");
  spans.back().marks = {{"tts.interrupted", true}};
  spans.push_back(span(10, 1, "turn-3", 8'000, 9'000));
  spans.back().integers = {{"turn.number", 3}};
  return spans;
}

TEST(OwnConversation, ContributionsSumToTheReplyInOrder) {
  UiKit ui;
  ui.Send(OwnCall());

  const Json turn = ui.OnlyConversation()["turns"][0];

  EXPECT_EQ(turn["reply"], 1200.0);
  EXPECT_THAT(Names(turn["contributions"]), ElementsAre("Endpointing wait", "Transcription", "LLM inference",
                                                        "Function handler", "Speech synthesis"));
  EXPECT_NEAR(Sum(turn["contributions"]), 1200, 0.5);
  EXPECT_EQ(turn["contributions"][2]["from"], 300.0);
  EXPECT_EQ(turn["contributions"][0]["owner"], "setting");
  EXPECT_EQ(turn["contributions"][3]["detail"], "get_weather");
  EXPECT_EQ(turn["contributions"][4]["detail"], "cartesia · m1");
}

TEST(OwnConversation, TellsWhatWasHeardFromWhatWasGenerated) {
  UiKit ui;
  ui.Send(OwnCall());

  const Json turns = ui.OnlyConversation()["turns"];

  EXPECT_EQ(turns[0]["user_text"], "What is the weather?");
  EXPECT_EQ(turns[0]["bot_text"], "It is sunny.");
  EXPECT_TRUE(turns[0]["bot_unspoken"].is_null());
  EXPECT_EQ(turns[1]["interrupted"], true);
  EXPECT_EQ(turns[1]["bot_text"], "Gladly: the");
  EXPECT_EQ(turns[1]["bot_unspoken"], "sun shines until nine.");
}

TEST(OwnConversation, HasTimesToolsAndLabels) {
  UiKit ui;
  ui.Send(OwnCall());

  const Json detail = ui.OnlyConversation();
  const Json turn = detail["turns"][0];
  const Json row = detail["conversation"];

  EXPECT_EQ(turn["label"], "turn-1");
  EXPECT_EQ(turn["user_from"], 1'795'000'000'100.0);
  // The transcript came 300 ms after the last word, the voice 1.2 s after it.
  EXPECT_EQ(turn["user_to"], 1'795'000'001'000.0);
  EXPECT_EQ(turn["bot_from"], 1'795'000'002'200.0);
  EXPECT_EQ(turn["tools"][0]["name"], "get_weather");
  EXPECT_EQ(turn["tools"][0]["duration"], 100.0);
  EXPECT_EQ(turn["llm_calls"], 1);
  EXPECT_EQ(row["turns"], 3);
  EXPECT_EQ(row["barge_ins"], 1);
  EXPECT_EQ(row["voice"], true);
  EXPECT_EQ(row["session"], "customer-123");
  EXPECT_EQ(row["stack"]["stt"], "deepgram · m1");
  EXPECT_EQ(row["outcome"], "ok");
}

TEST(OwnConversation, SpansComeByTurnAndWithAllThatCameIn) {
  UiKit ui;
  ui.Send(OwnCall());
  const std::string base =
      "/api/ui/conversations/" + ui.GetJson("/api/ui/conversations")["rows"][0]["id"].get<std::string>();

  const Json all = ui.GetJson(base + "/spans")["spans"];
  const Json of_turn = ui.GetJson(base + "/spans?turn=" + SpanIdHex(7))["spans"];
  const Json detail = ui.GetJson(base + "/spans/" + SpanIdHex(6));

  EXPECT_EQ(all.size(), 10u);
  EXPECT_EQ(all[0]["stage"], "conversation");
  EXPECT_TRUE(all[0]["turn"].is_null());
  EXPECT_EQ(of_turn.size(), 3u);
  EXPECT_EQ(detail["span"]["label"], "tts_cartesiattsservice");
  EXPECT_EQ(detail["span"]["ttfb"], 200.0);
  EXPECT_EQ(detail["scope"]["name"], "pipecat");
  EXPECT_THAT(detail["attributes"].dump(), HasSubstr(R"(["metrics.ttfb",0.2])"));
  EXPECT_EQ(detail["input"], "It is sunny.");
}

TEST(OwnConversation, PartsThatAreMoreThanTheWholeSayNothing) {
  UiKit ui;
  TestSpan turn{.name = "turn-1"};
  turn.integers = {{"turn.number", 1}};
  turn.numbers = {{"turn.user_bot_latency_seconds", 0.5}, {"latency.llm_inference", 0.9}};
  ui.Send({turn});

  const Json parts = ui.OnlyConversation()["turns"][0]["contributions"];

  EXPECT_THAT(Names(parts), ElementsAre("Unattributed"));
  EXPECT_EQ(Sum(parts), 500.0);
}

TEST(RealPipecat, TurnsHaveThePagesLabelsAndTexts) {
  UiKit ui;
  ui.SendGolden("two_turns_end");
  const Json detail = ui.OnlyConversation();
  const std::string id = detail["conversation"]["id"];

  std::vector<std::string> labels;
  const Json list = ui.GetJson("/api/ui/conversations/" + id + "/spans");
  for (const Json& span : list["spans"]) labels.push_back(span["label"]);

  ASSERT_EQ(detail["turns"].size(), 2u);
  EXPECT_EQ(detail["turns"][0]["label"], "turn-1");
  EXPECT_FALSE(detail["turns"][0]["user_text"].is_null());
  EXPECT_FALSE(detail["turns"][1]["bot_text"].is_null());
  EXPECT_THAT(labels, ::testing::IsSupersetOf({"conversation", "turn-1", "turn-2", "stt_deepgramsttservice",
                                               "llm_openaillmservice", "tts_cartesiattsservice"}));
}

TEST(RealPipecat, ShowsMeasuredPartsAndOneThatBelongsToNobody) {
  UiKit ui;
  ui.SendGolden("two_turns_end");

  const Json turn = ui.OnlyConversation()["turns"][0];

  EXPECT_THAT(Names(turn["contributions"]),
              ElementsAre("Transcription", "LLM first token", "Speech synthesis", "Unattributed"));
  EXPECT_NEAR(Sum(turn["contributions"]), turn["reply"].get<double>(), 0.5);
}

TEST(RealPipecat, NothingIsInventedInAnyRecordedRun) {
  const std::string folder = REPARTEE_SOURCE_DIR "/tests/golden/ingest/pipecat";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string scenario = entry.path().filename();
    SCOPED_TRACE(scenario);
    UiKit ui;
    ui.SendGolden(scenario);
    const Json list = ui.GetJson("/api/ui/conversations");
    for (const Json& row : list["rows"]) {
      const HttpResponse answer = ui.Get("/api/ui/conversations/" + row["id"].get<std::string>());
      ASSERT_EQ(answer.status, 200) << answer.body;
      EXPECT_LT(answer.body.size(), 50'000u);
      const Json detail = *ParseJson(answer.body);
      for (const Json& turn : detail["turns"]) {
        EXPECT_TRUE(turn["bot_unspoken"].is_null());
        if (turn["reply"].is_null()) {
          EXPECT_EQ(turn["contributions"].size(), 0u);
        } else {
          EXPECT_NEAR(Sum(turn["contributions"]), turn["reply"].get<double>(), 0.5);
        }
      }
    }
  }
}

TEST(RealPipecat, ABargeInIsSeen) {
  UiKit ui;
  ui.SendGolden("interruption");

  const Json detail = ui.OnlyConversation();

  EXPECT_EQ(detail["conversation"]["barge_ins"], 1);
  EXPECT_THAT(detail["conversation"]["strip"].dump(), HasSubstr("barge_in"));
  EXPECT_EQ(detail["turns"][0]["interrupted"], true);
}

// The span of the turn that is open at the end says interrupted, whoever hung up.
TEST(RealPipecat, AHangUpIsNoBargeIn) {
  UiKit ui;
  ui.SendGolden("two_turns_end");

  const Json detail = ui.OnlyConversation();

  EXPECT_EQ(detail["conversation"]["barge_ins"], 0);
  EXPECT_EQ(detail["turns"].back()["interrupted"], false);
  EXPECT_EQ(detail["turns"].back()["ended_by_hangup"], true);
}

TEST(RealPipecat, AGreetingIsTheBotsOwn) {
  UiKit ui;
  ui.SendGolden("greeting_first");

  const Json turns = ui.OnlyConversation()["turns"];

  ASSERT_GE(turns.size(), 1u);
  EXPECT_EQ(turns[0]["bot_first"], true);
}

TEST(OpenTurn, IsKnownByItsChildrenAlone) {
  UiKit ui;
  TestSpan stt{.span_id = SpanIdOf(3), .parent_id = SpanIdOf(2), .name = "stt"};
  stt.texts = {
      {"gen_ai.operation.name", "stt"}, {"transcript", "Hello?"}, {"gen_ai.provider.name", "deepgram"}};
  ui.Send({stt});

  const Json detail = ui.OnlyConversation();

  ASSERT_EQ(detail["turns"].size(), 1u);
  EXPECT_EQ(detail["turns"][0]["span_id"], SpanIdHex(2));
  EXPECT_EQ(detail["turns"][0]["live"], true);
  EXPECT_TRUE(detail["turns"][0]["end"].is_null());
  EXPECT_EQ(detail["turns"][0]["user_text"], "Hello?");
  EXPECT_EQ(detail["conversation"]["outcome"], "live");
}

TEST(TraceWithoutTurns, ShowsItsSpansAsAStrip) {
  UiKit ui;
  TestSpan root{.span_id = SpanIdOf(1), .name = "job"};
  TestSpan child{.span_id = SpanIdOf(2), .parent_id = SpanIdOf(1), .name = "step"};
  ui.Send({root, child}, "app");

  const Json detail = ui.OnlyConversation();

  EXPECT_EQ(detail["conversation"]["voice"], false);
  EXPECT_EQ(detail["conversation"]["strip"].size(), 1u);
  EXPECT_EQ(detail["conversation"]["strip"][0]["lane"], "span");
  EXPECT_EQ(detail["turns"].size(), 0u);
}

TEST(TraceOfABatch, IsFoundByItsOwnIdAndShowsSpansAlone) {
  UiKit ui;
  const std::string batch =
      R"({"batch":[{"id":"1","timestamp":"2026-11-20T10:00:00Z","type":"trace-create",)"
      R"("body":{"id":"my trace","name":"job"}},)"
      R"({"id":"2","timestamp":"2026-11-20T10:00:01Z","type":"span-create",)"
      R"("body":{"id":"step","traceId":"my trace","name":"step","startTime":"2026-11-20T10:00:00Z"}}]})";
  ASSERT_EQ(ui.kit().Post("/api/public/ingestion", batch, {{"Content-Type", "application/json"}}).status,
            207);

  const Json spans = ui.GetJson("/api/ui/conversations/my%20trace/spans")["spans"];

  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0]["name"], "step");
  EXPECT_TRUE(spans[0]["end"].is_null());
}

TEST(SpansThatAreEachOthersParents, BelongToNoTurn) {
  UiKit ui;
  TestSpan a{.span_id = SpanIdOf(1), .parent_id = SpanIdOf(2), .name = "a"};
  TestSpan b{.span_id = SpanIdOf(2), .parent_id = SpanIdOf(1), .name = "b"};
  ui.Send({a, b}, "app");

  EXPECT_EQ(ui.OnlyConversation()["turns"].size(), 0u);
}

TEST(RestOf, ForgivesBlanksAndNothingElse) {
  EXPECT_EQ(RestOf("Hello  there, you.", "Hello there,"), "you.");
  EXPECT_EQ(RestOf("Hello", "Hello"), "");
  EXPECT_EQ(RestOf("Hello", "Help"), std::nullopt);
  EXPECT_EQ(RestOf("Hel", "Hello"), std::nullopt);
}

}  // namespace
}  // namespace repartee::server::testing
