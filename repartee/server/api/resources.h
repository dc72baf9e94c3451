// The public API's resources, one file each. A reading handler runs on a store
// reader's thread; its answer is whole. Thread: as the store's readers.
#pragma once

#include <string>

#include "repartee/net/http.h"
#include "repartee/server/api/json_writer.h"
#include "repartee/server/auth/key_store.h"
#include "repartee/server/ingest/mapping/span_mapper.h"
#include "repartee/server/model/observation.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

// What a handler works with; all borrowed for the call.
struct ApiCall {
  const HttpRequest& request;
  const Project& project;
  const std::string& id;  // the path's last part, decoded; empty for lists
  StoreReader& reader;
  const MappingOptions& mapping;
};

HttpResponse ListTraces(const ApiCall& call);
HttpResponse GetTrace(const ApiCall& call);
HttpResponse ListObservations(const ApiCall& call);
HttpResponse GetObservation(const ApiCall& call);

// An observation in the shape of the v1 API.
void WriteObservation(JsonWriter& json, const Observation& observation, const TraceRow& trace,
                      const Project& project);
void WriteMetadata(JsonWriter& json, const std::vector<MetadataEntry>& metadata);
// {"page":1,"limit":50,"totalItems":3,"totalPages":1}
void WritePageMeta(JsonWriter& json, std::size_t page, std::size_t limit, std::size_t total);

}  // namespace repartee::server
