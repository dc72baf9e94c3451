#include "repartee/server/api/observation_json.h"

#include <algorithm>

#include "repartee/base/json.h"
#include "repartee/server/ingest/mapping/values.h"

namespace repartee::server {
namespace {

std::int64_t UsageOrZero(const Observation& observation, std::string_view key) {
  for (const auto& [name, count] : observation.usage) {
    if (name == key) return count;
  }
  return 0;
}

void OptionalDecimal(JsonWriter& json, std::string_view key, const std::optional<double>& value) {
  json.Key(key);
  if (value) {
    json.Decimal(*value);
  } else {
    json.Null();
  }
}

void WriteDetails(JsonWriter& json, const Observation& observation) {
  json.Key("usageDetails").BeginObject();
  for (const auto& [key, count] : observation.usage) json.Key(key).Integer(count);
  json.EndObject();
  json.Key("costDetails").BeginObject();
  for (const auto& [key, value] : observation.cost) json.Key(key).Decimal(value);
  json.EndObject();
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
  WriteDetails(json, observation);
  OptionalDecimal(json, "calculatedInputCost", CostOf(observation, "input"));
  OptionalDecimal(json, "calculatedOutputCost", CostOf(observation, "output"));
  OptionalDecimal(json, "calculatedTotalCost", CostOf(observation, "total"));
  OptionalDecimal(json, "inputPrice", observation.input_price);
  OptionalDecimal(json, "outputPrice", observation.output_price);
  OptionalDecimal(json, "totalPrice", observation.total_price);
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

void WritePrompt(JsonWriter& json, const Observation& observation) {
  json.Key("promptId").Null();
  json.Key("promptName").OptionalText(observation.prompt_name);
  json.Key("promptVersion");
  if (observation.prompt_version) {
    json.Integer(*observation.prompt_version);
  } else {
    json.Null();
  }
}

void WriteLatencies(JsonWriter& json, const Observation& observation) {
  const SpanFacts& facts = observation.facts;
  json.Key("latency").Decimal(Seconds(facts.start_ns, facts.end_ns));
  json.Key("timeToFirstToken");
  if (observation.completion_start_ns) {
    json.Decimal(Seconds(facts.start_ns, *observation.completion_start_ns));
  } else {
    json.Null();
  }
}

// Events and what has not ended have none.
void WriteEnd(JsonWriter& json, const SpanFacts& facts) {
  json.Key("endTime");
  if ((facts.flags & kFlagNoEnd) != 0) return json.Null();
  json.Time(facts.end_ns);
}

}  // namespace

std::optional<double> CostOf(const Observation& observation, std::string_view part) {
  std::optional<double> sum;
  for (const auto& [key, value] : observation.cost) {
    const bool fits = part == "total" ? key == part : key != "total" && key.find(part) != std::string::npos;
    if (fits) sum = sum.value_or(0) + value;
  }
  return sum;
}

void WriteMetadata(JsonWriter& json, const std::vector<MetadataEntry>& metadata) {
  json.BeginObject();
  for (const auto& [key, value] : metadata) {
    // Only objects and lists are unfolded: a text that looks like a number or is quoted stays what was sent.
    json.Key(key);
    if (value.starts_with('{') || value.starts_with('[')) {
      json.JsonOrText(value);
    } else {
      json.Text(value);
    }
  }
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
  WriteEnd(json, observation.facts);
  json.Key("completionStartTime").OptionalTime(observation.completion_start_ns);
  json.Key("level").Text(LevelName(facts.level));
  json.Key("statusMessage").OptionalText(observation.status_message);
  json.Key("version").OptionalText(observation.version);
  json.Key("environment").Text(observation.environment);
  WriteModel(json, observation);
  WritePrompt(json, observation);
  json.Key("input").OptionalJsonOrText(observation.input);
  json.Key("output").OptionalJsonOrText(observation.output);
  json.Key("metadata");
  WriteMetadata(json, observation.metadata);
  WriteUsage(json, observation);
  WriteLatencies(json, observation);
  json.Key("createdAt").Time(facts.start_ns);
  json.Key("updatedAt").Time(trace.last_update_ns);
  json.EndObject();
}

namespace {

// Metadata values are cut in lists: whoever wants all of one asks for it by name.
constexpr std::size_t kMetadataShown = 200;

// At most that many characters, never half of one.
std::string_view Cut(std::string_view text, std::size_t characters) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (starts && ++seen > characters) return text.substr(0, i);
  }
  return text;
}

bool IsExpanded(const ObservationFields& fields, std::string_view key) {
  return std::any_of(fields.expand_metadata.begin(), fields.expand_metadata.end(),
                     [key](const std::string& wanted) {
                       return key == wanted || (key.starts_with(wanted) && key[wanted.size()] == '.');
                     });
}

void OptionalPrice(JsonWriter& json, std::string_view key, const std::optional<double>& price) {
  json.Key(key);
  if (!price) return json.Null();
  JsonWriter number;
  number.Decimal(*price);
  json.Text(number.Take());
}

void WriteCoreV2(JsonWriter& json, const Observation& observation, const Project& project) {
  json.Key("id").Text(observation.id);
  json.Key("traceId").Text(observation.trace_id);
  json.Key("projectId").Text(project.id);
  json.Key("startTime").Time(observation.facts.start_ns);
  WriteEnd(json, observation.facts);
  json.Key("parentObservationId");
  if (observation.parent_id.empty()) {
    json.Null();
  } else {
    json.Text(observation.parent_id);
  }
  json.Key("type").Text(TypeName(observation.facts.type));
}

void WriteBasicV2(JsonWriter& json, const Observation& observation, const TraceFields& said) {
  json.Key("name").Text(observation.name);
  json.Key("level").Text(LevelName(observation.facts.level));
  json.Key("statusMessage").OptionalText(observation.status_message);
  json.Key("version").OptionalText(observation.version);
  json.Key("environment").Text(observation.environment);
  json.Key("bookmarked").Bool(false);
  json.Key("public").Bool(said.is_public.value_or(false));
  json.Key("userId").OptionalText(said.user_id);
  json.Key("sessionId").OptionalText(said.session_id);
  json.Key("isRootObservation").Bool((observation.facts.flags & kFlagsLogicalRoot) != 0);
}

void WriteModelV2(JsonWriter& json, const Observation& observation) {
  json.Key("providedModelName").OptionalText(observation.model);
  json.Key("internalModelId").OptionalText(observation.price_id);
  json.Key("modelParameters").BeginObject();
  if (observation.model_parameters) {
    for (const auto& [key, value] : *observation.model_parameters) json.Key(key).Raw(value);
  }
  json.EndObject();
}

// These stand outside every group: clients want them always.
void WritePricesV2(JsonWriter& json, const Observation& observation, bool asked) {
  json.Key("modelId").OptionalText(asked ? observation.price_id : std::nullopt);
  OptionalPrice(json, "inputPrice", asked ? observation.input_price : std::nullopt);
  OptionalPrice(json, "outputPrice", asked ? observation.output_price : std::nullopt);
  OptionalPrice(json, "totalPrice", asked ? observation.total_price : std::nullopt);
}

void WriteUsageV2(JsonWriter& json, const Observation& observation) {
  WriteDetails(json, observation);
  OptionalDecimal(json, "totalCost", CostOf(observation, "total"));
  json.Key("usagePricingTierName").OptionalText(observation.price_tier);
}

void WriteMetadataV2(JsonWriter& json, const Observation& observation, const ObservationFields& fields) {
  json.Key("metadata").BeginObject();
  for (const auto& [key, value] : observation.alone->metadata) {
    json.Key(key).Text(IsExpanded(fields, key) ? std::string_view(value) : Cut(value, kMetadataShown));
  }
  json.EndObject();
}

void WriteTraceContextV2(JsonWriter& json, const TraceFields& said) {
  json.Key("tags").BeginArray();
  for (const std::string& tag : said.tags) json.Text(tag);
  json.EndArray();
  json.Key("release").OptionalText(said.release);
  json.Key("traceName").OptionalText(said.name);
}

// What the span says of its trace, or else what its trace is known to be.
TraceFields SaidOrKnown(const TraceFields& said, const TraceRow& trace) {
  TraceFields fields = said;
  if (!fields.name) fields.name = trace.name;
  if (!fields.user_id) fields.user_id = trace.user_id;
  if (!fields.session_id) fields.session_id = trace.session_id;
  if (!fields.release) fields.release = trace.release;
  if (fields.tags.empty()) fields.tags = trace.tags;
  fields.is_public = fields.is_public.value_or(false) || trace.is_public;
  return fields;
}

}  // namespace

std::vector<MetadataEntry> FlattenMetadata(const std::vector<MetadataEntry>& metadata) {
  std::vector<MetadataEntry> flat;
  for (const auto& [key, value] : metadata) {
    const Result<Json> parsed = value.starts_with('{') ? ParseJson(value) : Result<Json>(Json());
    if (parsed.ok() && parsed->is_object()) {
      FlattenJson(key, *parsed, flat);
    } else {
      flat.emplace_back(key, value);
    }
  }
  return flat;
}

void WriteObservationV2(JsonWriter& json, const Observation& observation, const TraceRow& trace,
                        const Project& project, const ObservationFields& fields) {
  const TraceFields& own = observation.alone->trace;
  const TraceFields said = fields.known_of_trace ? SaidOrKnown(own, trace) : own;
  json.BeginObject();
  WriteCoreV2(json, observation, project);
  if (fields.basic) WriteBasicV2(json, observation, said);
  if (fields.time) {
    json.Key("completionStartTime").OptionalTime(observation.completion_start_ns);
    json.Key("createdAt").Time(observation.facts.start_ns);
    json.Key("updatedAt").Time(trace.last_update_ns);
  }
  if (fields.io) {
    json.Key("input").OptionalText(observation.input);
    json.Key("output").OptionalText(observation.output);
  }
  if (fields.metadata) WriteMetadataV2(json, observation, fields);
  if (fields.model) WriteModelV2(json, observation);
  WritePricesV2(json, observation, fields.model);
  if (fields.usage) WriteUsageV2(json, observation);
  if (fields.prompt) WritePrompt(json, observation);
  if (fields.metrics) WriteLatencies(json, observation);
  if (fields.trace_context) WriteTraceContextV2(json, said);
  json.EndObject();
}

}  // namespace repartee::server
