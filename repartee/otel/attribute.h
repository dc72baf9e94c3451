// Attributes: what a span, an event or a resource says about itself, as OpenTelemetry
// defines values: nothing, bool, integer, double, string, arrays and key-value lists.
//
// A literal key is kept as a pointer, so that setting an attribute on a conversation's
// thread does not allocate for its name. A list of them: attributes.h. Thread: values.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace repartee::otel {

// Sixteen bytes, since a span has some thirty of them.
class AttributeKey {
 public:
  // A string literal: borrowed for ever.
  consteval AttributeKey(const char* literal)
      : text_(literal), size_(static_cast<std::uint32_t>(std::string_view(literal).size())) {}
  // Any other name, at most 4 GiB: owned.
  AttributeKey(const std::string& name) : AttributeKey(name, std::string_view()) {}
  // `name` behind `prefix`: owned, in one piece.
  AttributeKey(std::string_view prefix, std::string_view name);
  // `text` outlives every span: part of a literal.
  static AttributeKey Borrow(std::string_view text) { return {text.data(), text.size(), false}; }
  AttributeKey(const AttributeKey& other);
  AttributeKey(AttributeKey&& other) noexcept
      : text_(std::exchange(other.text_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        owned_(std::exchange(other.owned_, false)) {}
  AttributeKey& operator=(AttributeKey other) noexcept;
  constexpr ~AttributeKey() {
    if (owned_) delete[] text_;
  }

  std::string_view view() const { return {text_, size_}; }

 private:
  AttributeKey(const char* text, std::size_t size, bool owned)
      : text_(text), size_(static_cast<std::uint32_t>(size)), owned_(owned) {}

  const char* text_;
  std::uint32_t size_;
  bool owned_ = false;
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

// For people: `true`, `42`, `0.5`, `"text"`, `["a", "b"]`, `{"k": 1}`, `null`.
std::string ToText(const AttributeValue& value);

}  // namespace repartee::otel
