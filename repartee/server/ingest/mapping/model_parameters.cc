// A model call's parameters: from where each instrumentation puts them.
#include "repartee/base/json.h"
#include "repartee/otel/wire/utf8.h"
#include "repartee/server/ingest/mapping/rules.h"
#include "repartee/server/ingest/mapping/values.h"

namespace repartee::server {
namespace {

using Kind = otel::AnyValueView::Kind;
using Entries = std::vector<MetadataEntry>;

// Strings and numbers are kept, all else is JSON text.
std::string EntryText(const Json& value) {
  if (value.is_string() || value.is_number()) return ToJsonText(value);
  std::string quoted;
  AppendJsonString(quoted, ToJsonText(value));
  return quoted;
}

std::optional<Entries> FromJson(const Json& json) {
  if (!json.is_structured()) return std::nullopt;
  Entries entries;
  // Items of a list go by their places.
  for (const auto& [key, value] : json.items()) entries.emplace_back(key, EntryText(value));
  return entries;
}

std::optional<Entries> FromText(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const Result<Json> json = ParseJson(text);
  return json.ok() ? FromJson(*json) : std::nullopt;
}

std::string ParameterText(const otel::AnyValueView& value) {
  std::string text;
  if (value.kind == Kind::kString || value.kind == Kind::kInt || value.kind == Kind::kDouble) {
    AppendJson(text, value);
  } else {
    AppendJsonString(text, ToText(value));
  }
  return text;
}

std::optional<Entries> FromGenkit(const SpanInput& in) {
  const auto member = [](const Json& object, const char* key) {
    return object.is_object() ? object.value(key, Json()) : Json();
  };
  const auto parsed = [&in](Key key) {
    const Result<Json> json = ParseJson(in.attributes.FindText(key));
    return json.ok() ? *json : Json();
  };
  Json config = member(parsed(Key::kGenkitInput), "config");
  if (config.is_null()) config = member(member(parsed(Key::kGenkitOutput), "request"), "config");
  return FromJson(config);
}

// As JavaScript's toString: items of an array with commas between.
std::string PlainText(const otel::AnyValueView& value) {
  if (value.kind != Kind::kArray) return ToText(value);
  std::string text;
  otel::ForEachItem(
      value, [&text](const otel::AnyValueView& item) { text += (text.empty() ? "" : ",") + ToText(item); });
  return text;
}

// The first of the attributes that is there, as a JSON text.
std::string FirstOf(const AttributeIndex& attributes, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const otel::AnyValueView* value = attributes.FindByName(name);
    if (value == nullptr) continue;
    std::string text;
    AppendJsonString(text, PlainText(*value));
    return text;
  }
  return "null";
}

// The tier that the call was served on, else the one that was asked for.
std::string ServiceTier(const AttributeIndex& attributes) {
  const otel::AnyValueView* metadata = attributes.FindByName("ai.response.providerMetadata");
  const Result<Json> json = ParseJson(metadata != nullptr ? ToText(*metadata) : "");
  const Json openai = json.ok() && json->is_object() ? json->value("openai", Json()) : Json();
  const Json served = openai.is_object() ? openai.value("serviceTier", Json()) : Json();
  return served.is_string() ? ToJsonText(served) : FirstOf(attributes, {"gen_ai.request.service_tier"});
}

// Always the same keys, null where nothing was given; explicit parameters over them.
Entries FromVercel(const SpanInput& in, std::optional<Entries> said) {
  const AttributeIndex& a = in.attributes;
  Entries entries = {{"maxSteps", FirstOf(a, {"ai.settings.maxSteps"})},
                     {"toolChoice", FirstOf(a, {"ai.prompt.toolChoice"})},
                     {"maxTokens", FirstOf(a, {"gen_ai.request.max_tokens"})},
                     {"finishReason", FirstOf(a, {"gen_ai.response.finish_reasons", "gen_ai.finishReason"})},
                     {"system", FirstOf(a, {"gen_ai.system", "ai.model.provider"})},
                     {"maxRetries", FirstOf(a, {"ai.settings.maxRetries"})},
                     {"mode", FirstOf(a, {"ai.settings.mode"})},
                     {"temperature", FirstOf(a, {"gen_ai.request.temperature"})},
                     {"service_tier", ServiceTier(a)}};
  for (MetadataEntry& entry : said.value_or(Entries())) {
    std::erase_if(entries, [&entry](const MetadataEntry& known) { return known.first == entry.first; });
    entries.push_back(std::move(entry));
  }
  return entries;
}

// Of equal names the last counts, those of the second prefix over those of the first.
Entries FromAttributes(const SpanInput& in) {
  Entries entries;
  for (const std::string_view prefix : {"gen_ai.request.", "llm.invocation_parameters."}) {
    for (const otel::KeyValueView& attribute : in.attributes.all()) {
      if (!attribute.key.starts_with(prefix)) continue;
      std::string key = otel::ToValidUtf8(attribute.key.substr(prefix.size()));
      if (key == "model") continue;
      std::erase_if(entries, [&key](const MetadataEntry& known) { return known.first == key; });
      entries.emplace_back(std::move(key), ParameterText(attribute.value));
    }
  }
  return entries;
}

}  // namespace

std::optional<std::vector<MetadataEntry>> MapModelParameters(const SpanInput& in) {
  if (!HasModelFields(MapType(in))) return std::nullopt;
  std::optional<Entries> said = FromText(in.attributes.FindText(Key::kObservationModelParameters));
  const bool is_vercel = in.scope.name == "ai";
  if (said && !is_vercel) return said;
  if (in.scope.name == "genkit-tracer") {
    if (std::optional<Entries> entries = FromGenkit(in)) return entries;
  }
  if (is_vercel) return FromVercel(in, std::move(said));
  for (const Key key : {Key::kLlmInvocationParameters, Key::kModelConfig}) {
    if (std::optional<Entries> entries = FromText(in.attributes.FindText(key))) return entries;
  }
  return FromAttributes(in);
}

}  // namespace repartee::server
