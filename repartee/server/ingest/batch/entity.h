// An entity of batch ingestion: all events ever sent for one trace or observation,
// and the OTLP span that stands for them in the store. The span carries what the
// events come to, in the attributes that the mapping knows, and the events
// themselves, so that one that comes late still finds its place.
//
// Thread: pure functions and values.
#pragma once

#include <string>
#include <vector>

#include "repartee/server/ingest/batch/event.h"
#include "repartee/server/model/ids.h"

namespace repartee::server {

struct Entity {
  EntityKind kind = EntityKind::kTrace;
  std::string id;
  std::string trace_id;            // the text that the first event with one gave
  std::vector<BatchEvent> events;  // in the order in which they count

  // Adds the event in its place; one that is there already changes nothing. Of updates of one time
  // the later to come counts later, of creations the first. False if the entity has
  // kMaxEventsPerEntity.
  bool Add(BatchEvent event);
  // As if `earlier`, in the order of an entity, had come before all events that are here. Gives the
  // ids of those that find no place behind them.
  std::vector<std::string> AddBehind(std::vector<BatchEvent> earlier);
};

// The id of the span that stands for an entity.
SpanId EntitySpanId(const Entity& entity);

// Appends one ResourceSpans of an export request with the entity's span.
void AppendEntitySpan(const Entity& entity, std::string& request);

// The events that a span made by AppendEntitySpan carries. Malformed if it is none.
Result<std::vector<BatchEvent>> ReadEntityEvents(std::string_view span);

}  // namespace repartee::server
