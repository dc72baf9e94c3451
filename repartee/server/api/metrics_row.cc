#include "repartee/server/api/metrics_row.h"

#include "repartee/server/model/time.h"

namespace repartee::server {

Json DimensionOf(const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return text->empty() ? Json() : Json(*text);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) return *texts;
  return nullptr;
}

MeasureValue MeasureOf(const FieldValue& value, double scale) {
  if (const auto* number = std::get_if<double>(&value)) return *number * scale;
  const auto* text = std::get_if<std::string>(&value);
  if (text != nullptr && !text->empty()) return *text;
  return std::monostate();
}

Json MonthOf(std::int64_t ns) { return FormatIsoTime(ns).substr(0, 7); }

}  // namespace repartee::server
