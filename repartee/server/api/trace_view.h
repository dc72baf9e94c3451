// Traces and observations as the public API shows them: rows and bodies read from
// the store, mapped, and joined. Thread: the store's reader threads.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repartee/server/ingest/mapping/span_mapper.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

struct TraceView {
  TraceRow row;
  std::vector<Observation> observations;  // in order of start
  std::int64_t first_ns = 0;              // of all observations
  std::int64_t last_ns = 0;
  std::vector<MetadataEntry> metadata;
  std::optional<std::string> input;
  std::optional<std::string> output;
};

// Everything of a trace.
Result<TraceView> LoadTrace(StoreReader& reader, const MappingOptions& options, const TraceRow& row);

// What a list shows of a trace: its spans' ids, and metadata, input and output from
// the spans that speak for it. Texts that only the whole trace could give are the
// row's previews.
struct TraceListItem {
  TraceRow row;
  std::vector<std::string> observation_ids;
  std::vector<MetadataEntry> metadata;
  std::optional<std::string> input;
  std::optional<std::string> output;
};
Result<TraceListItem> LoadListItem(StoreReader& reader, const MappingOptions& options, const TraceRow& row);

// One observation; a turn's texts are gathered from its children.
Result<Observation> LoadObservation(StoreReader& reader, const MappingOptions& options,
                                    const FoundSpan& found);

}  // namespace repartee::server
