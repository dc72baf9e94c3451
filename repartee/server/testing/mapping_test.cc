// What attributes come to, rule by rule, where no recorded request tells: precedence, odd
// types, broken JSON, and what one instrumentation's scope changes. Without voice additions.
#include <gtest/gtest.h>

#include <map>

#include "repartee/base/clock.h"
#include "repartee/server/model/time.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

// As exporters write it in JSON.
Json Value(const Json& value) {
  if (value.is_string()) return {{"stringValue", value}};
  if (value.is_boolean()) return {{"boolValue", value}};
  if (value.is_number_integer()) return {{"intValue", value.dump()}};
  if (value.is_number()) return {{"doubleValue", value}};
  if (!value.is_array()) return value;  // as it is
  Json values = Json::array();
  for (const Json& item : value) values.push_back(Value(item));
  return {{"arrayValue", {{"values", values}}}};
}

Json Attributes(const Json& object) {
  Json list = Json::array();
  for (const auto& [key, value] : object.items()) list.push_back({{"key", key}, {"value", Value(value)}});
  return list;
}

Json List(std::initializer_list<Json> items) {
  Json list = Json::array();
  for (const Json& item : items) list.push_back(item);
  return list;
}

struct Sent {
  Json attributes = Json::object();
  std::string scope = "app";
  std::string name = "span";
  Json resource = Json::object();
  Json events = Json::array();  // of {name, attributes}
  Json span = Json::object();   // fields over the span's own
};

class MappingTest : public ::testing::Test {
 protected:
  // The observation that a root span of a trace of its own becomes.
  Json Observe(const Sent& sent) {
    const std::string number = SpanIdHex(++last_);
    Json events = Json::array();
    for (const Json& event : sent.events)
      events.push_back({{"name", event["name"]}, {"attributes", Attributes(event["attributes"])}});
    Json span = {{"traceId", "00000000000000ff" + number},
                 {"spanId", number},
                 {"name", sent.name},
                 {"startTimeUnixNano", "1767268800000000000"},
                 {"endTimeUnixNano", "1767268801000000000"},
                 {"attributes", Attributes(sent.attributes)},
                 {"events", events}};
    for (const auto& [key, value] : sent.span.items()) span[key] = value;
    const Json scope_spans = {{"scope", {{"name", sent.scope}}}, {"spans", List({span})}};
    const Json resource_spans = {{"resource", {{"attributes", Attributes(sent.resource)}}},
                                 {"scopeSpans", List({scope_spans})}};
    const Json request = {{"resourceSpans", List({resource_spans})}};
    const HttpResponse response =
        kit_.Post("/api/public/otel/v1/traces", request.dump(), {{"Content-Type", "application/json"}});
    EXPECT_EQ(response.status, 200) << response.body;
    return kit_.GetJson("/api/public/observations/" + number);
  }
  Json TraceOf(const Json& observation) {
    return kit_.GetJson("/api/public/traces/" + observation["traceId"].get<std::string>());
  }
  Json RowOf(const Json& observation) {
    return kit_.GetJson(
        "/api/public/v2/observations?fields=core,basic,io,metadata,trace_context,usage&traceId=" +
        observation["traceId"].get<std::string>())["data"][0];
  }

  TempFolder folder_;
  ServerKit kit_{folder_.path(), MappingOptions{.voice_additions = false}};
  SpanId last_ = 0;
};

// ---- type, name, level ----

TEST_F(MappingTest, AModelOfAnyKindMakesAGenerationUnlessItIsEmpty) {
  EXPECT_EQ(Observe({.attributes = {{"model", 5}}})["type"], "GENERATION");
  EXPECT_EQ(Observe({.attributes = {{"model", false}}})["type"], "GENERATION");
  EXPECT_EQ(Observe({.attributes = {{"model", ""}}})["type"], "SPAN");
  EXPECT_EQ(Observe({.attributes = {{"model", Json::array()}}})["type"], "SPAN");
  EXPECT_EQ(Observe({.attributes = {{"gen_ai.tool.call.id", 7}}})["type"], "TOOL");
  EXPECT_EQ(Observe({.attributes = {{"model", 5}}})["model"], "5");
  EXPECT_EQ(Observe({.attributes = {{"gen_ai.request.model", List({"a", "b"})}, {"model", "c"}}})["model"],
            R"(["a","b"])");
}

TEST_F(MappingTest, KindsAreTakenAsTheyAreSpelledAlone) {
  EXPECT_EQ(Observe({.attributes = {{"langfuse.observation.type", "Generation"}}})["type"], "SPAN");
  EXPECT_EQ(Observe({.attributes = {{"openinference.span.kind", "llm"},
                                    {"gen_ai.operation.name", "chat"}}})["type"],
            "GENERATION");
  EXPECT_EQ(Observe({.attributes = {{"openinference.span.kind", "RERANKER"}, {"flue.task.id", "t"}}})["type"],
            "AGENT");
  EXPECT_EQ(Observe({.attributes = {{"operation.name", "ai.embed.doEmbed f"}, {"ai.model.id", "m"}}})["type"],
            "EMBEDDING");
  EXPECT_EQ(Observe({.attributes = {{"operation.name", "ai.embed.doEmbed f"}}})["type"], "SPAN");
  EXPECT_EQ(Observe({.scope = "livekit-agents", .name = "agent_turn"})["type"], "AGENT");
}

TEST_F(MappingTest, ASpanOfAnOldSdkWithWhatOnlyGenerationsHaveIsOne) {
  Sent sent{.attributes = {{"langfuse.observation.type", "span"}, {"langfuse.observation.model.name", "m"}},
            .scope = "langfuse-sdk",
            .resource = {{"telemetry.sdk.language", "python"}}};

  EXPECT_EQ(Observe(sent)["type"], "GENERATION");
  sent.resource = Json::object();
  EXPECT_EQ(Observe(sent)["type"], "SPAN");
}

TEST_F(MappingTest, NamesComeByRank) {
  Json attributes = {{"ai.operationId", "op"}, {"ai.telemetry.functionId", "fn"}};
  EXPECT_EQ(Observe({.attributes = attributes})["name"], "fn:op");
  attributes["ai.toolCall.name"] = "call";
  EXPECT_EQ(Observe({.attributes = attributes})["name"], "call");
  attributes["logfire.msg"] = "said";
  EXPECT_EQ(Observe({.attributes = attributes})["name"], "said");
  attributes["genkit:name"] = "kit";
  EXPECT_EQ(Observe({.attributes = attributes})["name"], "kit");
  attributes["gen_ai.tool.name"] = List({"a"});
  EXPECT_EQ(Observe({.attributes = attributes})["name"], R"(["a"])");
  attributes["gen_ai.tool.name"] = "tool";
  EXPECT_EQ(TraceOf(Observe({.attributes = attributes}))["name"], "tool");
}

TEST_F(MappingTest, LevelsAreTrimmedAndUnknownOnesCountForNothing) {
  EXPECT_EQ(Observe({.attributes = {{"langfuse.observation.level", "\twarn\n"}}})["level"], "WARNING");
  EXPECT_EQ(Observe({.attributes = {{"langfuse.observation.level", "loud"}},
                     .span = {{"status", {{"code", 2}}}}})["level"],
            "ERROR");
  EXPECT_EQ(Observe({.span = {{"status", {{"code", "STATUS_CODE_ERROR"}}}}})["level"], "DEFAULT");
}

TEST_F(MappingTest, TheFirstEnvironmentThatIsSaidCountsOfWhateverKind) {
  const auto environment = [this](const Json& span, const Json& resource) {
    return Observe({.attributes = span, .resource = resource})["environment"];
  };
  EXPECT_EQ(environment({{"deployment.environment", "a"}}, {{"langfuse.environment", "b"}}), "b");
  EXPECT_EQ(environment({{"langfuse.environment", ""}}, {{"langfuse.environment", "LangfuseLangfuse-B"}}),
            "b");
  EXPECT_EQ(environment({{"langfuse.environment", 5}}, {{"deployment.environment", "b"}}), "default");
}

// ---- times ----

TEST_F(MappingTest, ASpanWithoutTimesIsOfNow) {
  const std::int64_t before = Clock::System().WallNow().count() / 1'000'000;
  const Json span = Observe({.span = {{"startTimeUnixNano", ""}, {"endTimeUnixNano", "soon"}}});
  const std::int64_t start = *ParseIsoTime(span["startTime"].get<std::string>()) / 1'000'000;

  EXPECT_GE(start, before);
  EXPECT_LE(start, Clock::System().WallNow().count() / 1'000'000);
  EXPECT_EQ(span["endTime"], span["startTime"]);
}

TEST_F(MappingTest, OneTimeStandsForTheOther) {
  const Json span = Observe({.span = {{"startTimeUnixNano", nullptr}}});

  EXPECT_EQ(span["startTime"], "2026-01-01T12:00:01.000Z");
}

TEST_F(MappingTest, TheFirstTokenIsWhereItsSdkSaysIt) {
  const auto completion = [this](Json attributes) {
    attributes["model"] = "m";
    return Observe({.attributes = attributes})["completionStartTime"];
  };
  EXPECT_EQ(completion({{"langfuse.observation.completion_start_time", R"("2026-01-01T12:00:00.5Z")"}}),
            "2026-01-01T12:00:00.500Z");
  EXPECT_EQ(completion({{"ai.response.msToFirstChunk", 12.1}}), "2026-01-01T12:00:00.013Z");
  EXPECT_EQ(completion({{"ai.response.msToFirstChunk", " 20 "}}), "2026-01-01T12:00:00.020Z");
  EXPECT_TRUE(completion({{"ai.response.msToFirstChunk", 0}, {"ai.stream.msToFirstChunk", 5}}).is_null());
  EXPECT_TRUE(completion({{"metrics.ttfb", 0.5}}).is_null());
}

// ---- the trace's fields ----

TEST_F(MappingTest, TagsComeInEveryForm) {
  const auto tags = [this](const Json& value) {
    return TraceOf(Observe({.attributes = {{"langfuse.trace.tags", value}}}))["tags"];
  };
  EXPECT_EQ(tags(List({"b", 1, true})), List({"1", "b", "true"}));
  EXPECT_EQ(tags(R"( ["b", 2])"), List({"2", "b"}));
  EXPECT_EQ(tags(" one tag "), List({" one tag "}));
  EXPECT_EQ(tags("b ,a"), List({"a", "b"}));
  EXPECT_EQ(tags("[b"), List({"[b"}));
  EXPECT_EQ(tags(5), Json::array());
}

TEST_F(MappingTest, ARootSpeaksForItsTraceWhereNothingElseDoes) {
  const auto trace = [this](const Json& attributes) { return TraceOf(Observe({.attributes = attributes})); };

  const Json said = trace({{"langfuse.trace.input", "of the trace"}, {"input", "i"}, {"output", "o"}});
  EXPECT_EQ(said["input"], "of the trace");
  EXPECT_TRUE(said["output"].is_null());
  const Json own = trace({{"langfuse.trace.input", ""}, {"input", "i"}, {"output", "o"}});
  EXPECT_EQ(own["input"], "i");
  EXPECT_EQ(own["output"], "o");
  const Json mixed = trace({{"langfuse.trace.output", "t"}, {"langfuse.observation.input", "i"}});
  EXPECT_EQ(mixed["input"], "i");
  EXPECT_EQ(mixed["output"], "t");
}

// ---- metadata ----

TEST_F(MappingTest, AResourceSaysMetadataOfTheTraceToAllItsSpans) {
  const Json span = Observe({.resource = {{"langfuse.trace.metadata.a", "1"},
                                          {"langfuse.observation.metadata.b", "2"},
                                          {"langfuse.metadata.c", "3"}}});

  EXPECT_EQ(span["metadata"]["a"], "1");
  EXPECT_FALSE(span["metadata"].contains("b"));
  EXPECT_EQ(span["metadata"]["c"], "3");
  EXPECT_EQ(TraceOf(span)["metadata"]["a"], "1");
}

TEST_F(MappingTest, MetadataMayBeAnObjectAListOrNothing) {
  const auto metadata = [this](const Json& value) {
    Json all = Observe(
        {.attributes = {{"langfuse.observation.metadata", value}, {"langfuse.metadata.k", "v"}}})["metadata"];
    for (const char* key : {"attributes", "resourceAttributes", "scope"}) all.erase(key);
    return all;
  };
  EXPECT_EQ(metadata(R"({"a":{"b":1},"k":"x"})"), Json({{"a", {{"b", 1}}}, {"k", "v"}}));
  EXPECT_EQ(metadata(R"(["x","y"])"), Json({{"0", "x"}, {"1", "y"}, {"k", "v"}}));
  EXPECT_EQ(metadata(List({"x"})), Json({{"0", "x"}, {"k", "v"}}));
  for (const Json& nothing : {Json("no json"), Json("5"), Json(5), Json(true)})
    EXPECT_EQ(metadata(nothing), Json({{"k", "v"}})) << nothing;
}

TEST_F(MappingTest, AttributesAreTextsAndAnEmptyListIsOne) {
  const Json attributes =
      Observe({.attributes = {{"list", Json::array()},
                              {"none", {{"arrayValue", Json::object()}}},
                              {"big", {{"intValue", "18446744073709551615"}}},
                              {"half", {{"intValue", "7.5"}}},
                              {"word", {{"intValue", "seven"}}},
                              {"nan", {{"doubleValue", "NaN"}}},
                              {"number", {{"doubleValue", "1e3"}}}}})["metadata"]["attributes"];

  EXPECT_EQ(attributes["list"], "[]");
  EXPECT_EQ(attributes["none"], R"({"arrayValue":{}})");
  EXPECT_EQ(attributes["big"], "18446744073709552000");
  EXPECT_EQ(attributes["half"], "7.5");
  EXPECT_EQ(attributes["word"], R"({"intValue":"seven"})");
  EXPECT_EQ(attributes["nan"], "NaN");
  EXPECT_EQ(attributes["number"], "1000");
}

// ---- model parameters, usage, cost ----

TEST_F(MappingTest, ParametersAreFoundWhereEachInstrumentationPutsThem) {
  const auto parameters = [this](Json attributes, const char* scope = "app") {
    attributes["model"] = "m";
    return Observe({.attributes = attributes, .scope = scope})["modelParameters"];
  };
  EXPECT_EQ(
      parameters({{"langfuse.observation.model.parameters", "broken{"}, {"model_config", R"({"a":true})"}}),
      Json({{"a", "true"}}));
  EXPECT_EQ(parameters({{"gen_ai.request.temperature", 0.5},
                        {"llm.invocation_parameters.temperature", "hot"},
                        {"gen_ai.request.stop", List({"x"})}}),
            Json({{"stop", R"(["x"])"}, {"temperature", "hot"}}));
  EXPECT_EQ(parameters({{"genkit:input", R"({"config":null})"},
                        {"genkit:output", R"({"request":{"config":{"k":1}}})"}},
                       "genkit-tracer"),
            Json({{"k", 1}}));
  const Json vercel =
      parameters({{"gen_ai.finishReason", "stop"},
                  {"gen_ai.request.service_tier", "flex"},
                  {"ai.response.providerMetadata", R"({"openai":{"serviceTier":"priority"}})"}},
                 "ai");
  EXPECT_EQ(vercel["finishReason"], "stop");
  EXPECT_EQ(vercel["service_tier"], "priority");
  EXPECT_TRUE(vercel["mode"].is_null());
}

class UsageTest : public MappingTest {
 protected:
  Json Usage(Json attributes, const char* scope = "app") {
    attributes["model"] = "nobody-prices-this";
    return Sorted(Observe({.attributes = attributes, .scope = scope})["usageDetails"]);
  }
  static Json Sorted(const Json& object) {
    std::map<std::string, Json> sorted;
    for (const auto& [key, value] : object.items()) sorted[key] = value;
    Json out = Json::object();
    for (const auto& [key, value] : sorted) out[key] = value;
    return out;
  }
};

TEST_F(UsageTest, DetailsThatAreNoObjectSayNothingAndBrokenOnesAreNotThere) {
  const Json told = {{"gen_ai.usage.input_tokens", 3}};
  const auto with = [&told](const Json& details) {
    Json attributes = told;
    attributes["langfuse.observation.usage_details"] = details;
    return attributes;
  };
  for (const Json& nothing : {Json("[1]"), Json("5"), Json(5), Json(true)})
    EXPECT_EQ(Usage(with(nothing)), Json::object()) << nothing;
  EXPECT_EQ(Usage(with("{broken")), Json({{"input", 3}, {"total", 3}}));
  EXPECT_EQ(Usage(with(R"({"a":"12abc","b":" 5","c":"x","d":2.5,"e":-1,"f":null,"g":[1]})")),
            Json({{"a", 12}, {"b", 5}, {"total", 17}}));
}

TEST_F(UsageTest, NumbersAreReadAsJavaScriptReadsThem) {
  EXPECT_EQ(Usage({{"gen_ai.usage.input_tokens", " 7 "}, {"gen_ai.usage.output_tokens", ""}}),
            Json({{"input", 7}, {"output", 0}, {"total", 7}}));
  EXPECT_EQ(Usage({{"gen_ai.usage.input_tokens", true}, {"gen_ai.usage.x", "0x10"}}),
            Json({{"input", 1}, {"total", 17}, {"x", 16}}));
  EXPECT_EQ(Usage({{"gen_ai.usage.input_tokens", "many"}, {"gen_ai.usage.prompt", 4}}),
            Json({{"input", 4}, {"total", 4}}));
}

TEST_F(UsageTest, ACountUnderItsOwnNameGivesWayToTheRules) {
  EXPECT_EQ(Usage({{"gen_ai.usage.input", 9}, {"gen_ai.usage.input_tokens", 5}}),
            Json({{"input", 5}, {"total", 5}}));
  EXPECT_EQ(Usage({{"gen_ai.usage.details.audio_tokens", 2}, {"gen_ai.usage.audio_tokens", 3}}),
            Json({{"audio_tokens", 3}, {"total", 3}}));
}

TEST_F(UsageTest, PartsAreTakenOutOfTheirSums) {
  EXPECT_EQ(Usage({{"llm.token_count.prompt", 10},
                   {"llm.token_count.prompt_details.cache_read", 4},
                   {"llm.token_count.prompt_details.cache_write", 8},
                   {"llm.token_count.completion", 6},
                   {"llm.token_count.completion_details.reasoning", 1},
                   {"llm.token_count.completion_details.audio", 2}}),
            Json({{"input", 0},
                  {"input_cache_creation", 8},
                  {"input_cached_tokens", 4},
                  {"output", 3},
                  {"output_audio_tokens", 2},
                  {"output_reasoning_tokens", 1},
                  {"total", 18}}));
}

TEST_F(UsageTest, OfTheAiSdkProvidersTellMore) {
  Json attributes = {{"gen_ai.usage.input_tokens", 100}, {"gen_ai.usage.output_tokens", "20"}};
  attributes["ai.response.providerMetadata"] =
      R"({"anthropic":{"usage":{"cache_creation_input_tokens":30,"cache_read_input_tokens":10,)"
      R"("cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":5}}}})";
  EXPECT_EQ(Usage(attributes, "ai"), Json({{"input", 60},
                                           {"input_cache_creation", 5},
                                           {"input_cache_creation_1h", 5},
                                           {"input_cache_creation_5m", 20},
                                           {"input_cached_tokens", 10},
                                           {"output", 20},
                                           {"total", 120}}));
  attributes["ai.response.providerMetadata"] =
      R"({"openai":{"cachedPromptTokens":7,"reasoningTokens":4,"acceptedPredictionTokens":2}})";
  attributes["ai.usage.cachedInputTokens"] = R"({"intValue":3})";
  EXPECT_EQ(Usage(attributes, "ai"), Json({{"accepted_prediction_tokens", 2},
                                           {"input", 97},
                                           {"input_cached_tokens", 3},
                                           {"output", 16},
                                           {"output_reasoning_tokens", 4},
                                           {"total", 122}}));
  attributes["ai.response.providerMetadata"] =
      R"({"bedrock":{"usage":{"cacheReadInputTokens":40,"cacheWriteInputTokens":2}}})";
  attributes.erase("ai.usage.cachedInputTokens");
  EXPECT_EQ(Usage(attributes, "ai"), Json({{"input", 60},
                                           {"input_cache_read", 40},
                                           {"input_cache_write", 2},
                                           {"output", 20},
                                           {"total", 122}}));
}

TEST_F(UsageTest, GenkitAndGooglesKitTellInTheirAnswers) {
  EXPECT_EQ(Usage({{"genkit:output",
                    R"({"usage":{"inputTokens":9,"outputTokens":7,"thoughtsTokens":2,"totalTokens":0}})"}},
                  "genkit-tracer"),
            Json({{"input", 9}, {"output", 5}, {"output_reasoning", 2}, {"total", 16}}));
  EXPECT_EQ(
      Usage({{"gen_ai.usage.input_tokens", 10},
             {"gcp.vertex.agent.llm_response", R"({"usage_metadata":{"cached_content_token_count":4}})"}},
            "gcp.vertex.agent"),
      Json({{"input", 6}, {"input_cached_tokens", 4}, {"total", 10}}));
  EXPECT_EQ(
      Usage({{"gen_ai.usage.input_tokens", 10},
             {"gen_ai.usage.cache_read.input_tokens", 1},
             {"gcp.vertex.agent.llm_response", R"({"usage_metadata":{"cached_content_token_count":4}})"}},
            "gcp.vertex.agent"),
      Json({{"input", 9}, {"input_cached_tokens", 1}, {"total", 10}}));
}

TEST_F(UsageTest, ACostInATextIsNoneAndBrokenDetailsAreNotThere) {
  const auto cost = [this](Json attributes) {
    attributes["model"] = "nobody-prices-this";
    return Observe({.attributes = attributes})["costDetails"];
  };
  EXPECT_EQ(cost({{"gen_ai.usage.cost", 0.5}, {"llm.cost.total", 2}}), Json({{"total", 0.5}}));
  EXPECT_EQ(cost({{"gen_ai.usage.cost", ""}, {"llm.cost.total", 2}}), Json({{"total", 2}}));
  EXPECT_EQ(cost({{"gen_ai.usage.cost", "0.5"}, {"llm.cost.total", 2}}), Json::object());
  EXPECT_EQ(cost({{"langfuse.observation.cost_details", "{broken"}, {"llm.cost.total", 2}}),
            Json({{"total", 2}}));
  EXPECT_EQ(cost({{"langfuse.observation.cost_details", 5}, {"llm.cost.total", 2}}), Json::object());
  EXPECT_EQ(cost({{"langfuse.observation.cost_details", R"({"input":1,"output":2,"cached":"3","x":-1})"}}),
            Json({{"input", 1}, {"output", 2}, {"total", 3}}));
}

// ---- input and output ----

class TextsTest : public MappingTest {
 protected:
  // Both, as they are stored.
  std::pair<Json, Json> TextsOf(const Sent& sent) {
    const Json row = RowOf(Observe(sent));
    return {row["input"], row["output"]};
  }
  std::pair<Json, Json> Texts(const Json& attributes, const char* scope = "app") {
    return TextsOf(Sent{.attributes = attributes, .scope = scope});
  }
  using Both = std::pair<Json, Json>;
};

TEST_F(TextsTest, TheFirstRuleThatKnowsEitherSideEndsTheSearch) {
  EXPECT_EQ(Texts({{"langfuse.observation.input", ""}, {"output", "o"}}), Both("", nullptr));
  EXPECT_EQ(Texts({{"prompt", "p"}, {"output", "o"}}), Both("p", nullptr));
  EXPECT_EQ(Texts({{"prompt", ""}, {"output", "o"}}), Both(nullptr, "o"));
  EXPECT_EQ(Texts({{"gcp.vertex.agent.llm_request", "{}"}, {"gcp.vertex.agent.tool_call_args", "[1]"}}),
            Both("[1]", nullptr));
  EXPECT_EQ(Texts({{"lk.input_text", ""}, {"lk.user_transcript", "t"}, {"lk.response.text", "r"}}),
            Both("", "r"));
  EXPECT_EQ(Texts({{"mlflow.spanInputs", "i"}, {"traceloop.entity.output", "o"}}), Both("i", nullptr));
  EXPECT_EQ(Texts({{"tool_arguments", "a"}, {"gen_ai.prompt.0.content", "p"}}), Both("a", nullptr));
}

TEST_F(TextsTest, WhoNamesMessagesByDotsNamesThemAllSo) {
  EXPECT_EQ(Texts({{"gen_ai.prompt.0.content", "p"}, {"gen_ai.output.messages", "[]"}}),
            Both(R"([{"content":"p"}])", nullptr));
  EXPECT_EQ(Texts({{"llm.output_messages.0.message.content", "m"}, {"gen_ai.input.messages", "[]"}}),
            Both(nullptr, R"([{"message":{"content":"m"}}])"));
}

TEST_F(TextsTest, OfTheAiSdkWhatIsThereCounts) {
  EXPECT_EQ(
      Texts({{"ai.response.text", ""}, {"ai.response.toolCalls", R"([{"a": 1}])"}, {"ai.prompt", "p"}}, "ai"),
      Both("p", R"({"role":"assistant","content":"","tool_calls":"[{\"a\": 1}]"})"));
  EXPECT_EQ(Texts({{"ai.response.text", ""}, {"ai.response.object", "{}"}}, "ai"), Both(nullptr, "{}"));
  EXPECT_EQ(Texts({{"ai.prompt.messages", "[]"}, {"gen_ai.output.messages", "m"}, {"output", "o"}}, "ai"),
            Both("[]", "m"));
  EXPECT_EQ(Texts({{"input", "i"}}, "ai"), Both(nullptr, nullptr));
}

TEST_F(TextsTest, GenkitAndFlueAreReadAsJson) {
  EXPECT_EQ(
      Texts({{"genkit:input", R"({"messages": [1, 2]})"}, {"genkit:output", R"("done")"}}, "genkit-tracer"),
      Both("[1,2]", "done"));
  EXPECT_EQ(
      Texts({{"genkit:input", R"({"messages":null,"a":1})"}, {"genkit:output", "no json"}}, "genkit-tracer"),
      Both(R"({"messages":null,"a":1})", "no json"));
  EXPECT_EQ(Texts({{"flue.task.prompt", R"("go")"}, {"flue.operation.result", "{ }"}}, "@flue/opentelemetry"),
            Both("go", "{}"));
  EXPECT_EQ(Texts({{"flue.task.prompt", "go"}, {"input", "i"}}), Both("i", nullptr));
}

TEST_F(TextsTest, EventsCarryMessages) {
  const auto of = [this](std::initializer_list<Json> events) {
    return TextsOf(Sent{.attributes = {{"input", "i"}}, .events = List(events)});
  };
  EXPECT_EQ(of({{{"name", "gen_ai.user.message"}, {"attributes", {{"content", "hi"}, {"role", "customer"}}}},
                {{"name", "gen_ai.choice"}, {"attributes", {{"index", 0}}}}}),
            Both(R"([{"role":"customer","content":"hi"}])", R"({"index":0})"));
  EXPECT_EQ(of({{{"name", "gen_ai.content.prompt"}, {"attributes", {{"gen_ai.prompt", "p"}}}},
                {{"name", "gen_ai.content.prompt"}, {"attributes", {{"gen_ai.prompt", "second"}}}},
                {{"name", "gen_ai.content.completion"}, {"attributes", {{"text", "t"}}}}}),
            Both("p", R"({"text":"t"})"));
  EXPECT_EQ(of({{{"name", "gen_ai.client.inference.operation.details"}, {"attributes", {{"other", "x"}}}},
                {{"name", "gen_ai.client.inference.operation.details"},
                 {"attributes", {{"gen_ai.output.messages", "m"}}}}}),
            Both(nullptr, "m"));
}

TEST_F(TextsTest, OfSeveralChoicesOfLogfireTheFirstCounts) {
  const std::string events =
      R"([{"event.name":"gen_ai.choice","a":1},{"content":"q"},{"event.name":"gen_ai.choice","a":2}])";

  EXPECT_EQ(Texts({{"events", events}}),
            Both(R"([{"content":"q"}])", R"({"event.name":"gen_ai.choice","a":1})"));
}

TEST_F(TextsTest, InstructionsStandBeforeMessagesThatHaveNone) {
  const auto input = [this](const char* instructions, const char* messages) {
    return Texts({{"gen_ai.system_instructions", instructions}, {"gen_ai.input.messages", messages}}).first;
  };
  EXPECT_EQ(input(R"([{"type":"text","content":"a"},"b"])", R"([{"role":"user"}])"),
            R"([{"role":"system","content":"a\nb"},{"role":"user"}])");
  EXPECT_EQ(input(R"("a")", "[]"), R"([{"role":"system","content":"a"}])");
  EXPECT_EQ(input("be kind", "[]"), R"([{"role":"system","content":"be kind"}])");
  EXPECT_EQ(input("be kind", R"([ {"role":"system"} ])"), R"([ {"role":"system"} ])");
  EXPECT_EQ(input("be kind", "hello"), "hello");
}

TEST_F(TextsTest, ToolsThatWereOfferedStandInTheInput) {
  const Json span =
      Observe({.attributes = {{"gen_ai.input.messages", R"([{"role":"user"}])"},
                              {"gen_ai.tool.definitions", R"([{"type":"function","name":"f"}])"},
                              {"a", "b"}}});
  const Json row = RowOf(span);

  EXPECT_EQ(row["input"], R"({"messages":[{"role":"user"}],"tools":[{"type":"function","name":"f"}]})");
  EXPECT_EQ(span["metadata"]["attributes"], Json({{"a", "b"}}));
  EXPECT_FALSE(row["metadata"].contains("attributes.gen_ai.tool.definitions"));
  EXPECT_EQ(row["metadata"]["attributes.a"], "b");
  EXPECT_EQ(TraceOf(span)["input"], List({{{"role", "user"}}}));
}

}  // namespace
}  // namespace repartee::server::testing
