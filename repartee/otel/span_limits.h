// SpanLimits: how much one span may carry. What is over a count is left out and
// counted; a string over the length is cut at a whole character.
//
// Thread: values.
#pragma once

#include <cstddef>
#include <limits>

#include "repartee/otel/attributes.h"
#include "repartee/otel/environment.h"

namespace repartee::otel {

struct SpanLimits {
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  std::size_t attributes = 128;
  std::size_t value_characters = kNone;  // of each string, within arrays and lists too
  std::size_t events = 128;
  std::size_t links = 128;
  std::size_t event_attributes = 128;
  std::size_t link_attributes = 128;

  // OTEL_SPAN_* before the general OTEL_ATTRIBUTE_*; OTEL_EVENT_* and OTEL_LINK_* likewise.
  static SpanLimits FromEnvironment(const Environment& environment = {});

  // Cuts strings inside `value` to value_characters.
  void CutValue(AttributeValue& value) const;
  // The attributes within `limit`; how many had no room goes to `dropped`.
  Attributes Fit(Attributes attributes, std::size_t limit, std::uint32_t& dropped) const;
};

}  // namespace repartee::otel
