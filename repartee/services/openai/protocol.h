// OpenAI's chat completions as bytes: a request's body, and the chunks of a streamed
// answer, from OpenAI itself or from one of the many servers that speak like it.
//
// Tolerant: fields may be missing, null, unknown or of a wrong type; only text that is
// no JSON object is refused. No input or output, no clock. Thread: values.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/base/status.h"
#include "repartee/frames/service_frames.h"

namespace repartee::openai {

// What a server that is not OpenAI's may not know.
struct Dialect {
  bool stream_options = true;  // asks for usage figures
  bool developer_role = true;  // else such messages are sent as "system"
};

// InvalidArgument that names the first setting of a wrong type, or that is none: model,
// system_instruction, temperature, top_p, frequency_penalty, presence_penalty, seed, max_tokens,
// max_completion_tokens, service_tier, extra (an object: further fields of the request). Null is "not given".
Status CheckSettings(const Json& settings);

// Function schemas {"name", "description", "properties", "required"} in the form of a request; one that has
// a "type" already stays as it is.
Json RequestTools(const Json& schemas);

// The body of a streamed request. `tools` as RequestTools gives them; `tool_choice` may be null.
std::string RequestBody(const Json& settings, const Json& messages, const Json& tools,
                        const Json& tool_choice, const Dialect& dialect);

// A piece of one function call; the name comes once, the arguments in pieces.
struct ToolCallPiece {
  std::optional<int> index;
  std::string id;
  std::string name;
  std::string arguments;
};

struct Chunk {
  bool has_choice = false;  // false: only usage, or a filter's verdict ahead of the answer
  std::string text;
  std::vector<ToolCallPiece> tool_calls;
  std::optional<LLMTokenUsage> usage;
  std::string model;                 // as the server names it
  std::optional<std::string> error;  // the stream ends with it
};

// The data of one event, "[DONE]" aside. Malformed if it is no JSON object.
Result<Chunk> ParseChunk(std::string_view data);

// What the body of a failed request says; at most 300 bytes.
std::string ErrorText(std::string_view body);

struct ToolCall {
  std::string id;  // made up if the server gave none
  std::string name;
  Json arguments = Json::object();
  std::string problem;  // not empty: why the arguments are of no use
};

// Joins the pieces of the calls of one answer; servers may interleave them. At most 128 calls and 256 KiB of
// arguments each.
class ToolCallAssembler {
 public:
  void Add(const ToolCallPiece& piece);
  // In order of their indices. Calls without a name are left out.
  std::vector<ToolCall> Finish() &&;

 private:
  struct Parts {
    std::string id;
    std::string name;
    std::string arguments;
    bool too_long = false;
  };
  std::map<int, Parts> calls_;
  int last_ = -1;
};

}  // namespace repartee::openai
