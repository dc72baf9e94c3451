// Experiments, by cursor: what newer SDKs say on the spans of their items, and the runs
// over datasets that older ones make by the API.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

#include "repartee/base/encoding.h"
#include "repartee/server/api/config_resource.h"
#include "repartee/server/api/experiment_view.h"
#include "repartee/server/api/run_items.h"
#include "repartee/server/api/score_view.h"
#include "repartee/server/limits.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxExperiments = 10'000;  // in the range of one query; beyond, 422

struct Experiment {
  ExperimentFacts facts;  // as one of its items says
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::int64_t items = 0;
};

// The walk over the list: what came after it began does not move it.
struct ExperimentCursor {
  std::int64_t as_of_ns = 0;
  std::int64_t end_ns = 0;  // of the last one shown; so its id
  std::string id;
};

std::string WriteCursor(const ExperimentCursor& cursor) {
  return Base64Encode(fmt::format("1:{}:{}:{}", cursor.as_of_ns, cursor.end_ns, cursor.id));
}

std::optional<ExperimentCursor> ReadCursor(std::string_view text) {
  const Result<std::string> decoded = Base64Decode(text);
  if (!decoded.ok() || !decoded->starts_with("1:")) return std::nullopt;
  std::string_view left = std::string_view(*decoded).substr(2);
  ExperimentCursor cursor;
  for (std::int64_t* const number : {&cursor.as_of_ns, &cursor.end_ns}) {
    const std::size_t colon = left.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto [end, error] = std::from_chars(left.data(), left.data() + colon, *number);
    if (error != std::errc() || end != left.data() + colon) return std::nullopt;
    left.remove_prefix(colon + 1);
  }
  cursor.id = left;
  return cursor;
}

// The latest first.
Result<std::vector<Experiment>> Gather(const ApiCall& call, const SpanQuery& wanted,
                                       const std::map<std::string, Experiment>& found) {
  if (const Result<SpanPage> walked = call.reader.ListSpans(wanted); !walked.ok()) return walked.status();
  if (found.size() > kMaxExperiments)
    return Status::ResourceExhausted("more than {} experiments: give a shorter time range", kMaxExperiments);
  std::vector<Experiment> all;
  for (const auto& [id, experiment] : found) all.push_back(experiment);
  std::sort(all.begin(), all.end(), [](const Experiment& a, const Experiment& b) {
    return std::tie(b.end_ns, b.facts.id) < std::tie(a.end_ns, a.facts.id);
  });
  return all;
}

void Add(std::map<std::string, Experiment>& found, const SpanRow& span, const ExperimentFacts& facts) {
  if (found.size() > kMaxExperiments) return;
  auto [at, is_new] = found.try_emplace(facts.id);
  Experiment& experiment = at->second;
  if (is_new) experiment = {.facts = facts, .start_ns = span.facts.start_ns, .end_ns = 0, .items = 0};
  experiment.start_ns = std::min(experiment.start_ns, span.facts.start_ns);
  experiment.end_ns = std::max(experiment.end_ns, span.facts.end_ns);
  ++experiment.items;
}

Result<Json> ShowExperiment(const ApiCall& call, const Experiment& experiment, const Groups& groups,
                            std::int64_t score_limit) {
  const ExperimentFacts& facts = experiment.facts;
  Json json = {{"id", facts.id}, {"name", facts.name}, {"description", OrNull(facts.description)}};
  json["startTime"] = FormatIsoTime(experiment.start_ns);
  json["endTime"] = FormatIsoTime(experiment.end_ns);
  json["itemCount"] = experiment.items;
  json["datasetId"] = OrNull(facts.dataset_id);
  if (HasGroup(groups, "metadata")) json["metadata"] = ObjectOrNull(facts.metadata);
  if (HasGroup(groups, "scores")) {
    ScoreQuery wanted;
    wanted.run_ids = {facts.id};
    Result<Json> scores = ShowScores(call, std::move(wanted), score_limit);
    if (!scores.ok()) return scores;
    json["scores"] = *std::move(scores);
  }
  return json;
}

struct ExperimentsAsked {
  std::size_t limit = 0;
  std::int64_t score_limit = 0;
  Groups groups;
  ExperimentQuery query;
  std::optional<ExperimentCursor> after;
};

ExperimentsAsked ReadExperiments(QueryReader& query) {
  ExperimentsAsked asked;
  asked.limit = static_cast<std::size_t>(query.Integer("limit", kDefaultPageSize, 1, kMaxPageSize));
  asked.score_limit = query.Integer("scoreLimit", kMaxScoresShown, 1, kMaxScoresShown);
  asked.groups = ReadGroups(query, {"core", "metadata", "scores"}, {});
  asked.query = ReadExperimentQuery(query, "id", "name");
  if (const std::optional<std::string> filter = query.Text("filter")) {
    const auto is_column = [](std::string_view column) {
      return column == "id" || column == "name" || column == "datasetId";
    };
    asked.query.filter = ParseFilter(*filter, "filter", is_column, query.faults());
  }
  if (const std::optional<std::string> cursor = query.Text("cursor")) {
    asked.after = ReadCursor(*cursor);
    if (!asked.after) query.Fault("cursor", "invalid_format", "Invalid cursor format");
  }
  return asked;
}

// One page of them, from where the last one ended.
Result<Json> ShowExperiments(const ApiCall& call, const ExperimentsAsked& asked,
                             const std::vector<Experiment>& all, std::int64_t as_of_ns) {
  Json data = Json::array();
  Json meta = Json::object();
  ExperimentCursor last{.as_of_ns = as_of_ns, .end_ns = 0, .id = {}};
  for (const Experiment& experiment : all) {
    const auto place = std::tie(experiment.end_ns, experiment.facts.id);
    if (asked.after && place >= std::tie(asked.after->end_ns, asked.after->id)) continue;
    if (data.size() == asked.limit) {
      meta["cursor"] = WriteCursor(last);
      break;
    }
    Result<Json> json = ShowExperiment(call, experiment, asked.groups, asked.score_limit);
    if (!json.ok()) return json;
    data.push_back(*std::move(json));
    last.end_ns = experiment.end_ns;
    last.id = experiment.facts.id;
  }
  return Json{{"data", std::move(data)}, {"meta", std::move(meta)}};
}

HttpResponse ListExperiments(const ApiCall& call) {
  QueryReader query(call.request);
  const ExperimentsAsked asked = ReadExperiments(query);
  const Result<RunItems> runs = RunItems::Load(call);
  if (!runs.ok()) return ErrorResponse(runs.status());
  std::map<std::string, Experiment> found;
  SpanQuery wanted = ReadItemQuery(query, call, *runs,
                                   [&](const TraceRow&, const SpanRow& span, const ExperimentFacts& facts) {
                                     if (IsWanted(asked.query, facts)) Add(found, span, facts);
                                     return false;
                                   });
  if (!query.ok()) return query.Refusal();
  const std::int64_t as_of_ns = asked.after ? asked.after->as_of_ns : NowNs();
  wanted.to_ns = std::min(wanted.to_ns.value_or(as_of_ns), as_of_ns);
  const Result<std::vector<Experiment>> all = Gather(call, wanted, found);
  if (!all.ok()) return ErrorResponse(all.status());
  const Result<Json> shown = ShowExperiments(call, asked, *all, as_of_ns);
  return shown.ok() ? JsonResponse(200, *shown) : ErrorResponse(shown.status());
}

constexpr Route kRoutes[] = {
    {"GET", "experiments", ListExperiments},
    {"GET", "experiment-items", ListExperimentItems},
};

}  // namespace

std::span<const Route> ExperimentRoutes() { return kRoutes; }

}  // namespace repartee::server
