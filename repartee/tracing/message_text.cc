#include "repartee/tracing/message_text.h"

#include <algorithm>
#include <string_view>

namespace repartee {
namespace {

constexpr std::string_view kPicture = "data:image/";

bool Begins(const Json& object, const char* key, std::string_view with) {
  if (!object.is_object()) return false;
  const auto found = object.find(key);
  return found != object.end() && found->is_string() &&
         found->get_ref<const std::string&>().starts_with(with);
}

bool Is(const Json& object, const char* key, std::string_view text) {
  return Begins(object, key, text) && object[key].get_ref<const std::string&>().size() == text.size();
}

// The list that the content of a message may be.
const Json* Parts(const Json& message) {
  const auto content = message.find("content");
  return content != message.end() && content->is_array() ? &*content : nullptr;
}

bool IsMedia(const Json& part) {
  return Is(part, "type", "image_url") || Is(part, "type", "input_audio") || Is(part, "type", "audio") ||
         Is(part, "type", "file_base64");
}

bool NeedsCopy(const Json& message) {
  if (!message.is_object()) return false;
  if (std::any_of(message.begin(), message.end(), [](const Json& v) { return v.is_null(); })) return true;
  if (Begins(message, "mime_type", "image/")) return true;
  const Json* const parts = Parts(message);
  return parts && std::any_of(parts->begin(), parts->end(), IsMedia);
}

// `member` of the object under `key`, if there is such an object.
void Shorten(Json& part, const char* key, const char* member, const char* mark) {
  const auto found = part.find(key);
  if (found != part.end() && found->is_object()) (*found)[member] = mark;
}

void HideMedia(Json& part) {
  if (Is(part, "type", "image_url")) {
    const auto image = part.find("image_url");
    if (image != part.end() && Begins(*image, "url", kPicture)) (*image)["url"] = "data:image/...";
  } else if (Is(part, "type", "file_base64")) {
    Shorten(part, "file", "file_data", "...");
  } else if (IsMedia(part)) {
    if (Is(part, "type", "input_audio")) Shorten(part, "input_audio", "data", "...");
    if (part.contains("audio")) part["audio"] = "...";
  }
}

Json ShownCopy(const Json& message) {
  Json copy = Json::object();
  for (const auto& [key, value] : message.items()) {
    if (!value.is_null()) copy[key] = value;
  }
  if (Begins(copy, "mime_type", "image/")) copy["data"] = "...";
  if (Parts(copy)) {
    for (Json& part : copy["content"]) HideMedia(part);
  }
  return copy;
}

}  // namespace

std::string MessagesText(const Json& messages, std::size_t from) {
  std::string text = "[";
  for (std::size_t i = from; i < messages.size(); ++i) {
    if (i > from) text += ", ";
    const Json& message = messages[i];
    text += NeedsCopy(message) ? DumpPythonStyle(ShownCopy(message), true) : DumpPythonStyle(message, true);
  }
  return text + "]";
}

std::string SystemMessageText(const Json& messages) {
  if (!messages.is_array() || messages.empty() || !Is(messages[0], "role", "system")) return {};
  const auto content = messages[0].find("content");
  if (content == messages[0].end()) return {};
  if (content->is_string()) return content->get<std::string>();
  const Json* const parts = Parts(messages[0]);
  if (!parts) return {};
  std::string text;
  for (const Json& part : *parts) {
    if (!Is(part, "type", "text") || !Begins(part, "text", "")) continue;
    if (!text.empty()) text += ' ';
    text += part["text"].get_ref<const std::string&>();
  }
  return text;
}

}  // namespace repartee
