#include "repartee/otel/span_limits.h"

#include <algorithm>

namespace repartee::otel {
namespace {

// `name`, else `general`, else `fallback`.
std::size_t Limit(const Environment& environment, const char* name, const char* general,
                  std::size_t fallback) {
  std::optional<std::int64_t> value = environment.GetNumber(name);
  if (!value) value = environment.GetNumber(general);
  return value ? static_cast<std::size_t>(*value) : fallback;
}

// Bytes of the first `characters` UTF-8 characters.
std::size_t PrefixBytes(const std::string& text, std::size_t characters) {
  std::size_t bytes = 0;
  for (; bytes < text.size(); ++bytes) {
    const bool starts_character = (static_cast<unsigned char>(text[bytes]) & 0xc0) != 0x80;
    if (starts_character && characters-- == 0) break;
  }
  return bytes;
}

}  // namespace

SpanLimits SpanLimits::FromEnvironment(const Environment& environment) {
  constexpr const char* kGeneralCount = "OTEL_ATTRIBUTE_COUNT_LIMIT";
  SpanLimits limits;
  limits.attributes = Limit(environment, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", kGeneralCount, limits.attributes);
  limits.value_characters = Limit(environment, "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
                                  "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", limits.value_characters);
  limits.events = Limit(environment, "OTEL_SPAN_EVENT_COUNT_LIMIT", "", limits.events);
  limits.links = Limit(environment, "OTEL_SPAN_LINK_COUNT_LIMIT", "", limits.links);
  limits.event_attributes =
      Limit(environment, "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", kGeneralCount, limits.event_attributes);
  limits.link_attributes =
      Limit(environment, "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", kGeneralCount, limits.link_attributes);
  return limits;
}

void SpanLimits::CutValue(AttributeValue& value) const {
  if (value_characters == kNone) return;
  if (auto* text = std::get_if<std::string>(&value.get())) {
    if (text->size() > value_characters) text->resize(PrefixBytes(*text, value_characters));
  } else if (auto* array = std::get_if<AttributeValue::Array>(&value.get())) {
    for (AttributeValue& element : *array) CutValue(element);
  } else if (auto* list = std::get_if<AttributeValue::KeyValueList>(&value.get())) {
    for (Attribute& element : *list) CutValue(element.value);
  }
}

Attributes SpanLimits::Fit(Attributes given, std::size_t limit, std::uint32_t& dropped) const {
  Attributes kept;
  if (given.empty()) return kept;
  kept.reserve(std::min(given.size(), limit));
  for (Attribute& attribute : given) {
    CutValue(attribute.value);
    if (!kept.Set(std::move(attribute.key), std::move(attribute.value), limit)) ++dropped;
  }
  return kept;
}

}  // namespace repartee::otel
