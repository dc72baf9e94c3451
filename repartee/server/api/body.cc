#include "repartee/server/api/body.h"

#include <fmt/format.h>

#include "repartee/server/ingest/mapping/values.h"
#include "repartee/server/model/time.h"

namespace repartee::server {

Json ReadBody(const HttpRequest& request, Faults& faults) {
  Result<Json> parsed = ParseJson(request.body);
  if (parsed.ok() && parsed->is_object()) return *std::move(parsed);
  faults.Add({}, "invalid_type",
             parsed.ok() ? "Expected object" : "Invalid JSON: " + parsed.status().message());
  return Json::object();
}

const Json* BodyReader::Find(std::string_view name) const {
  const auto found = object_.find(std::string(name));
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> BodyReader::Text(std::string_view name) {
  const Json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  Fault(name, "invalid_type", "Expected string");
  return std::nullopt;
}

std::optional<double> BodyReader::Number(std::string_view name) {
  const Json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_number()) return value->get<double>();
  Fault(name, "invalid_type", "Expected number");
  return std::nullopt;
}

std::optional<std::int64_t> BodyReader::Integer(std::string_view name) {
  const Json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_number_integer()) return value->get<std::int64_t>();
  Fault(name, "invalid_type", "Expected integer");
  return std::nullopt;
}

std::optional<bool> BodyReader::Bool(std::string_view name) {
  const Json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  Fault(name, "invalid_type", "Expected boolean");
  return std::nullopt;
}

std::optional<std::int64_t> BodyReader::Time(std::string_view name) {
  const std::optional<std::string> text = Text(name);
  if (!text) return std::nullopt;
  const std::optional<std::int64_t> time = ParseIsoTime(*text);
  if (!time) Fault(name, "invalid_format", "Expected an ISO 8601 time");
  return time;
}

std::optional<std::vector<std::string>> BodyReader::Texts(std::string_view name) {
  const Json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  if (value->is_array()) {
    for (const Json& item : *value) {
      if (item.is_string()) texts.push_back(item.get<std::string>());
    }
  }
  if (value->is_array() && texts.size() == value->size()) return texts;
  Fault(name, "invalid_type", "Expected an array of strings");
  return std::nullopt;
}

std::string BodyReader::RequiredText(std::string_view name, std::size_t most) {
  if (Find(name) == nullptr) {
    Fault(name, "invalid_type", "Required");
    return {};
  }
  std::string text = Text(name).value_or("");
  if (Find(name)->is_string() && text.empty()) Fault(name, "too_small", "Expected at least one character");
  if (JavaScriptLength(text) > most)
    Fault(name, "too_big", fmt::format("Expected at most {} characters", most));
  return text;
}

std::optional<std::string> BodyReader::Choice(std::string_view name,
                                              std::initializer_list<std::string_view> values) {
  std::optional<std::string> text = Text(name);
  if (!text) return std::nullopt;
  std::string known;
  for (const std::string_view value : values) {
    if (*text == value) return text;
    known += known.empty() ? "" : ", ";
    known += value;
  }
  Fault(name, "invalid_value", "Expected one of " + known);
  return std::nullopt;
}

Json BodyReader::Any(std::string_view name) const {
  const Json* value = Find(name);
  return value == nullptr ? Json() : *value;
}

void BodyReader::Fault(std::string_view name, std::string_view code, std::string message) {
  std::vector<std::string> path = path_;
  path.emplace_back(name);
  faults_.Add(std::move(path), code, std::move(message));
}

}  // namespace repartee::server
