#include "repartee/agent/agent_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace repartee {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::StartsWith;

AgentSettings Parsed(const char* text) {
  auto settings = ParseAgentFile(text, "agent.yaml");
  EXPECT_TRUE(settings.ok()) << settings.status();
  return settings.ok() ? *std::move(settings) : AgentSettings();
}

TEST(AgentFile, DescribesAnAgent) {
  const AgentSettings settings = Parsed(R"(
name: front desk
system_prompt: You are the front desk.
greeting: "Hello!"
stt: {service: local}
llm:
  service: local
  model: qwen0.5b
  max_sentences: 2
  threads: 3
tts: {service: local}
turns: {user_speech_timeout: 0.8}
)");

  EXPECT_EQ(settings.name, "front desk");
  EXPECT_EQ(settings.system_prompt, "You are the front desk.");
  EXPECT_EQ(settings.greeting, "Hello!");
  EXPECT_EQ(settings.llm.front().model, "qwen0.5b");
  EXPECT_EQ(settings.max_sentences, 2);
  EXPECT_EQ(settings.threads, 3);
  EXPECT_EQ(settings.user_speech_timeout, std::chrono::milliseconds(800));
}

TEST(AgentFile, NamesTheServicesWhereverTheyRun) {
  EXPECT_EQ(Parsed("llm: {service: local}").llm.front().service, "local");
  EXPECT_EQ(Parsed("stt: {service: deepgram}").stt.front().service, "deepgram");
  EXPECT_EQ(Parsed("tts: {service: cartesia}").tts.front().service, "cartesia");
  EXPECT_EQ(Parsed("llm: {model: a.gguf}").llm.front().model, "a.gguf");
  EXPECT_TRUE(Parsed("name: a").llm.empty());

  const AgentSettings elsewhere = Parsed("llm: {base_url: http://localhost:11434/v1, model: llama3.2}");
  EXPECT_EQ(elsewhere.llm.front().service, "openai");
  EXPECT_EQ(elsewhere.llm.front().base_url, "http://localhost:11434/v1");
  EXPECT_EQ(elsewhere.llm.front().model, "llama3.2");
}

TEST(AgentFile, GivesAServiceItsSettings) {
  setenv("A_TOKEN", "secret", 1);
  const AgentSettings settings = Parsed(R"(
stt:
  service: deepgram
  language: es
  settings: {keyterm: [Repartee, Pipecat], numerals: true, version: "3"}
  tag: [clinic]
  mip_opt_out: true
llm:
  - service: openai
    model: gpt-4.1
    settings: {temperature: 0.2, seed: 7}
    headers: {X-Team: "Bearer ${A_TOKEN}"}
    max_retries: 1
    first_chunk_timeout: 4
  - {service: local, model: smollm2}
tts: {service: cartesia, voice: v1, settings: {generation_config: {speed: 1.2}}, max_buffer_delay_ms: 20}
)");

  const ServiceSettings& stt = settings.stt.front();
  EXPECT_EQ(stt.settings, Json::parse(R"({"language": "es", "keyterm": ["Repartee", "Pipecat"],
                                          "numerals": true, "version": "3"})"));
  EXPECT_THAT(stt.tag, ElementsAre("clinic"));
  EXPECT_EQ(stt.mip_opt_out, true);
  ASSERT_THAT(settings.llm, SizeIs(2));
  EXPECT_EQ(settings.llm[0].settings, Json::parse(R"({"temperature": 0.2, "seed": 7})"));
  EXPECT_EQ(settings.llm[0].headers.Get("x-team"), "Bearer secret");
  EXPECT_EQ(settings.llm[0].max_retries, 1);
  EXPECT_EQ(settings.llm[0].first_chunk_timeout, std::chrono::seconds(4));
  EXPECT_EQ(settings.llm[1].service, "local");
  EXPECT_EQ(settings.tts.front().settings,
            Json::parse(R"({"voice": "v1", "generation_config": {"speed": 1.2}})"));
  EXPECT_EQ(settings.tts.front().max_buffer_delay_ms, 20);
}

TEST(AgentFile, SaysWhoHasTheTurn) {
  const AgentSettings settings = Parsed(R"(
turns:
  start: [vad, {min_words: {min_words: 2}}, {wake_phrase: {phrases: hey clinic, timeout: 20}}, false_interruption]
  stop: [{smart_turn: {threshold: 0.6}}, {speech_timeout: {user_speech_timeout: 0.4}}]
  mute: [function_call, until_first_bot_complete]
  eager: {on_transcripts: true}
  vad: {confidence: 0.6, stop_secs: 0.3}
  interruptions: false
  stop_timeout: 7
user_idle: {timeout: 8, say: ["Are you there?", I will hang up then.], end: true}
)");

  const TurnSettings& turns = settings.turns;
  ASSERT_THAT(turns.start, SizeIs(4));
  EXPECT_TRUE(std::holds_alternative<VadStart>(turns.start[0]));
  EXPECT_EQ(std::get<MinWordsUserTurnStartOptions>(turns.start[1]).min_words, 2);
  EXPECT_THAT(std::get<WakePhraseUserTurnStartOptions>(turns.start[2]).phrases, ElementsAre("hey clinic"));
  EXPECT_TRUE(std::holds_alternative<FalseInterruptionUserTurnStartOptions>(turns.start[3]));
  ASSERT_THAT(turns.stop, SizeIs(2));
  EXPECT_DOUBLE_EQ(std::get<SmartTurnStop>(turns.stop[0]).analyzer.threshold, 0.6);
  EXPECT_EQ(std::get<SpeechTimeoutStop>(turns.stop[1]).user_speech_timeout, std::chrono::milliseconds(400));
  EXPECT_THAT(turns.mute, ElementsAre(UserMute::kFunctionCall, UserMute::kUntilFirstBotComplete));
  EXPECT_TRUE(turns.eager && turns.eager->eager_on_transcripts);
  EXPECT_FALSE(turns.completion.has_value());
  EXPECT_FLOAT_EQ(turns.vad.confidence, 0.6F);
  EXPECT_FALSE(turns.interruptions);
  EXPECT_EQ(turns.stop_timeout, std::chrono::seconds(7));
  EXPECT_TRUE(turns.uses_smart_turn());
  EXPECT_THAT(settings.idle.say, ElementsAre("Are you there?", "I will hang up then."));
  EXPECT_TRUE(settings.idle.end);
}

TEST(AgentFile, JudgesTurnsByTheirWordsOrAnswersEarlyButNotBoth) {
  EXPECT_TRUE(Parsed("turns: {filter_incomplete: true}").turns.completion.has_value());
  EXPECT_TRUE(Parsed("turns: {filter_incomplete: true, eager: false}").turns.completion.has_value());

  EXPECT_THAT(ParseAgentFile("turns: {filter_incomplete: true, eager: true}", "a.yaml").status().message(),
              HasSubstr("both eager and filter_incomplete"));
}

TEST(AgentFile, OffersTools) {
  const AgentSettings settings = Parsed(R"(
tools:
  - name: book
    description: Books an appointment.
    parameters: {day: {type: string, description: A date}, urgent: boolean}
    required: [day]
    http: {url: "http://127.0.0.1:1/{day}", timeout: 3}
    cancel_on_interruption: false
    timeout: 5
  - {function: end_conversation, description: Hangs up.}
function_calls: {run_in_parallel: false, timeout: 12}
)");

  ASSERT_THAT(settings.tools, SizeIs(2));
  EXPECT_EQ(settings.tools[0].schema, Json::parse(R"({"name": "book", "description": "Books an appointment.",
      "properties": {"day": {"type": "string", "description": "A date"}, "urgent": {"type": "boolean"}},
      "required": ["day"]})"));
  EXPECT_FALSE(settings.tools[0].options.cancel_on_interruption);
  EXPECT_EQ(settings.tools[0].options.timeout, std::chrono::seconds(5));
  EXPECT_EQ(settings.tools[1].name, "end_conversation");
  EXPECT_EQ(settings.tools[1].schema["description"], "Hangs up.");
  EXPECT_FALSE(settings.function_calls.run_in_parallel);
  EXPECT_EQ(settings.function_calls.timeout, std::chrono::seconds(12));
}

TEST(AgentFile, OffersTheProgramsOwnFunctions) {
  const auto ring = [](FunctionCallParams call) -> Task<Status> {
    call.result_callback("rang");
    co_return OkStatus();
  };
  const std::vector<DirectFunction> functions{MakeDirectFunction("ring", "Rings.", ring, {})};
  const auto settings = ParseAgentFile("tools: [{function: ring}]", "agent.yaml", functions);

  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->tools.front().name, "ring");
}

TEST(AgentFile, SaysHowConversationsAreTracedRecordedAndKeyed) {
  const AgentSettings settings = Parsed(R"(
tracing: {enabled: true, capture_content: none, record: false, record_format: opus, attributes: {tenant: acme, priority: 3}}
recordings: /tmp/recordings
dtmf: {termination_digit: "*", timeout: 1}
idle_timeout: 30
)");

  EXPECT_THAT(settings.tracing,
              ElementsAre(Pair("ENABLE_TRACING", "true"), Pair("REPARTEE_CAPTURE_CONTENT", "none"),
                          Pair("REPARTEE_RECORD", "false"), Pair("REPARTEE_RECORD_FORMAT", "opus")));
  EXPECT_EQ(settings.additional_span_attributes, Json::parse(R"({"tenant": "acme", "priority": 3})"));
  EXPECT_EQ(settings.recordings, "/tmp/recordings");
  EXPECT_EQ(settings.dtmf->termination_digit, KeypadEntry::kStar);
  EXPECT_EQ(settings.idle_timeout, std::chrono::seconds(30));
}

TEST(AgentFile, NamesTheLineOfAnError) {
  const struct {
    const char* text;
    const char* place;
    const char* fault;
  } cases[] = {
      {"", "agent.yaml: ", "describes nothing"},
      {"- a\n- b\n", "agent.yaml:1: ", "keys and values"},
      {"name: a\ngreting: Hello\n", "agent.yaml:2: ", "no key greting; it has dtmf"},
      {"name: a\nllm:\n  service: clever\n", "agent.yaml:3: ", "possible is local, openai"},
      {"name: a\nllm:\n  model: [1]\n", "agent.yaml:3: ", "a text is expected"},
      {"llm:\n  threads: many\n", "agent.yaml:2: ", "a number from 0 to 256"},
      {"llm:\n  base_url: localhost\n", "agent.yaml:2: ", "http://"},
      {"llm:\n  service: local\n  base_url: http://a\n", "agent.yaml:3: ", "no base_url"},
      {"turns:\n  user_speech_timeout: -1\n", "agent.yaml:2: ", "a number from 0 to 60"},
      {"name: a\nllm: {service: local\n", "agent.yaml:3: ", ""},
      {"name: a\n\tgreeting: b\n", "agent.yaml:", ""},
      {"stt:\n  service: deepgram\n  settings:\n    keytrem: a\n", "agent.yaml:4: ", "keytrem"},
      {"llm:\n  service: openai\n  settings:\n    temperature: hot\n", "agent.yaml:4: ", "temperature"},
      {"tts:\n  service: local\n  voice: a\n", "agent.yaml:3: ", "voice cannot be set on this machine"},
      {"stt:\n  service: deepgram\n  base_url: http://a\n", "agent.yaml:3: ", "ws://"},
      {"llm:\n  headers:\n    A: ${NO_SUCH_VARIABLE_1}\n", "agent.yaml:3: ", "NO_SUCH_VARIABLE_1"},
      {"llm:\n- service: openai\n- service: clever\n", "agent.yaml:3: ", "possible is local, openai"},
      {"turns:\n  start:\n  - vad\n  - louder\n",
       "agent.yaml:4: ", "start is one of external, false_interruption"},
      {"turns:\n  start: wake_phrase\n", "agent.yaml:2: ", "needs phrases"},
      {"turns:\n  stop:\n  - smart_turn:\n      threshold: 2\n", "agent.yaml:4: ", "from 0 to 1"},
      {"turns:\n  mute: never\n", "agent.yaml:2: ", "possible is always"},
      {"turns:\n  vad: {confidence: .nan}\n", "agent.yaml:2: ", "from 0 to 1"},
      {"user_idle: {say: a}\n", "agent.yaml:1: ", "needs a timeout"},
      {"tools:\n- name: a\n", "agent.yaml:2: ", "either http or function"},
      {"tools:\n- function: fly\n", "agent.yaml:2: ", "there is no function fly; there are end_conversation"},
      {"tools:\n- name: a\n  http: {url: 'ftp://a/'}\n", "agent.yaml:3: ", "http, https"},
      {"tools:\n- name: a\n  http: {url: 'http://a/{b}'}\n", "agent.yaml:3: ", "a place for b"},
      {"tools:\n- name: a\n  required: [b]\n  http: {url: 'http://a/'}\n",
       "agent.yaml:3: ", "is no parameter"},
      {"tools:\n- {function: current_time}\n- {function: current_time}\n", "agent.yaml:3: ", "two tools"},
      {"tools:\n- {function: current_time, cancellable_by_llm: true}\n",
       "agent.yaml:2: ", "cancel_on_interruption"},
      {"tracing: {mode: loud}\n", "agent.yaml:1: ", "possible is extended, pipecat"},
      {"dtmf: {termination_digit: ab}\n", "agent.yaml:1: ", "one of 0 to 9"},
      {"tracing:\n  attributes: &a\n    b: *a\n", "agent.yaml:", ""},
      {"? [a, b]\n: c\n", "agent.yaml:1: ", "a key must be a word"},
  };
  for (const auto& one : cases) {
    const auto settings = ParseAgentFile(one.text, "agent.yaml");

    ASSERT_FALSE(settings.ok()) << one.text;
    EXPECT_THAT(settings.status().message(), StartsWith(one.place)) << one.text;
    EXPECT_THAT(settings.status().message(), HasSubstr(one.fault)) << one.text;
  }
}

TEST(AgentFile, RefusesAliasesThatMultiply) {
  const std::string first = "stt:\n  service: deepgram\n  settings:\n    keyterm: &a0 [x, x]\n";
  std::string nested = first;
  for (int i = 1; i < 40; ++i) nested += fmt::format("    keywords{0}: &a{0} [*a{1}, *a{1}]\n", i, i - 1);
  const auto settings = ParseAgentFile(nested, "agent.yaml");

  ASSERT_FALSE(settings.ok());
  EXPECT_THAT(settings.status().message(), HasSubstr("more than 32 levels or 10000 values"));
}

TEST(AgentFile, SaysThatAFileIsMissing) {
  EXPECT_EQ(ReadAgentFile("/no/such/agent.yaml").status().code(), StatusCode::kNotFound);
}

TEST(AgentFile, NamesTheTelephoneCompaniesWhoseCallsAreAnswered) {
  const AgentSettings settings =
      Parsed("telephony: [twilio, {telnyx: {path: /calls/t, encoding: PCMA, hang_up: false}}]");

  ASSERT_THAT(settings.telephony, SizeIs(2));
  EXPECT_EQ(settings.telephony[0].company, TelephonyCompany::kTwilio);
  EXPECT_EQ(settings.telephony[0].path, "/twilio");
  EXPECT_EQ(settings.telephony[1].path, "/calls/t");
  EXPECT_TRUE(settings.telephony[1].alaw);
  EXPECT_FALSE(settings.telephony[1].hang_up);
  EXPECT_THAT(Parsed("telephony: vonage").telephony, SizeIs(1));
}

TEST(AgentFile, RefusesLinesThatCannotBe) {
  unsetenv("PLIVO_AUTH_ID");
  const auto refused = [](const char* text) { return ParseAgentFile(text, "a.yaml").status().message(); };

  EXPECT_THAT(refused("telephony: bell"), HasSubstr("exotel, plivo, telnyx, twilio, vonage"));
  EXPECT_THAT(refused("telephony: [twilio, {exotel: {path: /twilio}}]"),
              HasSubstr("cannot both be at /twilio"));
  EXPECT_THAT(refused("telephony: {twilio: {path: /ws}}"), HasSubstr("answers at /ws"));
  EXPECT_THAT(refused("telephony: {twilio: {path: \"calls?x=1\"}}"), HasSubstr("a path is /"));
  EXPECT_THAT(refused("telephony: {twilio: {encoding: PCMA}}"), HasSubstr("no key encoding"));
  EXPECT_THAT(refused("name: a\ntelephony:\n  plivo:\n    hang_up: true"),
              ::testing::AllOf(StartsWith("a.yaml:4"), HasSubstr("PLIVO_AUTH_ID")));
}

TEST(AgentFile, NamesServersOfTools) {
  setenv("A_TOKEN", "secret", 1);
  const AgentSettings settings = Parsed(R"(
tools:
  - mcp: {url: "http://127.0.0.1:1/mcp", headers: {Authorization: "Bearer ${A_TOKEN}"}, tools: [book], timeout: 3}
    cancel_on_interruption: false
)");

  ASSERT_THAT(settings.mcp_servers, SizeIs(1));
  const MCPClientOptions& server = settings.mcp_servers.front();
  EXPECT_EQ(server.headers.Get("Authorization"), "Bearer secret");
  EXPECT_THAT(server.tools, ElementsAre("book"));
  EXPECT_EQ(server.timeout, std::chrono::seconds(3));
  EXPECT_FALSE(server.function.cancel_on_interruption);
  EXPECT_THAT(ParseAgentFile("tools: [{mcp: {url: nowhere}}]", "a.yaml").status().message(),
              HasSubstr("http://"));
}

TEST(AgentFile, NamesServersOfToolsThatAreRun) {
  ::setenv("A_TOKEN", "secret", 1);
  const AgentSettings settings = Parsed(R"(
tools:
  - mcp: {command: [rooms, --key, "${A_TOKEN}"], environment: {ROOMS_KEY: "${A_TOKEN}"}, timeout: 3}
)");

  ASSERT_THAT(settings.mcp_servers, SizeIs(1));
  const MCPProcessOptions& process = settings.mcp_servers.front().process;
  EXPECT_THAT(process.command, ElementsAre("rooms", "--key", "secret"));
  EXPECT_THAT(process.environment, ElementsAre(Pair("ROOMS_KEY", "secret")));
}

TEST(AgentFile, RefusesAServerOfToolsThatIsNeitherOrBoth) {
  const auto fault = [](const std::string& mcp) {
    return ParseAgentFile("tools: [{mcp: " + mcp + "}]", "a.yaml").status().message();
  };

  EXPECT_THAT(fault("{timeout: 3}"), HasSubstr("either a url"));
  EXPECT_THAT(fault("{url: 'http://h', command: [a]}"), HasSubstr("either a url"));
  EXPECT_THAT(fault("{command: a -b}"), HasSubstr("must be a list"));
  EXPECT_THAT(fault("{command: [a], headers: {A: b}}"), HasSubstr("takes no headers"));
  EXPECT_THAT(fault("{url: 'http://h', environment: {A: b}}"), HasSubstr("takes no environment"));
}

}  // namespace
}  // namespace repartee
