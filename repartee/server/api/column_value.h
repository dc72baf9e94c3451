// What the columns of traces and of observations have in common: values of their fields, and
// tests made of a filter's conditions. Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/stable_sort.h"
#include "repartee/base/status.h"
#include "repartee/server/api/filter.h"
#include "repartee/server/model/observation.h"

namespace repartee::server::column_value {

inline FieldValue Nothing() { return std::monostate(); }
inline FieldValue Text(const std::optional<std::string>& text) {
  return text ? FieldValue(*text) : Nothing();
}
inline FieldValue Number(std::int64_t value) { return static_cast<double>(value); }
inline FieldValue Number(const std::optional<double>& value) {
  return value ? FieldValue(*value) : Nothing();
}
// -1 is "not known".
inline FieldValue Measure(std::int64_t value, double unit) {
  return value < 0 ? Nothing() : FieldValue(static_cast<double>(value) / unit);
}
// A dotted key leads into the objects.
FieldValue MetadataOf(const std::vector<MetadataEntry>& metadata, std::string_view key);

// Those that a row can answer go first.
template <class IsCheap>
void CheapFirst(std::vector<FilterCondition>& conditions, IsCheap is_cheap) {
  StableSort(conditions, [&](const FilterCondition& a, const FilterCondition& b) {
    return is_cheap(a.column) && !is_cheap(b.column);
  });
}

template <class Columns>
Result<bool> SatisfiesAll(const std::vector<FilterCondition>& conditions, Columns& columns) {
  for (const FilterCondition& condition : conditions) {
    const Result<FieldValue> value = columns.Get(condition.column, condition.key);
    if (!value.ok()) return value.status();
    if (!Satisfies(condition, *value)) return false;
  }
  return true;
}

}  // namespace repartee::server::column_value
