#include "repartee/server/api/score_view.h"

#include <algorithm>

#include "repartee/server/limits.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

constexpr std::size_t kScanPage = 1'000;

FieldValue Text(const std::string& text) {
  return text.empty() ? FieldValue(std::monostate()) : FieldValue(text);
}

FieldValue Text(const std::optional<std::string>& text) {
  return text ? Text(*text) : FieldValue(std::monostate());
}

FieldValue NumberOf(const ScoreRow& s) {
  const bool is_number = s.type == ScoreType::kNumeric || s.type == ScoreType::kBoolean;
  return is_number ? FieldValue(s.value) : FieldValue(std::monostate());
}

FieldValue FlagOf(const ScoreRow& s) {
  return s.type == ScoreType::kBoolean ? FieldValue(s.value == 1) : FieldValue(std::monostate());
}

struct ScoreColumn {
  std::string_view name;
  FieldValue (*of_score)(const ScoreRow&);  // null: from the trace
  FieldValue (*of_trace)(const TraceRow&);  // null: from the observation
  std::string_view of_observation{};        // its column
};

constexpr ScoreColumn kColumns[] = {
    {"id", [](const ScoreRow& s) { return Text(s.id); }, nullptr},
    {"name", [](const ScoreRow& s) { return Text(s.name); }, nullptr},
    {"timestamp", [](const ScoreRow& s) { return FieldValue(TimePoint{s.time_ns}); }, nullptr},
    {"environment", [](const ScoreRow& s) { return Text(s.environment); }, nullptr},
    {"source", [](const ScoreRow& s) { return FieldValue(std::string(ScoreSourceName(s.source))); }, nullptr},
    {"dataType", [](const ScoreRow& s) { return FieldValue(std::string(ScoreTypeName(s.type))); }, nullptr},
    {"value", NumberOf, nullptr},
    {"booleanValue", FlagOf, nullptr},
    {"stringValue", [](const ScoreRow& s) { return Text(s.string_value); }, nullptr},
    {"comment", [](const ScoreRow& s) { return Text(s.comment); }, nullptr},
    {"configId", [](const ScoreRow& s) { return Text(s.config_id); }, nullptr},
    {"queueId", [](const ScoreRow& s) { return Text(s.queue_id); }, nullptr},
    {"authorUserId", [](const ScoreRow& s) { return Text(s.author_id); }, nullptr},
    {"traceId", [](const ScoreRow& s) { return Text(s.trace_id); }, nullptr},
    {"observationId", [](const ScoreRow& s) { return Text(s.observation_id); }, nullptr},
    {"sessionId", [](const ScoreRow& s) { return Text(s.session_id); }, nullptr},
    {"datasetRunId", [](const ScoreRow& s) { return Text(s.run_id); }, nullptr},
    {"traceName", nullptr, [](const TraceRow& t) { return Text(t.name); }},
    {"userId", nullptr, [](const TraceRow& t) { return Text(t.user_id); }},
    {"tags", nullptr, [](const TraceRow& t) { return FieldValue(t.tags); }},
    {"traceTags", nullptr, [](const TraceRow& t) { return FieldValue(t.tags); }},
    {"traceRelease", nullptr, [](const TraceRow& t) { return Text(t.release); }},
    {"traceVersion", nullptr, [](const TraceRow& t) { return Text(t.version); }},
    {"observationName", nullptr, nullptr, "name"},
    {"observationModelName", nullptr, nullptr, "providedModelName"},
    {"observationPromptName", nullptr, nullptr, "promptName"},
    {"observationPromptVersion", nullptr, nullptr, "promptVersion"},
};

const ScoreColumn* FindColumn(std::string_view name) {
  const auto* found = std::find_if(std::begin(kColumns), std::end(kColumns),
                                   [name](const ScoreColumn& c) { return c.name == name; });
  return found == std::end(kColumns) ? nullptr : found;
}

Json OrNull(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }

}  // namespace

bool IsScoreColumn(std::string_view column) { return FindColumn(column) != nullptr; }

Result<const TraceRow*> ScoreTraces::TraceOf(const ScoreRow& score) {
  const TraceRow* none = nullptr;
  if (score.trace_id.empty()) return none;
  auto known = known_.find(score.trace_id);
  if (known == known_.end()) {
    Result<std::optional<TraceRow>> row =
        call_.reader.FindTrace(call_.project.key, TraceIdFromText(score.trace_id));
    if (!row.ok()) return std::move(row).status();
    known = known_.emplace(score.trace_id, *std::move(row)).first;
  }
  const TraceRow* row = known->second ? &*known->second : nullptr;
  return row;
}

Result<ObservationColumns*> ScoreTraces::ObservationOf(const ScoreRow& score) {
  ObservationColumns* none = nullptr;
  if (score.observation_id.empty()) return none;
  const bool is_last =
      last_ && last_->trace_id == score.trace_id && last_->observation_id == score.observation_id;
  if (!is_last) {
    const Result<const TraceRow*> trace = TraceOf(score);
    if (!trace.ok()) return trace.status();
    auto found = std::make_unique<LastSpan>();
    found->trace_id = score.trace_id;
    found->observation_id = score.observation_id;
    if (*trace != nullptr) {
      Result<std::optional<SpanRow>> span =
          call_.reader.SpanOf((*trace)->place, SpanIdFromText(score.observation_id));
      if (!span.ok()) return std::move(span).status();
      if (*span) found->span = FoundSpan{**trace, **std::move(span)};
    }
    if (found->span)
      found->columns.emplace(call_.reader, call_.mapping, found->span->trace, found->span->span, scores_);
    last_ = std::move(found);
  }
  return last_->columns ? &*last_->columns : none;
}

Result<FieldValue> ScoreField(const ScoreRow& score, std::string_view column, ScoreTraces& traces) {
  const ScoreColumn* found = FindColumn(column);
  if (found == nullptr) return Status::InvalidArgument("no such column: {}", column);
  if (found->of_score != nullptr) return found->of_score(score);
  if (found->of_trace == nullptr) {
    const Result<ObservationColumns*> observation = traces.ObservationOf(score);
    if (!observation.ok()) return observation.status();
    if (*observation == nullptr) return FieldValue(std::monostate());
    return (*observation)->Get(found->of_observation, "");
  }
  const Result<const TraceRow*> trace = traces.TraceOf(score);
  if (!trace.ok()) return trace.status();
  return *trace == nullptr ? FieldValue(std::monostate()) : found->of_trace(**trace);
}

Status ForEachScore(StoreReader& reader, ScoreQuery query,
                    const std::function<Status(const ScoreRow&)>& visit) {
  query.offset = 0;
  query.limit = kScanPage;
  query.count = false;
  std::size_t scanned = 0;
  while (true) {
    const Result<ScorePage> page = reader.ListScores(query);
    if (!page.ok()) return page.status();
    for (const ScoreRow& score : page->rows) {
      if (++scanned > kMaxScoresScanned)
        return Status::ResourceExhausted("the query looks at more than {} scores: give a time range",
                                         kMaxScoresScanned);
      if (Status status = visit(score); !status.ok()) return status;
    }
    if (page->rows.size() < kScanPage) return OkStatus();
    query.after = {page->rows.back().time_ns, page->rows.back().id};
  }
}

Json OrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json ShowScore(const ScoreRow& score) {
  Json json = {{"id", score.id}, {"traceId", OrNull(score.trace_id)}};
  json["observationId"] = OrNull(score.observation_id);
  json["sessionId"] = OrNull(score.session_id);
  json["datasetRunId"] = OrNull(score.run_id);
  json["name"] = score.name;
  json["source"] = ScoreSourceName(score.source);
  json["dataType"] = ScoreTypeName(score.type);
  json["value"] = score.value;
  json["stringValue"] = OrNull(score.long_string_value ? score.long_string_value : score.string_value);
  json["timestamp"] = FormatIsoTime(score.time_ns);
  json["createdAt"] = FormatIsoTime(score.created_ns);
  json["updatedAt"] = FormatIsoTime(score.updated_ns);
  json["authorUserId"] = OrNull(score.author_id);
  json["comment"] = OrNull(score.comment);
  const Result<Json> metadata = ParseJson(score.metadata);
  json["metadata"] = metadata.ok() ? *metadata : Json::object();
  json["configId"] = OrNull(score.config_id);
  json["queueId"] = OrNull(score.queue_id);
  json["environment"] = score.environment;
  return json;
}

}  // namespace repartee::server
