// The older generation: pages by number, everything of an observation.

#include "repartee/server/api/observation_json.h"
#include "repartee/server/api/observation_query.h"
#include "repartee/server/api/request.h"
#include "repartee/server/api/route.h"
#include "repartee/server/api/trace_view.h"
#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

HttpResponse ObservationNotFound(const std::string& id) {
  return NotFoundResponse("Observation " + id + " not found within authorized project");
}

HttpResponse ListObservations(const ApiCall& call) {
  QueryReader query(call.request);
  const PageRequest page = ReadPage(query);
  Result<SpanQuery> asked = ReadSpanQuery(query, call, ObservationApi::kV1);
  if (!asked.ok()) return ErrorResponse(asked.status());
  if (!query.ok()) return query.Refusal();
  SpanQuery& wanted = *asked;
  wanted.limit = page.limit;
  wanted.offset = page.offset();
  if (wanted.offset > kMaxSpansScanned)
    return ErrorResponse(Status::ResourceExhausted("page too far back, give a time range"));
  Result<SpanPage> found = call.reader.ListSpans(wanted);
  if (!found.ok()) return ErrorResponse(found.status());
  JsonWriter json;
  json.BeginObject();
  json.Key("data").BeginArray();
  const Status status =
      LoadEach(call.reader, call.mapping, found->rows, [&](const Observation& loaded, const TraceRow& trace) {
        WriteObservation(json, loaded, trace, call.project);
      });
  if (!status.ok()) return ErrorResponse(status);
  json.EndArray();
  WritePageMeta(json, page.page, page.limit, found->total);
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

HttpResponse GetObservation(const ApiCall& call) {
  const std::string& wanted = call.parts[0];
  Result<std::optional<FoundSpan>> found = call.reader.FindSpan(call.project.key, SpanIdFromText(wanted));
  if (!found.ok()) return ErrorResponse(found.status());
  if (!*found) return ObservationNotFound(wanted);
  Result<Observation> observation = LoadObservation(call.reader, call.mapping, **found);
  if (!observation.ok()) return ErrorResponse(observation.status());
  JsonWriter json;
  WriteObservation(json, *observation, (*found)->trace, call.project);
  return HttpResponse::Json(200, json.Take());
}

constexpr Route kRoutes[] = {
    {"GET", "observations", ListObservations},
    {"GET", "observations/{observationId}", GetObservation},
};

}  // namespace

std::span<const Route> ObservationRoutes() { return kRoutes; }

}  // namespace repartee::server
