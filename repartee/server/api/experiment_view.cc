#include "repartee/server/api/experiment_view.h"

#include <algorithm>

#include "repartee/otel/wire/pull_parser.h"
#include "repartee/otel/wire/utf8.h"
#include "repartee/server/api/run_items.h"
#include "repartee/server/api/score_view.h"

namespace repartee::server {
namespace {

constexpr std::string_view kPrefix = "langfuse.experiment.";
// A span's attributes on the wire.
constexpr std::uint32_t kAttributesField = 9;
constexpr std::uint32_t kMessageType = 2;

struct FactName {
  std::string_view name;
  std::string ExperimentFacts::* fact;
};
constexpr FactName kFactNames[] = {{"id", &ExperimentFacts::id},
                                   {"name", &ExperimentFacts::name},
                                   {"description", &ExperimentFacts::description},
                                   {"metadata", &ExperimentFacts::metadata},
                                   {"dataset.id", &ExperimentFacts::dataset_id},
                                   {"item.id", &ExperimentFacts::item_id},
                                   {"item.version", &ExperimentFacts::item_version},
                                   {"item.metadata", &ExperimentFacts::item_metadata},
                                   {"item.expected_output", &ExperimentFacts::expected_output}};

bool IsAmong(const std::vector<std::string>& wanted, const std::string& text) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), text) != wanted.end();
}

// The column exists.
FieldValue ColumnOf(const ExperimentFacts& facts, std::string_view column) {
  const std::string& text = column == "id" ? facts.id : column == "name" ? facts.name : facts.dataset_id;
  return text.empty() ? FieldValue(std::monostate()) : FieldValue(text);
}

}  // namespace

ExperimentFacts ReadExperimentFacts(std::string_view span) {
  ExperimentFacts facts;
  otel::internal::WireReader reader(span);
  otel::internal::WireField field;
  while (reader.Next(field)) {
    if (field.number != kAttributesField || field.type != kMessageType) continue;
    const otel::KeyValueView attribute = otel::internal::OpenKeyValue(field.bytes);
    if (!attribute.key.starts_with(kPrefix) || attribute.value.kind != otel::AnyValueView::Kind::kString)
      continue;
    const std::string_view name = attribute.key.substr(kPrefix.size());
    for (const FactName& known : kFactNames) {
      if (known.name == name) facts.*known.fact = otel::ToValidUtf8(attribute.value.bytes);
    }
  }
  return facts;
}

bool IsWanted(const ExperimentQuery& query, const ExperimentFacts& facts) {
  return IsAmong(query.ids, facts.id) && IsAmong(query.names, facts.name) &&
         IsAmong(query.dataset_ids, facts.dataset_id) && IsAmong(query.item_ids, facts.item_id) &&
         std::all_of(query.filter.begin(), query.filter.end(), [&facts](const FilterCondition& condition) {
           return Satisfies(condition, ColumnOf(facts, condition.column));
         });
}

bool HasGroup(const Groups& groups, std::string_view name) {
  return std::find(groups.begin(), groups.end(), name) != groups.end();
}

Groups ReadGroups(QueryReader& query, const Groups& known, Groups fallback) {
  Groups groups = query.List("fields").value_or(std::move(fallback));
  for (const std::string& group : groups) {
    if (!HasGroup(known, group)) query.Fault("fields", "invalid_value", "No such group: " + group);
  }
  return groups;
}

Json TextOrJson(const std::string& text) {
  if (text.empty()) return nullptr;
  Result<Json> json = ParseJson(text);
  return json.ok() ? *std::move(json) : Json(text);
}

Json ObjectOrNull(const std::string& text) {
  Json json = TextOrJson(text);
  return json.is_object() ? json : Json();
}

Result<Json> ShowScores(const ApiCall& call, ScoreQuery wanted, std::int64_t limit) {
  wanted.project = call.project.key;
  wanted.limit = static_cast<std::size_t>(limit);
  wanted.count = false;
  const Result<ScorePage> found = call.reader.ListScores(wanted);
  if (!found.ok()) return found.status();
  Json scores = Json::array();
  for (const ScoreRow& score : found->rows)
    scores.push_back(ShowScoreV3(score, call, {"details", "subject"}));
  return scores;
}

ExperimentQuery ReadExperimentQuery(QueryReader& query, const char* id, const char* name) {
  ExperimentQuery wanted;
  wanted.ids = query.List(id).value_or(Groups());
  wanted.names = query.List(name).value_or(Groups());
  wanted.dataset_ids = query.List("datasetId").value_or(Groups());
  return wanted;
}

Result<std::optional<ExperimentFacts>> ItemFacts(const ApiCall& call, const RunItems& runs,
                                                 const TraceRow& trace, const SpanRow& span) {
  if ((span.facts.flags & kFlagExperimentItem) == 0) return runs.Of(trace, span);
  const Result<SpanBody> body = call.reader.Body(trace.place, span);
  if (!body.ok()) return body.status();
  return std::optional(ReadExperimentFacts(body->span));
}

SpanQuery ReadItemQuery(QueryReader& query, const ApiCall& call, const RunItems& runs,
                        ExperimentVisitor visit) {
  SpanQuery wanted;
  wanted.project = call.project.key;
  wanted.from_ns = query.Time("fromStartTime");
  if (!wanted.from_ns) query.Fault("fromStartTime", "invalid_type", "Required");
  wanted.to_ns = query.Time("toStartTime");
  wanted.count_total = false;
  wanted.accept = [&call, &runs, visit = std::move(visit)](const TraceRow& trace,
                                                           const SpanRow& span) -> Result<bool> {
    const Result<std::optional<ExperimentFacts>> facts = ItemFacts(call, runs, trace, span);
    if (!facts.ok()) return facts.status();
    return facts->has_value() && visit(trace, span, **facts);
  };
  return wanted;
}

}  // namespace repartee::server
