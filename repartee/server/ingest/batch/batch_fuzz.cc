// Any batch of events: each refused, or merged into a span that is read back as it was.
#include "repartee/server/ingest/batch/entity.h"
#include "repartee/server/ingest/batch_builder.h"
#include "repartee/server/ingest/score_body.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace repartee::server;
  const auto json = repartee::ParseJson({reinterpret_cast<const char*>(data), size});
  if (!json.ok() || !json->is_array()) return 0;
  Entity trace{.kind = EntityKind::kTrace, .id = "t", .trace_id = "t", .events = {}};
  Entity observation{.kind = EntityKind::kObservation, .id = "o", .trace_id = "t", .events = {}};
  for (const repartee::Json& item : *json) {
    repartee::Result<BatchEvent> event = ParseEvent(item);
    if (!event.ok()) continue;
    if (event->kind == EntityKind::kScore && ParseScore(event->body, 1, 0).ok()) continue;
    if (event->kind == EntityKind::kTrace)
      trace.Add(*std::move(event));
    else if (event->kind == EntityKind::kObservation)
      observation.Add(*std::move(event));
  }
  for (const Entity& entity : {trace, observation}) {
    if (entity.events.empty()) continue;
    std::string request;
    AppendEntitySpan(entity, request);
    const auto built = BuildBatch(1, std::move(request), {});
    if (!built.ok() || built->batch.spans.size() != 1) __builtin_trap();
    const auto events = ReadEntityEvents(built->batch.spans[0].raw);
    if (!events.ok() || events->size() != entity.events.size()) __builtin_trap();
  }
  return 0;
}
