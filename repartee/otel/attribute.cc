#include "repartee/otel/attribute.h"

#include <fmt/format.h>

#include <algorithm>

namespace repartee::otel {

AttributeValue::AttributeValue() = default;
AttributeValue::AttributeValue(double value) : value_(value) {}
AttributeValue::AttributeValue(const char* value) : value_(std::string(value)) {}
AttributeValue::AttributeValue(std::string_view value) : value_(std::string(value)) {}
AttributeValue::AttributeValue(std::string value) : value_(std::move(value)) {}
AttributeValue::AttributeValue(const std::vector<std::string>& values)
    : value_(Array(values.begin(), values.end())) {}
AttributeValue::AttributeValue(Array values) : value_(std::move(values)) {}
AttributeValue::AttributeValue(KeyValueList values) : value_(std::move(values)) {}
AttributeValue::AttributeValue(const AttributeValue&) = default;
AttributeValue::AttributeValue(AttributeValue&&) noexcept = default;
AttributeValue& AttributeValue::operator=(const AttributeValue&) = default;
AttributeValue& AttributeValue::operator=(AttributeValue&&) noexcept = default;
AttributeValue::~AttributeValue() = default;

AttributeKey::AttributeKey(const AttributeKey& other)
    : owned_(other.owned_),
      text_(owned_.empty() ? other.text_ : std::string_view(owned_.data(), owned_.size())) {}

const AttributeValue* FindAttribute(const Attributes& attributes, std::string_view key) {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [key](const Attribute& a) { return a.key.view() == key; });
  return found == attributes.end() ? nullptr : &found->value;
}

bool SetAttribute(Attributes& attributes, AttributeKey&& key, AttributeValue&& value, std::size_t limit) {
  const std::string_view name = key.view();
  for (Attribute& attribute : attributes) {
    if (attribute.key.view() != name) continue;
    attribute.value = std::move(value);
    return true;
  }
  if (attributes.size() >= limit) return false;
  attributes.push_back({std::move(key), std::move(value)});
  return true;
}

namespace {

void AppendQuoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      // Other control characters could drive the terminal.
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

struct TextOf {
  std::string& out;

  void operator()(std::monostate) const { out += "null"; }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(std::int64_t value) const { out += fmt::to_string(value); }
  void operator()(double value) const { out += fmt::format("{}", value); }
  void operator()(const std::string& value) const { AppendQuoted(out, value); }
  void operator()(const AttributeValue::Array& values) const {
    out += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out += ", ";
      std::visit(*this, values[i].get());
    }
    out += ']';
  }
  void operator()(const AttributeValue::KeyValueList& values) const {
    out += '{';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out += ", ";
      AppendQuoted(out, values[i].key.view());
      out += ": ";
      std::visit(*this, values[i].value.get());
    }
    out += '}';
  }
};

}  // namespace

std::string ToText(const AttributeValue& value) {
  std::string out;
  std::visit(TextOf{out}, value.get());
  return out;
}

}  // namespace repartee::otel
