// From the bytes of an ExportTraceServiceRequest to a batch that a store takes.
// Thread: one builder a thread; keep it, its tables are reused.
#pragma once

#include <string>

#include "repartee/base/status.h"
#include "repartee/server/ingest/mapping/span_mapper.h"
#include "repartee/server/store/span_record.h"

namespace repartee::server {

struct BuiltBatch {
  SpanBatch batch;
  std::size_t rejected = 0;     // spans whose ids are not 16 and 8 bytes
  std::size_t without_ids = 0;  // of these: no id at all, as another signal's export would have
  std::string reject_reason;    // of the first one
};

// Malformed, with the place in the request, if the body is not one. Ids are checked
// span by span: one bad span does not spoil the others.
Result<BuiltBatch> BuildBatch(ProjectKey project, std::string body, const MappingOptions& options);

}  // namespace repartee::server
