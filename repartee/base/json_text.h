// JsonText: a JSON document as the text that is sent, written member by member without values in
// between: for messages made by the dozen in each turn, of which most clients see the text alone.
//
// The form is that of DumpPythonStyle(value, true). Thread: values.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "repartee/base/json.h"

namespace repartee {

class JsonText {
 public:
  // No document at all: what is given one leaves it out.
  JsonText() = default;
  // `document` is a whole one in this form.
  explicit JsonText(std::string document) : text_(std::move(document)) {}
  static JsonText Of(const Json& value) { return JsonText(DumpPythonStyle(value, true)); }

  bool empty() const { return text_.empty(); }
  const std::string& text() const& { return text_; }
  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

// Each appends one value.
void AppendJson(std::string& out, std::string_view text, bool ascii = true);
void AppendJson(std::string& out, double value);
void AppendJson(std::string& out, std::same_as<bool> auto value) { out += value ? "true" : "false"; }
template <std::integral T>
  requires(!std::same_as<T, bool>)
void AppendJson(std::string& out, T value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}
inline void AppendJson(std::string& out, const JsonText& document) { out += document.text(); }

// Puts an object together: members in the order in which they are added; the caller sees to it that no key
// comes twice, and that keys need no escapes.
class JsonObjectWriter {
 public:
  JsonObjectWriter() {
    text_.reserve(kUsualBytes);
    text_ += '{';
  }

  template <class T>
  JsonObjectWriter& Add(std::string_view key, const T& value) {
    text_ += text_.size() > 1 ? ", \"" : "\"";
    text_ += key;
    text_ += "\": ";
    AppendJson(text_, value);
    return *this;
  }
  JsonText Finish() && {
    text_ += '}';
    return JsonText(std::move(text_));
  }

 private:
  static constexpr std::size_t kUsualBytes = 120;  // what a small message takes

  std::string text_;
};

// Keys, each with its value behind it: JsonObject("text", text, "final", true).
template <class... KeysAndValues>
JsonText JsonObject(const KeysAndValues&... members) {
  static_assert(sizeof...(members) % 2 == 0, "each key needs a value");
  JsonObjectWriter object;
  const auto add = [&object](const auto& self, std::string_view key, const auto& value,
                             const auto&... rest) -> void {
    object.Add(key, value);
    if constexpr (sizeof...(rest) > 0) self(self, rest...);
  };
  if constexpr (sizeof...(members) > 0) add(add, members...);
  return std::move(object).Finish();
}

}  // namespace repartee
