// Any text as a filter: faults, or conditions that can be asked of any value.
#include "repartee/server/api/filter.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using repartee::server::FieldValue;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  repartee::server::Faults faults;
  const auto conditions = repartee::server::ParseFilter(
      text, "filter", [](std::string_view column) { return column != "other"; }, faults);
  const FieldValue values[] = {std::monostate(),
                               std::string(text.substr(0, 64)),
                               1.5,
                               true,
                               repartee::server::TimePoint{5},
                               std::vector<std::string>{"a", "b"}};
  std::size_t held = 0;
  for (const auto& condition : conditions) {
    for (const FieldValue& value : values) held += repartee::server::Satisfies(condition, value) ? 1u : 0u;
  }
  if (held > conditions.size() * std::size(values)) __builtin_trap();
  return 0;
}
