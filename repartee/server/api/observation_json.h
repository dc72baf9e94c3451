// Observations in the shapes of both generations of the public API, and what both
// compute. Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/server/api/json_writer.h"
#include "repartee/server/auth/key_store.h"
#include "repartee/server/model/observation.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

// The older shape: everything, texts parsed where they are JSON.
void WriteObservation(JsonWriter& json, const Observation& observation, const TraceRow& trace,
                      const Project& project);
void WriteMetadata(JsonWriter& json, const std::vector<MetadataEntry>& metadata);

// Groups of fields of the newer shape; core is always there.
struct ObservationFields {
  bool basic = true;
  bool time = false;
  bool io = false;
  bool metadata = false;
  bool model = false;
  bool usage = false;
  bool prompt = false;
  bool metrics = false;
  bool trace_context = false;
  bool known_of_trace = true;                // where the span is silent, what its trace is known to be
  std::vector<std::string> expand_metadata;  // keys whose values are not cut
};

// The newer shape: texts as they came in, metadata flattened. Of an observation that was
// loaded with what its span says by itself (MappingOptions::alone).
void WriteObservationV2(JsonWriter& json, const Observation& observation, const TraceRow& trace,
                        const Project& project, const ObservationFields& fields);

// Objects inside become dotted keys, other values text; empty objects vanish.
std::vector<MetadataEntry> FlattenMetadata(const std::vector<MetadataEntry>& metadata);

// The sum of the cost entries whose key contains `part`; of "total" that entry alone. USD.
std::optional<double> CostOf(const Observation& observation, std::string_view part);

// {"page":1,"limit":50,"totalItems":3,"totalPages":1}
void WritePageMeta(JsonWriter& json, std::size_t page, std::size_t limit, std::size_t total);

}  // namespace repartee::server
