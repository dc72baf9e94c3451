// The newer generation: one wide row a span, groups of fields, pages by cursor.
#include "repartee/server/api/observation_json.h"
#include "repartee/server/api/observation_query.h"
#include "repartee/server/api/request.h"
#include "repartee/server/api/route.h"
#include "repartee/server/api/trace_view.h"
#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

// Unknown names are passed over.
ObservationFields ReadObservationFields(QueryReader& query) {
  ObservationFields fields;
  fields.expand_metadata = query.List("expandMetadata").value_or(std::vector<std::string>());
  const std::optional<std::vector<std::string>> asked = query.List("fields");
  if (!asked) return fields;
  fields.basic = false;
  for (const std::string& group : *asked) {
    if (group == "basic") fields.basic = true;
    if (group == "time") fields.time = true;
    if (group == "io") fields.io = true;
    if (group == "metadata") fields.metadata = true;
    if (group == "model") fields.model = true;
    if (group == "usage") fields.usage = true;
    if (group == "prompt") fields.prompt = true;
    if (group == "metrics") fields.metrics = true;
    if (group == "trace_context") fields.trace_context = true;
  }
  return fields;
}

HttpResponse ListObservationsV2(const ApiCall& call) {
  QueryReader query(call.request);
  const auto limit =
      static_cast<std::size_t>(query.Integer("limit", kDefaultPageSize, 0, kMaxCursorPageSize));
  ObservationFields fields = ReadObservationFields(query);
  MappingOptions mapping = call.mapping;
  mapping.alone = true;
  // The reference shows what each span says, and no more.
  fields.known_of_trace = mapping.voice_additions;
  Result<SpanQuery> asked = ReadSpanQuery(query, call, ObservationApi::kV2);
  if (!asked.ok()) return ErrorResponse(asked.status());
  SpanQuery& wanted = *asked;
  ReadSpanCursor(query, wanted);
  if (query.Bool("parseIoAsJson").value_or(false))
    query.Fault("parseIoAsJson", "invalid_value", "input and output are given as text: leave it out");
  if (!query.ok()) return query.Refusal();
  wanted.count_total = false;
  // One more tells whether there is a next page.
  wanted.limit = limit + 1;
  Result<SpanPage> found = call.reader.ListSpans(wanted);
  if (!found.ok()) return ErrorResponse(found.status());
  const bool has_more = found->rows.size() > limit;
  if (has_more) found->rows.resize(limit);
  JsonWriter json;
  json.BeginObject();
  json.Key("data").BeginArray();
  const Status status =
      LoadEach(call.reader, mapping, found->rows, [&](const Observation& loaded, const TraceRow& trace) {
        WriteObservationV2(json, loaded, trace, call.project, fields);
      });
  if (!status.ok()) return ErrorResponse(status);
  json.EndArray();
  json.Key("meta").BeginObject();
  if (has_more && !found->rows.empty()) json.Key("cursor").Text(WriteSpanCursor(found->rows.back()));
  json.EndObject().EndObject();
  return HttpResponse::Json(200, json.Take());
}

constexpr Route kRoutes[] = {{"GET", "v2/observations", ListObservationsV2}};

}  // namespace

std::span<const Route> ObservationV2Routes() { return kRoutes; }

}  // namespace repartee::server
