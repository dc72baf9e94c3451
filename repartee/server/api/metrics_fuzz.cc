// Any text as a metrics query: faults, or a query that can be computed.
#include "repartee/server/api/aggregate.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace repartee::server;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Faults faults;
  const auto query = ParseMetricsQuery(text, MetricsApi::kV1, faults);
  if (query.has_value() != faults.ok()) __builtin_trap();
  if (!query) return 0;
  MetricsTable table(*query);
  const std::vector<MeasureValue> values(query->metrics.size(), MeasureValue(1.5));
  const repartee::Status added =
      table.Add(query->from_ns, std::vector<repartee::Json>(query->dimensions.size(), "x"), values);
  if (!added.ok() || !table.Finish().is_array()) __builtin_trap();
  return 0;
}
