// Scores of conversations: the few that a row shows, the filter by them, and how many of
// the chosen conversations have which.
//
// Filter and facets look at the latest kMaxScoresLookedAt scores of the project.
// Thread: that of the call.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "repartee/server/ui/conversation_view.h"
#include "repartee/server/ui/facet_counts.h"
#include "repartee/server/ui/ui_call.h"

namespace repartee::server {

// Fills the scores of the rows: of each name the latest, at most some few a row.
Status AddScores(StoreReader& reader, ProjectKey project, std::span<ConversationView> views);

// What a conversation is asked to have: a score of this name (any, if empty), whose number
// lies in the range, or whose word is one of these.
struct ScoreFilter {
  std::string name;
  std::optional<double> from{};
  std::optional<double> to{};  // below
  std::vector<std::string> words{};

  bool asks() const { return !name.empty() || from || to || !words.empty(); }
};
// score, score_from, score_to and score_word; faults go to `query`.
ScoreFilter ReadScoreFilter(UiQuery& query);
// Leaves `to` as it is if the filter asks nothing.
Status ApplyScoreFilter(StoreReader& reader, const ScoreFilter& filter, ConversationQuery& to);

// The names of scores, and the values of one of them.
class ScoreFacets {
 public:
  // `name`: whose values are told; empty: none.
  static Result<ScoreFacets> Read(StoreReader& reader, ProjectKey project, std::string name);

  // Counts a conversation that is among the chosen ones.
  void Add(const TraceId& trace);
  // The keys score, score_word and score_bars.
  void Write(JsonWriter& json) const;

 private:
  void SetEnds();

  std::string name_;
  std::unordered_map<TraceId, std::vector<ScoreMark>> of_trace_;  // of each name the latest
  FacetCounts names_;
  FacetCounts words_;
  std::vector<double> ends_;          // of the bars; one more has none
  std::vector<std::int64_t> counts_;  // empty without a number
};

}  // namespace repartee::server
