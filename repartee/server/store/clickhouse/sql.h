// The questions that are asked of `span`, `trace` and `trace_day`, as SQL that every version
// from 18.16 on understands, and their answers. Of the rows that one span or trace has, each
// question takes the one that counts, so it does not matter what the server has merged yet.
//
// Thread: that of the client's owner.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/status.h"
#include "repartee/server/store/clickhouse/client.h"
#include "repartee/server/store/clickhouse/span_rows.h"

namespace repartee::server::clickhouse {

// A Date as a literal: "'2026-11-22'".
std::string SqlDay(std::uint16_t day);
// A condition that finds rows of these traces; the list may not be empty.
std::string TracesAmong(const std::vector<TraceId>& traces);
// The days on which these traces have spans.
Result<std::vector<std::uint16_t>> DaysOf(Client& client, ProjectKey project,
                                          const std::vector<TraceId>& traces);
// Until when these traces are deleted, by the 16 bytes of their ids; those that are not, are not in it.
Result<std::map<std::string, std::int64_t>> DeletionsOf(Client& client, ProjectKey project,
                                                        const std::vector<TraceId>& traces);
// A condition on `span`; neither list may be empty.
std::string SpansWhere(ProjectKey project, const std::vector<TraceId>& traces,
                       const std::vector<std::uint16_t>& days);
// One row a span, by trace and span; the first `most` of them.
Result<std::vector<StoredSpan>> ReadSpans(Client& client, std::string_view where,
                                          std::size_t most = std::numeric_limits<std::int32_t>::max());

// Those of these traces that are there, in no order.
Result<std::vector<TraceRow>> ReadTraces(Client& client, ProjectKey project,
                                         const std::vector<TraceId>& traces);

}  // namespace repartee::server::clickhouse
