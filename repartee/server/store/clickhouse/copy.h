// CopyStore: brings the traces of an embedded store's folder into ClickHouse, day by day, the
// oldest first. A span keeps what it was priced and found to be when it came. The store may be
// served meanwhile.
//
// A trace that is there with as many spans and as late a change is passed over, so a copy that
// was broken off goes on where it was, and a second one brings what came since the first.
// Rows of a trace are the same each time they are sent: what is sent twice counts once.
//
// Thread: that of the caller, which waits for disk and server.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "repartee/base/status.h"
#include "repartee/server/ingest/mapping/span_mapper.h"
#include "repartee/server/store/clickhouse/client.h"

namespace repartee::server::clickhouse {

struct CopyProgress {
  std::int64_t traces = 0;  // in the folder
  std::int64_t seen = 0;    // of these, so far
  std::int64_t copied = 0;  // of these; the others were there
  std::int64_t spans = 0;   // of the copied ones
  // What could not be read, and where; at most kMaxFaultsTold, `faults` counts all.
  std::vector<std::string> faults_told;
  std::int64_t faults = 0;
};
inline constexpr std::size_t kMaxFaultsTold = 20;

struct CopyOptions {
  std::string folder;
  Address address;
  MappingOptions mapping;  // that the spans came with
  std::function<void(const CopyProgress&)> on_progress{};
};

// NotFound when the folder has no traces, FailedPrecondition when the tables are not those of this program,
// and what Client's calls say: then a further call goes on. Damaged days and traces are told in the progress.
Result<CopyProgress> CopyStore(const CopyOptions& options);

}  // namespace repartee::server::clickhouse
