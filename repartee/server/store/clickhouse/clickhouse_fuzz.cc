// Fuzz target: what comes from a ClickHouse server or stands in the log before it is read or refused;
// records that we write are read back.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "repartee/server/store/clickhouse/client.h"
#include "repartee/server/store/clickhouse/fault.h"
#include "repartee/server/store/clickhouse/row_binary.h"
#include "repartee/server/store/clickhouse/ship_log.h"
#include "repartee/server/store/clickhouse/span_rows.h"
#include "repartee/server/store/clickhouse/trace_rows.h"

namespace {

namespace clickhouse = repartee::server::clickhouse;

void ReadSegment(std::string_view bytes) {
  const auto segment = clickhouse::ParseSegment(bytes);
  if (segment.ok() && segment->whole_bytes > bytes.size()) std::abort();
  const clickhouse::ShipRows rows{.spans = 1, .span_rows = std::string(bytes), .day_rows = "d"};
  const std::string whole = std::string(clickhouse::kSegmentStart) + clickhouse::EncodeShipRecord(rows);
  const auto again = clickhouse::ParseSegment(whole + std::string(bytes.substr(0, 3)));
  if (!again.ok() || !again->rows.span_rows.starts_with(bytes)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (clickhouse::FaultOf(500, bytes).ok()) std::abort();
  static_cast<void>(clickhouse::ParseVersion(bytes));
  static_cast<void>(clickhouse::ParseAddress(bytes).ok());
  for (clickhouse::RowReader rows(bytes); !rows.AtEnd();) clickhouse::ReadStoredSpan(rows);
  for (clickhouse::RowReader rows(bytes); !rows.AtEnd();) {
    clickhouse::ReadTraceRow(rows);
    clickhouse::ReadTurns(rows);
  }
  ReadSegment(bytes);
  return 0;
}
