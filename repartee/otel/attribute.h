// Attributes: what a span, an event or a resource says about itself, as OpenTelemetry
// defines values: nothing, bool, integer, double, string, arrays and key-value lists.
//
// A literal key is kept as a pointer, so that setting an attribute on a conversation's
// thread does not allocate for its name.
//
// Thread: values.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace repartee::otel {

class AttributeKey {
 public:
  // A string literal: borrowed for ever.
  consteval AttributeKey(const char* literal) : text_(literal) {}
  // Any other name: owned.
  AttributeKey(const std::string& name)
      : owned_(name.begin(), name.end()), text_(owned_.data(), owned_.size()) {}
  AttributeKey(const AttributeKey& other);
  AttributeKey(AttributeKey&&) noexcept = default;
  AttributeKey& operator=(const AttributeKey& other) { return *this = AttributeKey(other); }
  AttributeKey& operator=(AttributeKey&&) noexcept = default;
  ~AttributeKey() = default;

  std::string_view view() const { return text_; }

 private:
  std::vector<char> owned_;  // not a string: its bytes stay where they are when it is moved
  std::string_view text_;
};

struct Attribute;

class AttributeValue {
 public:
  using Array = std::vector<AttributeValue>;
  using KeyValueList = std::vector<Attribute>;
  using Variant = std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, KeyValueList>;

  AttributeValue();  // the empty value: present, without content
  AttributeValue(std::same_as<bool> auto value);
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  AttributeValue(T value);
  AttributeValue(double value);
  AttributeValue(const char* value);
  AttributeValue(std::string_view value);
  AttributeValue(std::string value);
  AttributeValue(const std::vector<std::string>& values);
  AttributeValue(Array values);
  AttributeValue(KeyValueList values);
  AttributeValue(const AttributeValue&);
  AttributeValue(AttributeValue&&) noexcept;
  AttributeValue& operator=(const AttributeValue&);
  AttributeValue& operator=(AttributeValue&&) noexcept;
  ~AttributeValue();

  const Variant& get() const { return value_; }
  Variant& get() { return value_; }
  // The value if it is of that type, else null.
  template <class T>
  const T* As() const {
    return std::get_if<T>(&value_);
  }

 private:
  Variant value_;
};

struct Attribute {
  AttributeKey key;
  AttributeValue value;
};

// Here, where Attribute is complete.
AttributeValue::AttributeValue(std::same_as<bool> auto value) : value_(value) {}
template <std::integral T>
  requires(!std::same_as<T, bool>)
AttributeValue::AttributeValue(T value) : value_(static_cast<std::int64_t>(value)) {}

using Attributes = std::vector<Attribute>;

// The value under `key`, or null.
const AttributeValue* FindAttribute(const Attributes& attributes, std::string_view key);

// Replaces the value under `key` where it stands, or appends it. False if there are `limit` others already.
bool SetAttribute(Attributes& attributes, AttributeKey&& key, AttributeValue&& value,
                  std::size_t limit = std::numeric_limits<std::size_t>::max());

// For people: `true`, `42`, `0.5`, `"text"`, `["a", "b"]`, `{"k": 1}`, `null`.
std::string ToText(const AttributeValue& value);

}  // namespace repartee::otel
