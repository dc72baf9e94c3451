// Scores as filters, metrics and answers see them: with the trace and the observation they belong to.
// Thread: the store's reader threads.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "repartee/server/api/columns.h"
#include "repartee/server/api/filter.h"
#include "repartee/server/api/route.h"
#include "repartee/server/store/scores.h"

namespace repartee::server {

bool IsScoreColumn(std::string_view column);

// Traces of many scores, each looked up once.
class ScoreTraces {
 public:
  // `call` is borrowed.
  explicit ScoreTraces(const ApiCall& call) : call_(call), scores_(call.reader) {}
  // Null if the score has none, or it is not there.
  Result<const TraceRow*> TraceOf(const ScoreRow& score);
  // Of its observation, until the next call; null likewise.
  Result<ObservationColumns*> ObservationOf(const ScoreRow& score);

 private:
  // The observation that was asked for last.
  struct LastSpan {
    std::string trace_id;
    std::string observation_id;
    std::optional<FoundSpan> span;
    std::optional<ObservationColumns> columns;  // of `span`
  };

  const ApiCall& call_;
  TraceScores scores_;
  std::unique_ptr<LastSpan> last_;
  std::unordered_map<std::string, std::optional<TraceRow>> known_;
};

// What a score has in a column that exists.
Result<FieldValue> ScoreField(const ScoreRow& score, std::string_view column, ScoreTraces& traces);

// Calls `visit` for each score of the query, latest first, until it fails.
// ResourceExhausted beyond kMaxScoresScanned.
Status ForEachScore(StoreReader& reader, ScoreQuery query,
                    const std::function<Status(const ScoreRow&)>& visit);

// Null if empty.
Json OrNull(const std::string& text);
// As the first and second generation show it; `trace` is added where it is given.
Json ShowScore(const ScoreRow& score);
// As the third generation shows it, with these groups of fields beside the core.
Json ShowScoreV3(const ScoreRow& score, const ApiCall& call, const std::vector<std::string>& fields);

}  // namespace repartee::server
