// What programs say of experiments: each item's span carries the facts of the whole
// experiment, or a run over a dataset names it (run_items.h); so a list is made of the
// items that lie in the range.
//
// Thread: the store's reader threads.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/server/api/filter.h"
#include "repartee/server/api/request.h"
#include "repartee/server/api/route.h"

namespace repartee::server {

// As the attributes langfuse.experiment.* of an item's span say; what they do not is empty.
struct ExperimentFacts {
  std::string id;
  std::string name;
  std::string description;
  std::string metadata;  // JSON text; so item_metadata
  std::string dataset_id;
  std::string item_id;
  std::string item_version;
  std::string item_metadata;
  std::string expected_output;
};

// `span` is its OTLP message.
ExperimentFacts ReadExperimentFacts(std::string_view span);

// Which items are asked for; lists are "any of", empty ones ask for nothing.
struct ExperimentQuery {
  std::vector<std::string> ids;
  std::vector<std::string> names;
  std::vector<std::string> dataset_ids;
  std::vector<std::string> item_ids;
  std::vector<FilterCondition> filter;
};
// The lists under these parameters and `datasetId`.
ExperimentQuery ReadExperimentQuery(QueryReader& query, const char* id, const char* name);
// Whether an item has what is asked for.
bool IsWanted(const ExperimentQuery& query, const ExperimentFacts& facts);

class RunItems;
// What the span says of its experiment, else what a run does; nothing if it is no item.
Result<std::optional<ExperimentFacts>> ItemFacts(const ApiCall& call, const RunItems& runs,
                                                 const TraceRow& trace, const SpanRow& span);

// Takes the items of the range `fromStartTime` (required) to `toStartTime` for which `visit`
// holds; it may read the store. `call` and `runs` outlive the query.
using ExperimentVisitor = std::function<bool(const TraceRow&, const SpanRow&, const ExperimentFacts&)>;
SpanQuery ReadItemQuery(QueryReader& query, const ApiCall& call, const RunItems& runs,
                        ExperimentVisitor visit);

// Groups of fields that are asked for; those that are not `known` are faults.
using Groups = std::vector<std::string>;
bool HasGroup(const Groups& groups, std::string_view name);
Groups ReadGroups(QueryReader& query, const Groups& known, Groups fallback);

inline constexpr int kMaxScoresShown = 50;  // of one experiment or item
// The latest of them.
Result<Json> ShowScores(const ApiCall& call, ScoreQuery wanted, std::int64_t limit);

// The JSON that a text holds, else the text; null if empty.
Json TextOrJson(const std::string& text);
// The object that a text holds, else null.
Json ObjectOrNull(const std::string& text);

// GET /api/public/experiment-items
HttpResponse ListExperimentItems(const ApiCall& call);

}  // namespace repartee::server
