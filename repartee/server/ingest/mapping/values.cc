#include "repartee/server/ingest/mapping/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "repartee/base/encoding.h"
#include "repartee/otel/wire/utf8.h"

namespace repartee::server {
namespace {

using Kind = otel::AnyValueView::Kind;

void AppendEscaped(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    case '\b': out += "\\b"; break;
    case '\f': out += "\\f"; break;
    default: fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
  }
}

bool NeedsEscape(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

// OTLP/JSON of one value, as the reference shows values it does not unfold.
void AppendOtlpJson(std::string& out, const otel::AnyValueView& value) {
  switch (value.kind) {
    case Kind::kEmpty: out += "{}"; return;
    case Kind::kString:
      out += "{\"stringValue\":";
      AppendJsonString(out, value.bytes);
      break;
    case Kind::kBool: out += value.boolean ? "{\"boolValue\":true" : "{\"boolValue\":false"; break;
    case Kind::kInt: fmt::format_to(std::back_inserter(out), "{{\"intValue\":\"{}\"", value.integer); break;
    case Kind::kDouble:
      out += "{\"doubleValue\":";
      AppendJsonNumber(out, value.number);
      break;
    case Kind::kBytes:
      out += "{\"bytesValue\":";
      AppendJsonString(out, Base64Encode(value.bytes));
      break;
    case Kind::kArray: {
      out += "{\"arrayValue\":{";
      bool first = true;
      otel::ForEachItem(value, [&](const otel::AnyValueView& item) {
        out += first ? "\"values\":[" : ",";
        first = false;
        AppendOtlpJson(out, item);
      });
      out += first ? "}" : "]}";
      break;
    }
    case Kind::kKeyValues: {
      out += "{\"kvlistValue\":{";
      bool first = true;
      otel::ForEachKeyValue(value, [&](const otel::KeyValueView& pair) {
        out += first ? "\"values\":[{\"key\":" : ",{\"key\":";
        first = false;
        AppendJsonString(out, pair.key);
        out += ",\"value\":";
        AppendOtlpJson(out, pair.value);
        out += '}';
      });
      out += first ? "}" : "]}";
      break;
    }
  }
  out += '}';
}

}  // namespace

bool IsTruthy(const otel::AnyValueView& value) {
  switch (value.kind) {
    case Kind::kString: return !value.bytes.empty();
    case Kind::kBool: return value.boolean;
    case Kind::kInt: return value.integer != 0;
    case Kind::kDouble: return value.number != 0 && !std::isnan(value.number);
    default: return true;
  }
}

void AppendJsonString(std::string& out, std::string_view text) {
  if (!otel::IsValidUtf8(text)) return AppendJsonString(out, otel::ToValidUtf8(text));
  out += '"';
  while (!text.empty()) {
    const std::size_t plain =
        static_cast<std::size_t>(std::find_if(text.begin(), text.end(), NeedsEscape) - text.begin());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    AppendEscaped(out, text.front());
    text.remove_prefix(1);
  }
  out += '"';
}

// ECMAScript's Number::toString from the shortest digits that give the same double.
void AppendJsonNumber(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  if (number == 0) {
    out += '0';
    return;
  }
  char buffer[40];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, std::fabs(number), std::chars_format::scientific).ptr;
  const std::string_view shortest(buffer, static_cast<std::size_t>(end - buffer));
  const std::size_t e = shortest.find('e');
  std::string digits(1, shortest[0]);
  if (e > 1) digits.append(shortest.substr(2, e - 2));
  int exponent = 0;
  const std::size_t sign = shortest[e + 1] == '+' ? e + 2 : e + 1;
  std::from_chars(shortest.data() + sign, shortest.data() + shortest.size(), exponent);
  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;  // digits before the decimal point
  if (number < 0) out += '-';
  if (point > 21 || point < -5) {
    out += digits[0];
    if (count > 1) out.append(".").append(digits, 1);
    fmt::format_to(std::back_inserter(out), "e{}{}", exponent < 0 ? '-' : '+', std::abs(exponent));
  } else if (point <= 0) {
    out.append("0.").append(static_cast<std::size_t>(-point), '0').append(digits);
  } else if (point >= count) {
    out.append(digits).append(static_cast<std::size_t>(point - count), '0');
  } else {
    out.append(digits, 0, static_cast<std::size_t>(point))
        .append(".")
        .append(digits, static_cast<std::size_t>(point));
  }
}

void AppendJson(std::string& out, const otel::AnyValueView& value) {
  switch (value.kind) {
    case Kind::kString: AppendJsonString(out, value.bytes); return;
    case Kind::kBool: out += value.boolean ? "true" : "false"; return;
    case Kind::kInt: AppendJsonNumber(out, static_cast<double>(value.integer)); return;
    case Kind::kDouble: AppendJsonNumber(out, value.number); return;
    case Kind::kArray: {
      if (value.bytes.empty()) break;
      bool first = true;
      otel::ForEachItem(value, [&](const otel::AnyValueView& item) {
        out += first ? '[' : ',';
        first = false;
        AppendJson(out, item);
      });
      out += first ? "[]" : "]";
      return;
    }
    default: break;
  }
  AppendOtlpJson(out, value);
}

void AppendJson(std::string& out, const Json& value) {
  if (value.is_string()) return AppendJsonString(out, value.get_ref<const std::string&>());
  if (value.is_number()) return AppendJsonNumber(out, value.get<double>());
  if (!value.is_structured()) {
    out += value.dump();
    return;
  }
  out += value.is_array() ? '[' : '{';
  bool first = true;
  for (const auto& [key, item] : value.items()) {
    if (!first) out += ',';
    first = false;
    if (value.is_object()) {
      AppendJsonString(out, key);
      out += ':';
    }
    AppendJson(out, item);
  }
  out += value.is_array() ? ']' : '}';
}

std::string ToJsonText(const Json& value) {
  std::string out;
  AppendJson(out, value);
  return out;
}

void FlattenJson(const std::string& key, const Json& value,
                 std::vector<std::pair<std::string, std::string>>& out) {
  if (value.is_object()) {
    for (const auto& [name, item] : value.items()) FlattenJson(key + "." + name, item, out);
    return;
  }
  out.emplace_back(key, value.is_string() ? value.get<std::string>() : ToJsonText(value));
}

void MergeDeep(Json& to, const Json& from) {
  if (to.is_array() && from.is_array()) {
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (i >= to.size()) {
        to.push_back(from[i]);
      } else {
        MergeDeep(to[i], from[i]);
      }
    }
    return;
  }
  if (!to.is_object() || !from.is_object()) {
    to = from;
    return;
  }
  for (const auto& [key, value] : from.items()) {
    if (to.contains(key)) {
      MergeDeep(to[key], value);
    } else {
      to[key] = value;
    }
  }
}

std::string MergedJson(std::string_view earlier, std::string_view later) {
  if (!earlier.starts_with('{') || !later.starts_with('{')) return std::string(later);
  Result<Json> to = ParseJson(earlier);
  const Result<Json> from = ParseJson(later);
  if (!to.ok() || !from.ok()) return std::string(later);
  MergeDeep(*to, *from);
  return ToJsonText(*to);
}

std::string ToText(const otel::AnyValueView& value) {
  if (value.kind == Kind::kString) return otel::ToValidUtf8(value.bytes);
  std::string out;
  AppendJson(out, value);
  return out;
}

std::optional<double> ToNumber(const otel::AnyValueView& value) {
  if (value.kind == Kind::kInt) return static_cast<double>(value.integer);
  if (value.kind == Kind::kDouble)
    return std::isfinite(value.number) ? std::optional(value.number) : std::nullopt;
  if (value.kind != Kind::kString || value.bytes.empty()) return std::nullopt;
  double number = 0;
  const char* end = value.bytes.data() + value.bytes.size();
  const auto [stop, error] = std::from_chars(value.bytes.data(), end, number);
  if (error != std::errc() || stop != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::size_t JavaScriptLength(std::string_view text) {
  std::size_t length = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) != 0x80) length += byte >= 0xf0 ? 2 : 1;
  }
  return length;
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n\v\f\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::optional<std::int64_t> LeadingInteger(std::string_view text) {
  text = Trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc()) return std::nullopt;
  return number;
}

std::optional<double> JavaScriptNumber(std::string_view text) {
  text = Trimmed(text);
  if (text.empty()) return 0.0;
  const char* const end = text.data() + text.size();
  if (text.starts_with("0x") || text.starts_with("0X")) {
    std::uint64_t digits = 0;
    const auto [stop, error] = std::from_chars(text.data() + 2, end, digits, 16);
    return error == std::errc() && stop == end ? std::optional<double>(digits) : std::nullopt;
  }
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::optional<double> JavaScriptNumber(const otel::AnyValueView& value) {
  if (value.kind == Kind::kBool) return value.boolean ? 1.0 : 0.0;
  return value.kind == Kind::kString ? JavaScriptNumber(value.bytes) : ToNumber(value);
}

}  // namespace repartee::server
