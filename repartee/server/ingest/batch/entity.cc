#include "repartee/server/ingest/batch/entity.h"

#include <algorithm>
#include <utility>

#include "repartee/otel/wire/protobuf_writer.h"
#include "repartee/otel/wire/pull_parser.h"
#include "repartee/server/ingest/mapping/attributes.h"
#include "repartee/server/ingest/mapping/usage_forms.h"
#include "repartee/server/ingest/mapping/values.h"
#include "repartee/server/limits.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

bool IsTruthy(const Json& value) {
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value.get<double>() != 0;
  return !value.is_null();
}

std::string TextOf(const Json& value) {
  return value.is_string() ? value.get<std::string>() : ToJsonText(value);
}

// Over the events in their order.
class Merged {
 public:
  explicit Merged(const Entity& entity) : entity_(entity) {}

  // The last value that was said. Null says "none" if `null_counts`, else nothing.
  const Json* Last(const char* key, bool null_counts) const {
    const Json* last = nullptr;
    for (const BatchEvent& event : entity_.events) {
      const auto found = event.body.find(key);
      if (found == event.body.end() || (found->is_structured() && found->empty())) continue;
      if (!found->is_null()) last = &*found;
      if (found->is_null() && null_counts) last = nullptr;
    }
    return last;
  }
  const Json* First(const char* key) const {
    for (const BatchEvent& event : entity_.events) {
      const auto found = event.body.find(key);
      if (found != event.body.end() && !found->is_null()) return &*found;
    }
    return nullptr;
  }
  const Json* LastTruthy(const char* key) const {
    const Json* last = nullptr;
    for (const BatchEvent& event : entity_.events) {
      const auto found = event.body.find(key);
      if (found != event.body.end() && IsTruthy(*found)) last = &*found;
    }
    return last;
  }
  // Scalars and arrays stand as a text under the key "metadata".
  Json Metadata() const {
    Json merged = Json::object();
    for (const BatchEvent& event : entity_.events) {
      const auto found = event.body.find("metadata");
      if (found == event.body.end() || !IsTruthy(*found)) continue;
      MergeDeep(merged, found->is_object() ? *found : Json{{"metadata", TextOf(*found)}});
    }
    return merged;
  }
  std::vector<std::string> Tags() const {
    std::vector<std::string> tags;
    for (const BatchEvent& event : entity_.events) {
      const auto found = event.body.find("tags");
      if (found == event.body.end() || !found->is_array()) continue;
      for (const Json& tag : *found) tags.push_back(tag.get<std::string>());
    }
    std::sort(tags.begin(), tags.end());
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
    return tags;
  }
  // The first time that was said outright, or else that of the first event.
  std::int64_t Start(const char* key) const {
    const Json* said = First(key);
    const std::optional<std::int64_t> time =
        said != nullptr && said->is_string() ? ParseIsoTime(said->get<std::string>()) : std::nullopt;
    return time.value_or(entity_.events.front().time_ns);
  }
  std::optional<std::int64_t> End() const {
    const Json* said = Last("endTime", false);
    return said != nullptr && said->is_string() ? ParseIsoTime(said->get<std::string>()) : std::nullopt;
  }

 private:
  const Entity& entity_;
};

class SpanWriter {
 public:
  SpanWriter(const Entity& entity, otel::ProtobufWriter& writer)
      : entity_(entity), merged_(entity), w_(writer) {}

  void Write() {
    const bool is_trace = entity_.kind == EntityKind::kTrace;
    w_.Bytes(1, TraceIdFromText(entity_.trace_id).Bytes());
    w_.Bytes(2, SpanIdBytes(EntitySpanId(entity_)));
    const Json* parent = is_trace ? nullptr : merged_.Last("parentObservationId", false);
    if (parent != nullptr && *parent == "") parent = nullptr;
    if (parent != nullptr) w_.Bytes(4, SpanIdBytes(SpanIdFromText(parent->get<std::string>())));
    if (const Json* name = merged_.Last("name", true)) w_.Bytes(5, name->get<std::string>());
    const std::int64_t start = merged_.Start(is_trace ? "timestamp" : "startTime");
    w_.Fixed64(7, static_cast<std::uint64_t>(start));
    if (const std::optional<std::int64_t> end = merged_.End())
      w_.Fixed64(8, static_cast<std::uint64_t>(std::max(start, *end)));
    Text(Key::kForeignTraceId, entity_.trace_id);
    if (is_trace) {
      Text(Key::kBatchEntity, "trace");
      WriteTrace();
    } else {
      Text(Key::kBatchEntity, "observation");
      Text(Key::kForeignSpanId, entity_.id);
      if (parent != nullptr) Text(Key::kForeignParentId, parent->get<std::string>());
      WriteObservation();
    }
    WriteEvents();
  }

 private:
  void Text(Key key, std::string_view text) {
    w_.Message(9, [&] {
      w_.Bytes(1, KeyName(key));
      w_.Message(2, [&] { w_.Bytes(1, text); });
    });
  }
  void Said(Key key, const Json* value) {
    if (value != nullptr) Text(key, TextOf(*value));
  }

  void WriteTrace() {
    Said(Key::kTraceName, merged_.Last("name", true));
    Said(Key::kUserId, merged_.Last("userId", true));
    Said(Key::kSessionId, merged_.Last("sessionId", true));
    Said(Key::kLangfuseRelease, merged_.Last("release", true));
    Said(Key::kLangfuseVersion, merged_.Last("version", true));
    Said(Key::kLangfuseEnvironment, merged_.First("environment"));
    Said(Key::kTraceInput, merged_.LastTruthy("input"));
    Said(Key::kTraceOutput, merged_.LastTruthy("output"));
    if (const Json metadata = merged_.Metadata(); !metadata.empty())
      Text(Key::kTraceMetadata, ToJsonText(metadata));
    if (const std::vector<std::string> tags = merged_.Tags(); !tags.empty())
      Text(Key::kTraceTags, ToJsonText(Json(tags)));
    // The last event counts, and one that says nothing says "not public".
    if (entity_.events.back().body.value("public", Json()) == true) Text(Key::kTracePublic, "true");
  }

  void WriteObservation() {
    std::string type(TypeName(entity_.events.front().observation_type));
    for (char& c : type) c = static_cast<char>(c - 'A' + 'a');
    Text(Key::kObservationType, type);
    Said(Key::kObservationLevel, merged_.Last("level", true));
    Said(Key::kObservationStatusMessage, merged_.Last("statusMessage", false));
    Said(Key::kLangfuseVersion, merged_.Last("version", false));
    Said(Key::kLangfuseEnvironment, merged_.First("environment"));
    Said(Key::kObservationModelName, merged_.Last("model", true));
    Said(Key::kObservationModelParameters, merged_.Last("modelParameters", false));
    Said(Key::kObservationCompletionStartTime, merged_.Last("completionStartTime", false));
    Said(Key::kObservationPromptName, merged_.Last("promptName", false));
    Said(Key::kObservationPromptVersion, merged_.Last("promptVersion", false));
    Said(Key::kObservationInput, merged_.LastTruthy("input"));
    Said(Key::kObservationOutput, merged_.LastTruthy("output"));
    if (const Json metadata = merged_.Metadata(); !metadata.empty())
      Text(Key::kObservationMetadata, ToJsonText(metadata));
    Json usage, cost;
    for (const BatchEvent& event : entity_.events) {
      UsageForms forms = ReadUsageForms(event.body);
      if (!forms.usage.empty()) usage = std::move(forms.usage);
      if (!forms.cost.empty()) cost = std::move(forms.cost);
    }
    if (!usage.is_null()) Text(Key::kObservationUsageDetails, ToJsonText(usage));
    if (!cost.is_null()) Text(Key::kObservationCostDetails, ToJsonText(cost));
  }

  void WriteEvents() {
    Json events = Json::array();
    for (const BatchEvent& event : entity_.events) {
      events.push_back(
          {{"id", event.id}, {"type", event.type}, {"timestamp", event.timestamp}, {"body", event.body}});
    }
    Text(Key::kBatchEvents, ToJsonText(events));
  }

  const Entity& entity_;
  const Merged merged_;
  otel::ProtobufWriter& w_;
};

}  // namespace

bool Entity::Add(BatchEvent event) {
  const auto same = [&event](const BatchEvent& known) { return known.id == event.id; };
  if (std::any_of(events.begin(), events.end(), same)) return true;
  if (events.size() >= kMaxEventsPerEntity) return false;
  const auto place = event.is_create ? std::lower_bound(events.begin(), events.end(), event, CountsBefore)
                                     : std::upper_bound(events.begin(), events.end(), event, CountsBefore);
  events.insert(place, std::move(event));
  return true;
}

std::vector<std::string> Entity::AddBehind(std::vector<BatchEvent> earlier) {
  std::vector<std::string> refused;
  if (earlier.empty()) return refused;
  std::vector<BatchEvent> added = std::exchange(events, std::move(earlier));
  const auto add = [this, &refused](BatchEvent& event) {
    std::string event_id = event.id;
    if (!Add(std::move(event))) refused.push_back(std::move(event_id));
  };
  // Each in the order in which it came: creations of one time stand the other way round.
  for (auto event = added.rbegin(); event != added.rend(); ++event) {
    if (event->is_create) add(*event);
  }
  for (BatchEvent& event : added) {
    if (!event.is_create) add(event);
  }
  return refused;
}

SpanId EntitySpanId(const Entity& entity) {
  return entity.kind == EntityKind::kTrace ? kTraceEntryId : SpanIdFromText(entity.id);
}

void AppendEntitySpan(const Entity& entity, std::string& request) {
  otel::ProtobufWriter w(request);
  w.Message(1, [&] {
    w.Message(1, [] {});
    w.Message(2, [&] {
      w.Message(1, [&] { w.Bytes(1, kBatchScope); });
      w.Message(2, [&] { SpanWriter(entity, w).Write(); });
    });
  });
}

Result<std::vector<BatchEvent>> ReadEntityEvents(std::string_view span) {
  otel::SpanParser parser;
  Result<otel::SpanView> view = parser.ParseSpan(span);
  if (!view.ok()) return std::move(view).status();
  AttributeIndex attributes;
  attributes.Build(view->attributes);
  const Result<Json> json = ParseJson(attributes.FindText(Key::kBatchEvents));
  if (!json.ok() || !json->is_array()) return Status::Malformed("the span holds no events");
  std::vector<BatchEvent> events;
  for (const Json& item : *json) {
    // One that an earlier version took and this one would not is left out.
    Result<BatchEvent> event = ParseEvent(item);
    if (event.ok()) events.push_back(*std::move(event));
  }
  return events;
}

}  // namespace repartee::server
