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
  if (!json.is_object()) return std::nullopt;
  Entries entries;
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
  const Result<Json> input = ParseJson(in.attributes.FindText(Key::kGenkitInput));
  if (input.ok() && input->is_object() && input->contains("config")) return FromJson((*input)["config"]);
  const Result<Json> output = ParseJson(in.attributes.FindText(Key::kGenkitOutput));
  const Json request = output.ok() && output->is_object() ? output->value("request", Json()) : Json();
  return request.is_object() ? FromJson(request.value("config", Json())) : std::nullopt;
}

// As JavaScript's toString: items of an array with commas between.
std::string PlainText(const otel::AnyValueView& value) {
  if (value.kind != Kind::kArray) return ToText(value);
  std::string text;
  otel::ForEachItem(
      value, [&text](const otel::AnyValueView& item) { text += (text.empty() ? "" : ",") + ToText(item); });
  return text;
}

// Always the same keys, null where nothing was given; explicit parameters over them.
Entries FromVercel(const SpanInput& in, std::optional<Entries> said) {
  constexpr std::pair<std::string_view, std::string_view> kKeys[] = {
      {"maxSteps", "ai.settings.maxSteps"},
      {"toolChoice", "ai.prompt.toolChoice"},
      {"maxTokens", "gen_ai.request.max_tokens"},
      {"finishReason", "gen_ai.response.finish_reasons"},
      {"system", "gen_ai.system"},
      {"maxRetries", "ai.settings.maxRetries"},
      {"mode", "ai.settings.mode"},
      {"temperature", "gen_ai.request.temperature"},
      {"service_tier", "gen_ai.request.service_tier"}};
  Entries entries;
  for (const auto& [key, name] : kKeys) {
    const otel::AnyValueView* value = in.attributes.FindByName(name);
    if (value == nullptr && key == "system") value = in.attributes.FindByName("ai.model.provider");
    std::string text = "null";
    if (value != nullptr) {
      text.clear();
      AppendJsonString(text, PlainText(*value));
    }
    entries.emplace_back(key, std::move(text));
  }
  for (MetadataEntry& entry : said.value_or(Entries())) {
    std::erase_if(entries, [&entry](const MetadataEntry& known) { return known.first == entry.first; });
    entries.push_back(std::move(entry));
  }
  return entries;
}

Entries FromAttributes(const SpanInput& in) {
  Entries entries;
  for (const otel::KeyValueView& attribute : in.attributes.all()) {
    std::string_view key = attribute.key;
    if (key.starts_with("gen_ai.request.")) {
      key.remove_prefix(15);
    } else if (key.starts_with("llm.invocation_parameters.")) {
      key.remove_prefix(26);
    } else {
      continue;
    }
    if (key != "model") entries.emplace_back(otel::ToValidUtf8(key), ParameterText(attribute.value));
  }
  return entries;
}

}  // namespace

std::optional<std::vector<MetadataEntry>> MapModelParameters(const SpanInput& in) {
  if (!HasModelFields(MapType(in))) return std::nullopt;
  std::optional<Entries> said = FromText(in.attributes.FindText(Key::kObservationModelParameters));
  const bool is_vercel = in.scope.name == "ai";
  if (said && !is_vercel) return said;
  const bool is_genkit =
      in.attributes.Find(Key::kGenkitInput) != nullptr || in.attributes.Find(Key::kGenkitOutput) != nullptr;
  if (is_genkit) {
    if (std::optional<Entries> entries = FromGenkit(in)) return entries;
  }
  if (is_vercel) return FromVercel(in, std::move(said));
  for (const Key key : {Key::kLlmInvocationParameters, Key::kModelConfig}) {
    if (std::optional<Entries> entries = FromText(in.attributes.FindText(key))) return entries;
  }
  return FromAttributes(in);
}

}  // namespace repartee::server
