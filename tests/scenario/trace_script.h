// A recorded conversation's inputs, read from its scenario.json: what the caller does,
// what the vendors answer, how everything is set up. Times are whole milliseconds.
//
// Thread: values.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "repartee/pipeline/task.h"
#include "tests/scenario/frame_json.h"

namespace repartee::scenario {

// What the recognizer's vendor says, and how long after it was asked.
struct ScriptedTranscript {
  std::string text;
  Nanos delay = std::chrono::milliseconds(80);
  bool is_final = true;
  bool speech_final = false;
  bool from_finalize = true;
  std::optional<std::string> language;
};

struct ScriptedReply {
  enum class Kind : std::uint8_t {
    kText,
    kTools,
    kError
  };
  struct Call {
    std::string id;
    std::string name;
    Json arguments;
  };
  Kind kind = Kind::kText;
  std::string text = "Okay.";
  std::vector<Call> calls;
  Nanos first = std::chrono::milliseconds(50);  // from the request to the first chunk
  Nanos gap = std::chrono::milliseconds(10);    // between words
  Json usage;                                   // null: the usual
  std::string model = "gpt-4.1-2025-04-14";
  int status = 400;  // kError
  Json body;
};

struct ScriptedVoice {
  Nanos first = std::chrono::milliseconds(90);  // from a text to its first sound
  Nanos per_character = std::chrono::milliseconds(45);
  Nanos gap = std::chrono::milliseconds(4);  // behind each 100 ms of sound
  std::vector<int> error_on;                 // texts that fail, counted from 1
};

struct ScriptedTool {
  std::string name;
  std::string description;
  Json properties = Json::object();
  std::vector<std::string> required;
  bool cancel_on_interruption = true;
  std::optional<Nanos> timeout;
  Nanos delay{0};
  Json result;
  std::optional<std::string> raises;  // instead of the result
};

struct TraceStep {
  std::string what;  // the step's `do`
  Nanos length{0};   // speak, wait
  std::optional<ScriptedTranscript> transcript;
  std::string frame;  // wait_for, push
  int count = 1;
  Nanos timeout = std::chrono::milliseconds(8000);
  Json fields = Json::object();
};

struct ConversationScript {
  Nanos start{0};
  PipelineTaskOptions task;
  std::string system_prompt = "You are a terse voice agent.";
  Json messages = Json::array();
  Nanos user_speech_timeout = std::chrono::milliseconds(300);
  Json stt_settings = Json::object();
  Json llm_settings = Json::object();
  Json tts_settings = Json::object();
  std::vector<ScriptedTool> tools;
  std::vector<ScriptedReply> replies;
  ScriptedVoice voice;
  std::vector<TraceStep> steps;
};

struct CollectorAnswer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

struct TraceScript {
  std::string name;
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<CollectorAnswer> answers;  // of the collector; then 200
  std::vector<ConversationScript> conversations;
};

// InvalidArgument that says what is not understood, and where.
Result<TraceScript> ReadTraceScript(const Json& file);

}  // namespace repartee::scenario
