// Metadata: what senders put there, then every attribute that no other field took.
#include <algorithm>
#include <iterator>

#include "repartee/base/json.h"
#include "repartee/otel/wire/utf8.h"
#include "repartee/server/ingest/mapping/rules.h"
#include "repartee/server/ingest/mapping/values.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

using Metadata = std::vector<MetadataEntry>;

// Contents that are shown as input or output, so never a second time here; removed
// even where another rule supplied the input.
constexpr std::string_view kRemovedKeys[] = {"langfuse.trace.input",
                                             "langfuse.trace.output",
                                             "langfuse.observation.input",
                                             "langfuse.observation.output",
                                             "ai.prompt",
                                             "ai.prompt.messages",
                                             "ai.toolCall.args",
                                             "ai.toolCall.result",
                                             "ai.response.text",
                                             "ai.response.object",
                                             "ai.response.toolCalls",
                                             "ai.result.text",
                                             "ai.result.object",
                                             "ai.result.toolCalls",
                                             "gcp.vertex.agent.llm_request",
                                             "gcp.vertex.agent.llm_response",
                                             "gcp.vertex.agent.tool_call_args",
                                             "gcp.vertex.agent.tool_response",
                                             "prompt",
                                             "all_messages_events",
                                             "events",
                                             "lk.input_text",
                                             "lk.user_transcript",
                                             "lk.chat_ctx",
                                             "lk.user_input",
                                             "lk.function_tool.output",
                                             "lk.response.text",
                                             "mlflow.spanInputs",
                                             "mlflow.spanOutputs",
                                             "traceloop.entity.input",
                                             "traceloop.entity.output",
                                             "input.value",
                                             "output.value",
                                             "final_result",
                                             "pydantic_ai.all_messages",
                                             "input",
                                             "output",
                                             "gen_ai.input.messages",
                                             "gen_ai.output.messages",
                                             "gen_ai.tool.call.arguments",
                                             "gen_ai.tool.call.result",
                                             "genkit:input",
                                             "genkit:output",
                                             "flue.turn.input",
                                             "flue.turn.output",
                                             "flue.tool.arguments",
                                             "flue.tool.result",
                                             "flue.task.prompt",
                                             "flue.task.result",
                                             "flue.operation.result",
                                             "flue.workflow.payload",
                                             "flue.workflow.result"};
constexpr std::string_view kSystemInstructions = "gen_ai.system_instructions";

constexpr std::string_view kRemovedPrefixes[] = {"gen_ai.prompt",           "gen_ai.completion",
                                                 "llm.input_messages",      "llm.output_messages",
                                                 "langfuse.trace.metadata", "langfuse.observation.metadata",
                                                 "ai.telemetry.metadata"};

bool IsRemoved(std::string_view key, bool keep_system_instructions) {
  if (key.starts_with(kOwnIdPrefix)) return true;
  if (key == kSystemInstructions) return !keep_system_instructions;
  if (std::find(std::begin(kRemovedKeys), std::end(kRemovedKeys), key) != std::end(kRemovedKeys)) return true;
  return std::any_of(std::begin(kRemovedPrefixes), std::end(kRemovedPrefixes),
                     [key](std::string_view prefix) { return key.starts_with(prefix); });
}

std::string TextOf(const Json& value) {
  return value.is_string() ? value.get<std::string>() : ToJsonText(value);
}

// One text a top-level key; a later one replaces an earlier.
class TopLevel {
 public:
  void Text(std::string key, std::string value) {
    const auto known =
        std::find_if(entries_.begin(), entries_.end(), [&key](const auto& e) { return e.first == key; });
    if (known != entries_.end()) {
      known->second = std::move(value);
    } else {
      entries_.emplace_back(std::move(key), std::move(value));
    }
  }
  void Value(const std::string& key, const Json& value) { Text(key, TextOf(value)); }
  // A text that holds JSON of our own.
  void Made(const std::string& key, std::string json) { Text(key, std::move(json)); }

  Metadata Take() { return std::move(entries_); }

 private:
  Metadata entries_;
};

// Dotted keys for what is inside of objects; a later top-level key replaces an earlier
// one with all that was inside of it.
class Flat {
 public:
  void Text(const std::string& key, std::string value) { Begin(key).emplace_back(key, std::move(value)); }
  void Value(const std::string& key, const Json& value) { FlattenJson(key, value, Begin(key)); }
  void Made(const std::string& key, std::string_view json) {
    const Result<Json> parsed = ParseJson(json);
    if (parsed.ok()) Value(key, *parsed);
  }

  Metadata Take() {
    Metadata all;
    for (auto& [key, entries] : tops_) {
      std::move(entries.begin(), entries.end(), std::back_inserter(all));
    }
    return all;
  }

 private:
  Metadata& Begin(const std::string& key) {
    const auto known =
        std::find_if(tops_.begin(), tops_.end(), [&key](const auto& t) { return t.first == key; });
    if (known == tops_.end()) return tops_.emplace_back(key, Metadata()).second;
    known->second.clear();
    return known->second;
  }

  std::vector<std::pair<std::string, Metadata>> tops_;
};

// A JSON object or array in one attribute.
template <class Sink>
void AddJson(Sink& sink, const otel::AnyValueView* value) {
  using Kind = otel::AnyValueView::Kind;
  if (value == nullptr || (value->kind != Kind::kString && value->kind != Kind::kArray)) return;
  const Result<Json> json = ParseJson(ToText(*value));
  if (!json.ok()) return;
  if (json->is_object()) {
    for (const auto& [key, item] : json->items()) sink.Value(key, item);
  } else if (json->is_array()) {
    for (std::size_t i = 0; i < json->size(); ++i) sink.Value(std::to_string(i), (*json)[i]);
  }
}

bool IsVercelOwn(std::string_view key) {
  return key == "userId" || key == "sessionId" || key == "tags" || key == "langfusePrompt";
}

// Every attribute below `own`, "langfuse.metadata." and "ai.telemetry.metadata.".
template <class Sink>
void AddPrefixed(Sink& sink, const AttributeIndex& attributes, std::string_view own) {
  for (const otel::KeyValueView& attribute : attributes.all()) {
    for (const std::string_view prefix :
         {own, std::string_view("langfuse.metadata."), std::string_view("ai.telemetry.metadata.")}) {
      if (!attribute.key.starts_with(prefix) || attribute.key.size() == prefix.size()) continue;
      const std::string_view key = attribute.key.substr(prefix.size());
      if (prefix[0] == 'a' && IsVercelOwn(key)) continue;
      sink.Text(otel::ToValidUtf8(key), ToText(attribute.value));
    }
  }
}

template <class Sink>
void AddSaid(Sink& sink, const AttributeIndex& attributes, Key whole, std::string_view prefix) {
  const otel::AnyValueView* json = attributes.FindTruthy(whole);
  AddJson(sink, json != nullptr ? json : attributes.FindTruthy(Key::kLangfuseMetadata));
  AddPrefixed(sink, attributes, prefix);
}

// {"key":"value",...}: every value as a text.
template <class Keep>
std::string AttributesJson(std::span<const otel::KeyValueView> attributes, Keep&& keep) {
  std::string out = "{";
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    const otel::KeyValueView& attribute = attributes[i];
    if (!keep(attribute.key)) continue;
    // Of equal keys the last one counts, at the place of the first.
    const auto same = [&](const otel::KeyValueView& other) { return other.key == attribute.key; };
    if (std::any_of(attributes.begin(), attributes.begin() + static_cast<std::ptrdiff_t>(i), same)) continue;
    const auto last = std::find_if(attributes.rbegin(), attributes.rend(), same);
    if (out.size() > 1) out += ',';
    AppendJsonString(out, attribute.key);
    out += ':';
    AppendJsonString(out, ToText(last->value));
  }
  return out + "}";
}

std::string ScopeJson(const otel::ScopeView& scope) {
  std::string out = "{";
  if (!scope.name.empty()) {
    out += "\"name\":";
    AppendJsonString(out, scope.name);
    out += ',';
  }
  if (!scope.version.empty()) {
    out += "\"version\":";
    AppendJsonString(out, scope.version);
    out += ',';
  }
  out += "\"attributes\":" + AttributesJson(scope.attributes, [](std::string_view) { return true; });
  return out + "}";
}

std::string EventsJson(std::span<const otel::EventView> events) {
  std::string out = "[";
  for (const otel::EventView& event : events) {
    if (out.size() > 1) out += ',';
    out += "{\"name\":";
    AppendJsonString(out, event.name);
    out += ",\"time\":\"" + FormatIsoTime(static_cast<std::int64_t>(event.time_ns)) + "\",\"attributes\":";
    out += AttributesJson(event.attributes, [](std::string_view) { return true; }) + "}";
  }
  return out + "]";
}

template <class Sink>
void AddOrigin(Sink& sink, const SpanInput& in) {
  sink.Made("resourceAttributes", AttributesJson(in.resource.all(), [](std::string_view) { return true; }));
  sink.Made("scope", ScopeJson(in.scope));
}

template <class Sink>
void AddAttributes(Sink& sink, const SpanInput& in) {
  if (IsOfBatch(in)) return;
  if (!in.scope.name.starts_with("langfuse-sdk")) {
    const bool keep_system = in.voice_additions;
    sink.Made("attributes", AttributesJson(in.attributes.all(), [keep_system](std::string_view key) {
                return !IsRemoved(key, keep_system);
              }));
  }
  AddOrigin(sink, in);
  if (in.voice_additions && !in.span.events.empty()) sink.Made("events", EventsJson(in.span.events));
}

constexpr std::string_view kObservationPrefix = "langfuse.observation.metadata.";
constexpr std::string_view kTracePrefix = "langfuse.trace.metadata.";

}  // namespace

std::vector<MetadataEntry> MapMetadata(const SpanInput& in) {
  TopLevel metadata;
  AddSaid(metadata, in.resource, Key::kTraceMetadata, kTracePrefix);
  AddSaid(metadata, in.attributes, Key::kObservationMetadata, kObservationPrefix);
  AddAttributes(metadata, in);
  return metadata.Take();
}

std::vector<MetadataEntry> MapFlatMetadata(const SpanInput& in) {
  Flat metadata;
  AddAttributes(metadata, in);
  AddSaid(metadata, in.attributes, Key::kObservationMetadata, kObservationPrefix);
  AddSaid(metadata, in.attributes, Key::kTraceMetadata, kTracePrefix);
  return metadata.Take();
}

std::vector<MetadataEntry> MapTraceMetadata(const SpanInput& in, bool is_root) {
  TopLevel metadata;
  AddSaid(metadata, in.resource, Key::kTraceMetadata, kTracePrefix);
  AddSaid(metadata, in.attributes, Key::kTraceMetadata, kTracePrefix);
  if (is_root) {
    AddSaid(metadata, in.attributes, Key::kObservationMetadata, kObservationPrefix);
    AddAttributes(metadata, in);
  } else if (!IsOfBatch(in)) {
    AddOrigin(metadata, in);
  }
  return metadata.Take();
}

}  // namespace repartee::server
