#include "repartee/server/api/json_writer.h"

#include <fmt/format.h>

#include <cmath>

#include "repartee/base/json.h"
#include "repartee/base/json_nesting.h"
#include "repartee/server/ingest/mapping/values.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

// nlohmann's parser recurses not at all, but whoever reads our answer may.
constexpr int kMaxDepth = 500;

bool IsReasonablyNested(std::string_view text) {
  return FindDeepNesting(text, kMaxDepth) == std::string_view::npos;
}

// A first look that spares most plain texts the parser.
bool MayBeJson(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return false;
  const char c = text[first];
  return c == '{' || c == '[' || c == '"' || c == '-' || (c >= '0' && c <= '9') ||
         text.substr(first, 4) == "true" || text.substr(first, 5) == "false" ||
         text.substr(first, 4) == "null";
}

}  // namespace

void JsonWriter::Separate() {
  if (needs_comma_) out_ += ',';
  needs_comma_ = true;
}

JsonWriter& JsonWriter::BeginObject() {
  Separate();
  out_ += '{';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::EndObject() {
  out_ += '}';
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::BeginArray() {
  Separate();
  out_ += '[';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::EndArray() {
  out_ += ']';
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::Key(std::string_view key) {
  Separate();
  AppendJsonString(out_, key);
  out_ += ':';
  needs_comma_ = false;
  return *this;
}

void JsonWriter::Text(std::string_view text) {
  Separate();
  AppendJsonString(out_, text);
}

void JsonWriter::OptionalText(const std::optional<std::string>& text) {
  if (!text) return Null();
  Text(*text);
}

void JsonWriter::Integer(std::int64_t value) {
  Separate();
  out_ += std::to_string(value);
}

void JsonWriter::Decimal(double value) {
  if (!std::isfinite(value)) return Null();
  Separate();
  std::string text = fmt::format("{:.12f}", value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  out_ += text == "-0" ? "0" : text;
}

void JsonWriter::Bool(bool value) {
  Separate();
  out_ += value ? "true" : "false";
}

void JsonWriter::Null() {
  Separate();
  out_ += "null";
}

void JsonWriter::Time(std::int64_t ns) { Text(FormatIsoTime(ns)); }

void JsonWriter::OptionalTime(const std::optional<std::int64_t>& ns) {
  if (!ns) return Null();
  Time(*ns);
}

void JsonWriter::JsonOrText(std::string_view text) {
  if (MayBeJson(text) && IsReasonablyNested(text) && Json::accept(text)) return Raw(text);
  Text(text);
}

void JsonWriter::OptionalJsonOrText(const std::optional<std::string>& text) {
  if (!text) return Null();
  JsonOrText(*text);
}

void JsonWriter::Value(const Json& value) {
  switch (value.type()) {
    case Json::value_t::object:
      BeginObject();
      for (const auto& [key, item] : value.items()) {
        Key(key);
        Value(item);
      }
      EndObject();
      return;
    case Json::value_t::array:
      BeginArray();
      for (const Json& item : value) Value(item);
      EndArray();
      return;
    case Json::value_t::string: return Text(value.get_ref<const std::string&>());
    case Json::value_t::boolean: return Bool(value.get<bool>());
    case Json::value_t::number_integer: return Integer(value.get<std::int64_t>());
    case Json::value_t::number_unsigned: return Raw(std::to_string(value.get<std::uint64_t>()));
    case Json::value_t::number_float: return Decimal(value.get<double>());
    default: return Null();
  }
}

void JsonWriter::Raw(std::string_view json) {
  Separate();
  out_ += json;
}

}  // namespace repartee::server
