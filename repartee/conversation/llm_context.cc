#include "repartee/conversation/llm_context.h"

#include <cassert>

namespace repartee {
namespace {

bool HasText(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string();
}

bool TextIs(const Json& object, const char* key, std::string_view text) {
  return HasText(object, key) && object[key].get_ref<const std::string&>() == text;
}

// Whether a message tells how another asynchronous call is getting on: nothing that anybody said.
bool TellsOfAnotherCall(const Json& message, std::string_view tool_call_id) {
  if (!TextIs(message, "role", "developer") || !HasText(message, "content")) return false;
  const Result<Json> note = ParseJson(message["content"].get_ref<const std::string&>());
  return note.ok() && note->is_object() && TextIs(*note, "type", "async_tool") &&
         !TextIs(*note, "tool_call_id", tool_call_id);
}

bool IsOfOneVendor(const Json& object) { return HasText(object, "llm") && object.contains("message"); }

// An array of objects, each with text under `key`.
Status CheckObjects(const Json& list, const char* what, const char* key) {
  if (!list.is_array()) return Status::InvalidArgument("{} must be an array, not {}", what, list.type_name());
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!list[i].is_object()) {
      return Status::InvalidArgument("{}[{}] must be an object, not {}", what, i, list[i].type_name());
    }
    if (IsOfOneVendor(list[i])) continue;
    if (!HasText(list[i], key)) return Status::InvalidArgument("{}[{}] has no text \"{}\"", what, i, key);
  }
  return OkStatus();
}

}  // namespace

LLMContext::LLMContext(Json messages) : messages_(std::move(messages)) {
  assert(CheckMessages(messages_).ok());
}

Status LLMContext::CheckMessages(const Json& messages) { return CheckObjects(messages, "messages", "role"); }

Json LLMContext::MessagesFor(std::string_view llm) const {
  Json own = Json::array();
  for (const Json& message : messages_) {
    if (!message.contains("llm")) {
      own.push_back(message);
    } else if (TextIs(message, "llm", llm)) {
      own.push_back(message["message"]);
    }
  }
  return own;
}

void LLMContext::AddMessage(std::string_view role, std::string content) {
  AddMessage(Json{{"role", role}, {"content", std::move(content)}});
}

void LLMContext::AddMessage(Json message) { messages_.push_back(std::move(message)); }

Status LLMContext::AddMessages(const Json& messages) {
  if (Status status = CheckMessages(messages); !status.ok()) return status;
  messages_.insert(messages_.end(), messages.begin(), messages.end());
  return OkStatus();
}

Status LLMContext::SetMessages(Json messages) {
  if (Status status = CheckMessages(messages); !status.ok()) return status;
  messages_ = std::move(messages);
  return OkStatus();
}

// From the back: some models use the same ids again in every answer.
std::size_t LLMContext::FindToolMessage(std::string_view tool_call_id) const {
  for (std::size_t i = messages_.size(); i-- > 0;) {
    if (TextIs(messages_[i], "role", "tool") && TextIs(messages_[i], "tool_call_id", tool_call_id)) return i;
  }
  return messages_.size();
}

bool LLMContext::SetToolResult(std::string_view tool_call_id, std::string content) {
  const std::size_t at = FindToolMessage(tool_call_id);
  if (at == messages_.size()) return false;
  messages_[at]["content"] = std::move(content);
  return true;
}

bool LLMContext::IsLatestExchange(std::string_view tool_call_id) const {
  std::size_t at = FindToolMessage(tool_call_id);
  if (at == messages_.size()) return false;
  for (++at; at < messages_.size(); ++at) {
    const Json& message = messages_[at];
    const bool theirs = TextIs(message, "role", "tool") || TextIs(message, "role", "assistant");
    if (!theirs && !IsOfOneVendor(message) && !TellsOfAnotherCall(message, tool_call_id)) return false;
  }
  return true;
}

Status LLMContext::SetTools(Json tools) {
  if (Status status = CheckObjects(tools, "tools", "name"); !status.ok()) return status;
  tools_ = std::move(tools);
  return OkStatus();
}

}  // namespace repartee
