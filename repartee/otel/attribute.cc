#include "repartee/otel/attribute.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

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

AttributeKey::AttributeKey(std::string_view prefix, std::string_view name)
    : text_(nullptr), size_(static_cast<std::uint32_t>(prefix.size() + name.size())), owned_(true) {
  auto bytes = std::make_unique_for_overwrite<char[]>(size_);
  std::copy(name.begin(), name.end(), std::copy(prefix.begin(), prefix.end(), bytes.get()));
  text_ = bytes.release();
}

AttributeKey::AttributeKey(const AttributeKey& other)
    : AttributeKey(other.owned_ ? AttributeKey(other.view(), std::string_view()) : Borrow(other.view())) {}

AttributeKey& AttributeKey::operator=(AttributeKey other) noexcept {
  std::swap(text_, other.text_);
  std::swap(size_, other.size_);
  std::swap(owned_, other.owned_);
  return *this;
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
