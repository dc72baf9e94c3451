#include <algorithm>

#include "repartee/server/api/request.h"
#include "repartee/server/api/resources.h"
#include "repartee/server/api/trace_view.h"
#include "repartee/server/ingest/mapping/prices.h"
#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

std::int64_t UsageOrZero(const Observation& observation, std::string_view key) {
  for (const auto& [name, count] : observation.usage) {
    if (name == key) return count;
  }
  return 0;
}

std::optional<double> CostOf(const Observation& observation, std::string_view part) {
  std::optional<double> sum;
  for (const auto& [key, value] : observation.cost) {
    const bool fits = part == "total" ? key == part : key != "total" && key.find(part) != std::string::npos;
    if (fits) sum = sum.value_or(0) + value;
  }
  return sum;
}

// The price of that unit in the tier that was used.
std::optional<double> PriceOf(const Observation& observation, std::string_view unit) {
  const ModelPrice* price = observation.model ? PriceTable::BuiltIn().Find(*observation.model) : nullptr;
  if (price == nullptr) return std::nullopt;
  for (const PriceTier& tier : price->tiers) {
    const bool used = observation.price_tier ? tier.name == *observation.price_tier : tier.is_default;
    if (!used) continue;
    for (const auto& [key, value] : tier.prices) {
      if (key == unit) return value;
    }
  }
  return std::nullopt;
}

void OptionalDecimal(JsonWriter& json, std::string_view key, const std::optional<double>& value) {
  json.Key(key);
  if (value) {
    json.Decimal(*value);
  } else {
    json.Null();
  }
}

void WriteUsage(JsonWriter& json, const Observation& observation) {
  const std::int64_t input = UsageOrZero(observation, "input");
  const std::int64_t output = UsageOrZero(observation, "output");
  const std::int64_t total = UsageOrZero(observation, "total");
  json.Key("usage").BeginObject();
  json.Key("unit").Text("TOKENS");
  json.Key("input").Integer(input);
  json.Key("output").Integer(output);
  json.Key("total").Integer(total);
  json.EndObject();
  json.Key("unit").Text("TOKENS");
  json.Key("promptTokens").Integer(input);
  json.Key("completionTokens").Integer(output);
  json.Key("totalTokens").Integer(total);
  json.Key("usageDetails").BeginObject();
  for (const auto& [key, count] : observation.usage) json.Key(key).Integer(count);
  json.EndObject();
  json.Key("costDetails").BeginObject();
  for (const auto& [key, value] : observation.cost) json.Key(key).Decimal(value);
  json.EndObject();
  OptionalDecimal(json, "calculatedInputCost", CostOf(observation, "input"));
  OptionalDecimal(json, "calculatedOutputCost", CostOf(observation, "output"));
  OptionalDecimal(json, "calculatedTotalCost", CostOf(observation, "total"));
  OptionalDecimal(json, "inputPrice", PriceOf(observation, "input"));
  OptionalDecimal(json, "outputPrice", PriceOf(observation, "output"));
  OptionalDecimal(json, "totalPrice", PriceOf(observation, "total"));
  json.Key("usagePricingTierId").Null();
  json.Key("usagePricingTierName").OptionalText(observation.price_tier);
}

void WriteModel(JsonWriter& json, const Observation& observation) {
  json.Key("model").OptionalText(observation.model);
  json.Key("modelId").OptionalText(observation.price_id);
  json.Key("modelParameters");
  const bool shown = observation.model_parameters && (!observation.model_parameters->empty() ||
                                                      observation.facts.type == ObservationType::kGeneration);
  if (!shown) return json.Null();
  json.BeginObject();
  for (const auto& [key, value] : *observation.model_parameters) json.Key(key).Raw(value);
  json.EndObject();
}

double Seconds(std::int64_t from_ns, std::int64_t to_ns) {
  return static_cast<double>(to_ns / 1'000'000 - from_ns / 1'000'000) / 1e3;
}

HttpResponse NotFound(const std::string& id) {
  return ErrorResponse(404, "Observation " + id + " not found within authorized project",
                       "LangfuseNotFoundError");
}

}  // namespace

void WriteMetadata(JsonWriter& json, const std::vector<MetadataEntry>& metadata) {
  json.BeginObject();
  for (const auto& [key, value] : metadata) json.Key(key).JsonOrText(value);
  json.EndObject();
}

void WritePageMeta(JsonWriter& json, std::size_t page, std::size_t limit, std::size_t total) {
  json.Key("meta").BeginObject();
  json.Key("page").Integer(static_cast<std::int64_t>(page));
  json.Key("limit").Integer(static_cast<std::int64_t>(limit));
  json.Key("totalItems").Integer(static_cast<std::int64_t>(total));
  json.Key("totalPages").Integer(static_cast<std::int64_t>((total + limit - 1) / limit));
  json.EndObject();
}

void WriteObservation(JsonWriter& json, const Observation& observation, const TraceRow& trace,
                      const Project& project) {
  const SpanFacts& facts = observation.facts;
  json.BeginObject();
  json.Key("id").Text(observation.id);
  json.Key("traceId").Text(observation.trace_id);
  json.Key("projectId").Text(project.id);
  json.Key("parentObservationId");
  if (observation.parent_id.empty()) {
    json.Null();
  } else {
    json.Text(observation.parent_id);
  }
  json.Key("type").Text(TypeName(facts.type));
  json.Key("name").Text(observation.name);
  json.Key("startTime").Time(facts.start_ns);
  json.Key("endTime").Time(facts.end_ns);
  json.Key("completionStartTime").OptionalTime(observation.completion_start_ns);
  json.Key("level").Text(LevelName(facts.level));
  json.Key("statusMessage").OptionalText(observation.status_message);
  json.Key("version").OptionalText(observation.version);
  json.Key("environment").Text(observation.environment);
  WriteModel(json, observation);
  json.Key("promptId").Null();
  json.Key("promptName").OptionalText(observation.prompt_name);
  json.Key("promptVersion");
  if (observation.prompt_version) {
    json.Integer(*observation.prompt_version);
  } else {
    json.Null();
  }
  json.Key("input").OptionalJsonOrText(observation.input);
  json.Key("output").OptionalJsonOrText(observation.output);
  json.Key("metadata");
  WriteMetadata(json, observation.metadata);
  WriteUsage(json, observation);
  json.Key("latency").Decimal(Seconds(facts.start_ns, facts.end_ns));
  json.Key("timeToFirstToken");
  if (observation.completion_start_ns) {
    json.Decimal(Seconds(facts.start_ns, *observation.completion_start_ns));
  } else {
    json.Null();
  }
  json.Key("createdAt").Time(facts.start_ns);
  json.Key("updatedAt").Time(trace.last_update_ns);
  json.EndObject();
}

namespace {

SpanQuery ReadQuery(QueryReader& query, const Project& project) {
  SpanQuery wanted;
  wanted.project = project.key;
  wanted.limit = static_cast<std::size_t>(query.Integer("limit", kDefaultPageSize, 1, kMaxPageSize));
  wanted.name = query.Text("name");
  wanted.user_id = query.Text("userId");
  wanted.version = query.Text("version");
  wanted.environments = query.Texts("environment");
  wanted.from_ns = query.Time("fromStartTime");
  wanted.to_ns = query.Time("toStartTime");
  if (const std::optional<std::string> type = query.Text("type")) {
    wanted.type = TypeFromName(*type);
    if (!wanted.type) query.Fault("type", "invalid_value", "no such observation type: " + *type);
  }
  if (const std::optional<std::string> level = query.Text("level")) {
    wanted.level = LevelFromName(*level);
    if (!wanted.level) query.Fault("level", "invalid_value", "no such level: " + *level);
  }
  // Ids that are no ids of ours belong to nothing; 0 is no span's.
  if (const std::optional<std::string> trace = query.Text("traceId")) {
    wanted.trace = TraceId::FromHex(*trace).value_or(TraceId{});
  }
  if (const std::optional<std::string> parent = query.Text("parentObservationId")) {
    wanted.parent = SpanIdFromHex(*parent);
    if (!wanted.parent) wanted.trace = TraceId{};
  }
  if (query.Text("filter")) query.Fault("filter", "not_supported", "use the simple parameters instead");
  return wanted;
}

}  // namespace

HttpResponse ListObservations(const ApiCall& call) {
  QueryReader query(call.request);
  const auto page = static_cast<std::size_t>(query.Integer("page", 1, 1, 1'000'000));
  SpanQuery wanted = ReadQuery(query, call.project);
  if (!query.ok()) return query.Refusal();
  wanted.offset = (page - 1) * wanted.limit;
  if (wanted.offset > kMaxSpansScanned)
    return ErrorResponse(Status::ResourceExhausted("page too far back, give a time range"));
  Result<SpanPage> found = call.reader.ListSpans(wanted);
  if (!found.ok()) return ErrorResponse(found.status());
  JsonWriter json;
  json.BeginObject();
  json.Key("data").BeginArray();
  for (const FoundSpan& span : found->rows) {
    Result<Observation> observation = LoadObservation(call.reader, call.mapping, span);
    if (!observation.ok()) return ErrorResponse(observation.status());
    WriteObservation(json, *observation, span.trace, call.project);
  }
  json.EndArray();
  WritePageMeta(json, page, wanted.limit, found->total);
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

HttpResponse GetObservation(const ApiCall& call) {
  const std::optional<SpanId> id = SpanIdFromHex(call.id);
  if (!id) return NotFound(call.id);
  Result<std::optional<FoundSpan>> found = call.reader.FindSpan(call.project.key, *id);
  if (!found.ok()) return ErrorResponse(found.status());
  if (!*found) return NotFound(call.id);
  Result<Observation> observation = LoadObservation(call.reader, call.mapping, **found);
  if (!observation.ok()) return ErrorResponse(observation.status());
  JsonWriter json;
  WriteObservation(json, *observation, (*found)->trace, call.project);
  return HttpResponse::Json(200, json.Take());
}

}  // namespace repartee::server
