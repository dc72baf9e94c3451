// Columns that stand neither in a row nor in a mapped span: tools, experiments and scores.
//
// Thread: the store's reader threads.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "repartee/server/api/experiment_view.h"
#include "repartee/server/api/filter.h"
#include "repartee/server/ingest/mapping/tools.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

// toolNames, calledToolNames, and how many of them: toolDefinitions, toolCalls.
bool IsToolColumn(std::string_view column);
FieldValue ToolColumn(const ToolNames& tools, std::string_view column);

// experimentId, experimentName, experimentDatasetId.
bool IsExperimentColumn(std::string_view column);
FieldValue ExperimentColumn(const ExperimentFacts& facts, std::string_view column);

// scores_avg (also "scores"), score_categories, score_booleans.
bool IsScoresColumn(std::string_view column);
// `key` is the scores' name: their mean, their texts, the truth of the latest.
FieldValue ScoresColumn(const std::vector<const ScoreRow*>& scores, std::string_view column,
                        std::string_view key);

// Scores of one trace after another, each looked up once.
class TraceScores {
 public:
  // `reader` is borrowed.
  explicit TraceScores(StoreReader& reader) : reader_(reader) {}

  // The latest first; good until another trace is asked for.
  Result<std::vector<const ScoreRow*>> Of(const TraceRow& trace);
  Result<std::vector<const ScoreRow*>> Of(const TraceRow& trace, const SpanRow& span);

 private:
  Status Load(const TraceRow& trace);

  StoreReader& reader_;
  std::optional<TracePlace> place_;  // whose they are
  std::vector<ScoreRow> scores_;
};

}  // namespace repartee::server
