// Attribute values as text, written as JavaScript's JSON.stringify writes them:
// what the compatible API shows must equal the reference byte for byte.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/otel/wire/pull_parser.h"

namespace repartee::server {

// JavaScript's idea of true: neither "", 0, NaN nor false. Empty values are objects there, so true.
bool IsTruthy(const otel::AnyValueView& value);

// A text as it is, everything else as JSON text. Invalid UTF-8 becomes U+FFFD.
std::string ToText(const otel::AnyValueView& value);

// Appends the value as JSON. Integers are doubles there, so beyond 2^53 they lose digits;
// bytes, key-value lists and empty values appear as OTLP's own JSON ({"kvlistValue":...}).
void AppendJson(std::string& out, const otel::AnyValueView& value);
void AppendJson(std::string& out, const Json& value);
std::string ToJsonText(const Json& value);
// Puts `from` over `to`: objects key by key, lists place by place, all else as a whole.
void MergeDeep(Json& to, const Json& from);
// The same of two JSON texts; `later` as it is unless both hold objects.
std::string MergedJson(std::string_view earlier, std::string_view later);
// Adds the value under `key`: what is inside of objects under dotted keys, everything else
// as one text; empty objects vanish.
void FlattenJson(const std::string& key, const Json& value,
                 std::vector<std::pair<std::string, std::string>>& out);
void AppendJsonString(std::string& out, std::string_view text);
// "0.5", "1e+21", "null" for what JSON has no number for.
void AppendJsonNumber(std::string& out, double number);

// The number, from an int, a double or a text that is a number.
std::optional<double> ToNumber(const otel::AnyValueView& value);
// What JavaScript's Number() makes of it, if that is finite: a blank text and `false` are 0.
std::optional<double> JavaScriptNumber(const otel::AnyValueView& value);
std::optional<double> JavaScriptNumber(std::string_view text);
// What JavaScript's parseInt() makes of it: the integer that the text begins with.
std::optional<std::int64_t> LeadingInteger(std::string_view text);
// As JavaScript counts characters: one beyond the first 65,536 is two.
std::size_t JavaScriptLength(std::string_view text);
// Without the blanks around it.
std::string_view Trimmed(std::string_view text);

}  // namespace repartee::server
