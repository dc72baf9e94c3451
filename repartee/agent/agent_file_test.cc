#include "repartee/agent/agent_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace repartee {
namespace {

using ::testing::HasSubstr;
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
  EXPECT_EQ(settings.language_model, "qwen0.5b");
  EXPECT_EQ(settings.max_sentences, 2);
  EXPECT_EQ(settings.threads, 3);
  EXPECT_EQ(settings.user_speech_timeout, std::chrono::milliseconds(800));
}

TEST(AgentFile, NamesTheServicesWhereverTheyRun) {
  EXPECT_EQ(Parsed("llm: {service: local}").language_model, "smollm2");
  EXPECT_EQ(Parsed("stt: {service: local}").speech_to_text, "moonshine");
  EXPECT_EQ(Parsed("stt: {service: deepgram}").speech_to_text, "deepgram");
  EXPECT_EQ(Parsed("tts: {service: local}").text_to_speech, "piper");
  EXPECT_EQ(Parsed("tts: {service: cartesia}").text_to_speech, "cartesia");
  EXPECT_EQ(Parsed("llm: {model: a.gguf}").language_model, "a.gguf");
  EXPECT_EQ(Parsed("name: a").language_model, "");

  const AgentSettings openai = Parsed("llm: {service: openai, model: gpt-4.1}");
  EXPECT_EQ(openai.language_model, "openai");
  EXPECT_EQ(openai.remote_model, "gpt-4.1");

  const AgentSettings elsewhere =
      Parsed("llm: {service: openai, base_url: http://localhost:11434/v1, model: llama3.2}");
  EXPECT_EQ(elsewhere.language_model, "http://localhost:11434/v1");
  EXPECT_EQ(elsewhere.remote_model, "llama3.2");
}

TEST(AgentFile, NamesTheLineOfAnError) {
  const struct {
    const char* text;
    const char* place;
    const char* fault;
  } cases[] = {
      {"", "agent.yaml: ", "describes nothing"},
      {"- a\n- b\n", "agent.yaml:1: ", "keys and values"},
      {"name: a\ngreting: Hello\n", "agent.yaml:2: ", "no key greting; it has greeting"},
      {"name: a\nllm:\n  service: clever\n", "agent.yaml:3: ", "possible is local, openai"},
      {"name: a\nllm:\n  model: [1]\n", "agent.yaml:3: ", "a text is expected"},
      {"llm:\n  threads: many\n", "agent.yaml:2: ", "a number from 0 to 256"},
      {"llm:\n  base_url: localhost\n", "agent.yaml:2: ", "http://"},
      {"llm:\n  service: local\n  base_url: http://a\n", "agent.yaml:3: ", "no base_url"},
      {"turns:\n  user_speech_timeout: -1\n", "agent.yaml:2: ", "a number from 0 to 60"},
      {"name: a\nllm: {service: local\n", "agent.yaml:3: ", ""},
      {"name: a\n\tgreeting: b\n", "agent.yaml:", ""},
      {"? [a, b]\n: c\n", "agent.yaml:1: ", "a key must be a word"},
  };
  for (const auto& one : cases) {
    const auto settings = ParseAgentFile(one.text, "agent.yaml");

    ASSERT_FALSE(settings.ok()) << one.text;
    EXPECT_THAT(settings.status().message(), StartsWith(one.place)) << one.text;
    EXPECT_THAT(settings.status().message(), HasSubstr(one.fault)) << one.text;
  }
}

TEST(AgentFile, SaysThatAFileIsMissing) {
  EXPECT_EQ(ReadAgentFile("/no/such/agent.yaml").status().code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace repartee
