// The public API's filter: a JSON array of conditions, all of which must hold. This
// file knows the grammar and how a value meets a condition; what a column is, the
// resources know.
//
// Thread: values.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "repartee/server/api/request.h"

namespace repartee::server {

struct TimePoint {
  std::int64_t ns = 0;
};

// What a row has in a column; the first stands for nothing.
using FieldValue =
    std::variant<std::monostate, std::string, double, bool, TimePoint, std::vector<std::string>>;

enum class FilterKind : std::uint8_t {
  kDatetime,
  kString,
  kNumber,
  kStringOptions,
  kCategoryOptions,
  kArrayOptions,
  kStringObject,
  kNumberObject,
  kBooleanObject,
  kBoolean,
  kNull,
  kPositionInTrace,
};

enum class FilterOperator : std::uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kContains,
  kDoesNotContain,
  kStartsWith,
  kEndsWith,
  kMatches,
  kAnyOf,
  kNoneOf,
  kAllOf,
  kIsNull,
  kIsNotNull,
};

struct FilterCondition {
  std::string column;
  FilterKind kind = FilterKind::kString;
  FilterOperator op = FilterOperator::kEqual;
  std::string key;  // of a metadata entry, or a score's name; of kPositionInTrace: from where
  std::string text;
  double number = 0;  // of kPositionInTrace: from 1
  bool flag = false;
  std::int64_t time_ns = 0;
  std::vector<std::string> options;  // of kMatches: the words to be found
};

// The column that conditions of kPositionInTrace name, and no others.
inline constexpr std::string_view kPositionColumn = "positionInTrace";

// Faults stand under `parameter`, then the condition's place in the list. At most
// kMaxFilterConditions.
std::vector<FilterCondition> ParseFilter(std::string_view json, std::string_view parameter,
                                         const std::function<bool(std::string_view)>& is_column,
                                         Faults& faults);

// A condition that excludes something holds for a value that is not there.
bool Satisfies(const FilterCondition& condition, const FieldValue& value);

// The comparison of two things by <, <=, =, ...; false for operators that do not compare.
template <class T>
bool Compares(FilterOperator op, const T& left, const T& right) {
  switch (op) {
    case FilterOperator::kEqual: return left == right;
    case FilterOperator::kNotEqual: return !(left == right);
    case FilterOperator::kLess: return left < right;
    case FilterOperator::kLessOrEqual: return left <= right;
    case FilterOperator::kGreater: return left > right;
    case FilterOperator::kGreaterOrEqual: return left >= right;
    default: return false;
  }
}

}  // namespace repartee::server
