// LLMContext: what the model is to know: messages, tools and tool choice.
//
// Shared: both aggregators write into it and every LLMContextFrame refers to it, so a
// change is seen by all holders; who needs a moment's state copies it. It grows with
// the conversation; a program that wants it shorter replaces the messages.
//
// Thread: the conversation's loop.
#pragma once

#include <string>
#include <string_view>

#include "repartee/base/json.h"
#include "repartee/base/status.h"

namespace repartee {

class LLMContext {
 public:
  LLMContext() = default;
  // `messages` in the form that CheckMessages takes; anything else is a mistake of the program.
  explicit LLMContext(Json messages);

  // InvalidArgument that names the first bad entry unless this is an array of objects, each
  // with a text "role" ("system", "developer", "user", "assistant", "tool"), or a message for
  // one vendor alone: {"llm": its name, "message": whatever it takes}.
  static Status CheckMessages(const Json& messages);

  // Chat form: {"role": ..., "content": ...}, oldest first.
  const Json& messages() const { return messages_; }
  // As the adapter of `llm` sees them: its own messages as they are, those of others left out.
  Json MessagesFor(std::string_view llm) const;
  void AddMessage(std::string_view role, std::string content);
  // Not checked: for callers that build the message themselves.
  void AddMessage(Json message);
  // Appends, or replaces all. InvalidArgument changes nothing.
  Status AddMessages(const Json& messages);
  Status SetMessages(Json messages);
  // Puts `content` into the tool message that answers this call. False if there is none.
  bool SetToolResult(std::string_view tool_call_id, std::string content);
  // Whether only tool and assistant messages, and notes of other asynchronous calls, follow the tool
  // message of this call.
  bool IsLatestExchange(std::string_view tool_call_id) const;

  // Function schemas: {"name", "description", "properties", "required"}; empty array: none.
  const Json& tools() const { return tools_; }
  // InvalidArgument unless an array of objects with a text "name".
  Status SetTools(Json tools);

  // "none", "auto", "required", an object that names a function, or null: not given.
  const Json& tool_choice() const { return tool_choice_; }
  void SetToolChoice(Json choice) { tool_choice_ = std::move(choice); }

 private:
  // Position of the tool message of this call, or the number of messages.
  std::size_t FindToolMessage(std::string_view tool_call_id) const;

  Json messages_ = Json::array();
  Json tools_ = Json::array();
  Json tool_choice_;
};

}  // namespace repartee
