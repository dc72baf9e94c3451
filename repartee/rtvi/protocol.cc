#include "repartee/rtvi/protocol.h"

#include <charconv>
#include <utility>

namespace repartee {
namespace {

// Null if `object` is none or has no such key.
const Json& Field(const Json& object, const char* key) {
  static const Json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(key);
  return found == object.end() ? nothing : *found;
}

// The number at the head of `text`, which is taken off with the point behind it.
std::optional<int> TakeNumber(std::string_view& text, bool last) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto length = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || length == 0 || text[0] == '-') return std::nullopt;
  if (last ? length != text.size() : length == text.size() || text[length] != '.') return std::nullopt;
  text.remove_prefix(last ? length : length + 1);
  return number;
}

Status TakeFlag(const Json& options, const char* key, bool& value) {
  const Json& given = Field(options, key);
  if (given.is_null()) return OkStatus();
  if (!given.is_boolean()) return Status::Malformed("options.{} must be true or false", key);
  value = given;
  return OkStatus();
}

}  // namespace

bool IsRTVIMessage(const Json& message) { return Field(message, "label") == kRTVILabel; }

Result<RTVIMessage> ParseRTVIMessage(const Json& message) {
  auto type = RequiredText(message, "type");
  if (!type.ok()) return std::move(type).status();
  auto id = RequiredText(message, "id");
  if (!id.ok()) return std::move(id).status();
  return RTVIMessage{*std::move(type), *std::move(id), Field(message, "data")};
}

Json MakeRTVIMessage(std::string_view type, Json data, std::string_view id) {
  Json::object_t message;
  message.reserve(4);
  message.emplace_back("label", kRTVILabel);
  message.emplace_back("type", type);
  if (!id.empty()) message.emplace_back("id", id);
  if (!data.is_null()) message.emplace_back("data", std::move(data));
  return Json(std::move(message));
}

JsonText MakeRTVIText(std::string_view type, const JsonText& data, std::string_view id) {
  constexpr std::string_view kHead = R"({"label": "rtvi-ai", "type": )";
  constexpr std::size_t kBetween = 32;  // the names of the other members and what is around them
  std::string text;
  text.reserve(kHead.size() + type.size() + id.size() + data.text().size() + kBetween);
  text += kHead;
  AppendJson(text, type);
  if (!id.empty()) {
    text += R"(, "id": )";
    AppendJson(text, id);
  }
  if (!data.empty()) {
    text += R"(, "data": )";
    text += data.text();
  }
  text += '}';
  return JsonText(std::move(text));
}

std::string RTVIVersion::ToString() const { return fmt::format("{}.{}.{}", major, minor, patch); }

std::optional<RTVIVersion> ParseRTVIVersion(std::string_view text) {
  const auto major = TakeNumber(text, false);
  const auto minor = major ? TakeNumber(text, false) : std::nullopt;
  const auto patch = minor ? TakeNumber(text, true) : std::nullopt;
  if (!patch) return std::nullopt;
  return RTVIVersion{*major, *minor, *patch};
}

Result<RTVISendOptions> ParseSendOptions(const Json& options) {
  RTVISendOptions parsed;
  if (options.is_null()) return parsed;
  if (!options.is_object()) return Status::Malformed("options must be an object");
  if (Status status = TakeFlag(options, "run_immediately", parsed.run_immediately); !status.ok())
    return status;
  if (Status status = TakeFlag(options, "audio_response", parsed.audio_response); !status.ok()) return status;
  parsed.custom_options = Field(options, "custom_options");
  return parsed;
}

Result<std::string> RequiredText(const Json& data, const char* key) {
  const Json& value = Field(data, key);
  if (!value.is_string()) return Status::Malformed("{} is missing or no text", key);
  return value.get<std::string>();
}

}  // namespace repartee
