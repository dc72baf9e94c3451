// Items of experiments, by cursor: the span of each, with what it or its run says of the experiment.
#include "repartee/server/api/experiment_view.h"
#include "repartee/server/api/observation_query.h"
#include "repartee/server/api/run_items.h"
#include "repartee/server/api/score_view.h"
#include "repartee/server/limits.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

struct ItemsAsked {
  std::size_t limit = 0;
  std::int64_t score_limit = 0;
  Groups groups;
  ExperimentQuery query;
};

ItemsAsked ReadItems(QueryReader& query) {
  ItemsAsked asked;
  asked.limit = static_cast<std::size_t>(query.Integer("limit", kDefaultPageSize, 1, kMaxPageSize));
  asked.score_limit = query.Integer("scoreLimit", kMaxScoresShown, 1, kMaxScoresShown);
  asked.groups =
      ReadGroups(query, {"core", "dataset", "io", "metadata", "itemMetadata", "experimentMetadata", "scores"},
                 {"core", "dataset"});
  asked.query = ReadExperimentQuery(query, "experimentId", "experimentName");
  asked.query.item_ids = query.List("experimentItemId").value_or(Groups());
  return asked;
}

Json MetadataOf(const Observation& observation) {
  Json json = Json::object();
  for (const auto& [key, value] : observation.metadata) json[key] = TextOrJson(value);
  return json;
}

void AddGroups(Json& json, const Groups& groups, const Observation& observation,
               const ExperimentFacts& facts) {
  if (HasGroup(groups, "dataset")) {
    json["experimentDatasetId"] = OrNull(facts.dataset_id);
    json["experimentItemVersion"] = OrNull(facts.item_version);
  }
  if (HasGroup(groups, "io")) {
    json["input"] = TextOrJson(observation.input.value_or(""));
    json["output"] = TextOrJson(observation.output.value_or(""));
    json["expectedOutput"] = TextOrJson(facts.expected_output);
  }
  if (HasGroup(groups, "metadata")) json["metadata"] = MetadataOf(observation);
  if (HasGroup(groups, "itemMetadata")) json["experimentItemMetadata"] = ObjectOrNull(facts.item_metadata);
  if (HasGroup(groups, "experimentMetadata")) {
    json["experimentMetadata"] = ObjectOrNull(facts.metadata);
    json["experimentDescription"] = OrNull(facts.description);
  }
}

// All that is known of an item that was found.
Result<ExperimentFacts> FactsOf(const ApiCall& call, const RunItems& runs, const FoundSpan& found) {
  const Result<std::optional<ExperimentFacts>> known = ItemFacts(call, runs, found.trace, found.span);
  if (!known.ok()) return known.status();
  ExperimentFacts facts = (*known).value_or(ExperimentFacts());
  const bool says_it = (found.span.facts.flags & kFlagExperimentItem) != 0;
  if (Status status = says_it ? OkStatus() : AddDatasetItem(call, facts); !status.ok()) return status;
  return facts;
}

Result<Json> ShowExperimentItem(const ApiCall& call, const RunItems& runs, const FoundSpan& found,
                                const ItemsAsked& asked) {
  const Result<ExperimentFacts> known = FactsOf(call, runs, found);
  if (!known.ok()) return known.status();
  const ExperimentFacts& facts = *known;
  const Result<Observation> observation = LoadObservation(call.reader, call.mapping, found);
  if (!observation.ok()) return observation.status();
  const SpanFacts& span = found.span.facts;
  Json json = {{"id", observation->id}, {"traceId", observation->trace_id}};
  json["startTime"] = FormatIsoTime(span.start_ns);
  json["endTime"] = (span.flags & kFlagNoEnd) != 0 ? Json() : Json(FormatIsoTime(span.end_ns));
  json["level"] = LevelName(span.level);
  json["environment"] = observation->environment;
  json["experimentId"] = facts.id;
  json["experimentName"] = facts.name;
  json["experimentItemId"] = facts.item_id;
  AddGroups(json, asked.groups, *observation, facts);
  if (HasGroup(asked.groups, "scores")) {
    ScoreQuery wanted;
    wanted.trace_ids = {observation->trace_id};
    Result<Json> scores = ShowScores(call, std::move(wanted), asked.score_limit);
    if (!scores.ok()) return scores;
    json["scores"] = *std::move(scores);
  }
  return json;
}

}  // namespace

HttpResponse ListExperimentItems(const ApiCall& call) {
  QueryReader query(call.request);
  const ItemsAsked asked = ReadItems(query);
  const Result<RunItems> runs = RunItems::Load(call);
  if (!runs.ok()) return ErrorResponse(runs.status());
  SpanQuery wanted =
      ReadItemQuery(query, call, *runs, [&](const TraceRow&, const SpanRow&, const ExperimentFacts& facts) {
        return IsWanted(asked.query, facts);
      });
  ReadSpanCursor(query, wanted);
  if (!query.ok()) return query.Refusal();
  // One more tells whether there is a next page.
  wanted.limit = asked.limit + 1;
  Result<SpanPage> found = call.reader.ListSpans(wanted);
  if (!found.ok()) return ErrorResponse(found.status());
  Json meta = Json::object();
  if (found->rows.size() > asked.limit) {
    found->rows.resize(asked.limit);
    meta["cursor"] = WriteSpanCursor(found->rows.back());
  }
  Json data = Json::array();
  for (const FoundSpan& item : found->rows) {
    Result<Json> json = ShowExperimentItem(call, *runs, item, asked);
    if (!json.ok()) return ErrorResponse(json.status());
    data.push_back(*std::move(json));
  }
  return JsonResponse(200, {{"data", std::move(data)}, {"meta", std::move(meta)}});
}

}  // namespace repartee::server
