// Reader: the queries of one reader thread over the day files, newest first, with
// connections of its own. Never blocks the writer.
//
// Thread: that of its owner.
#pragma once

#include <initializer_list>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "repartee/server/store/sqlite/bounds_cache.h"
#include "repartee/server/store/sqlite/damage_log.h"
#include "repartee/server/store/sqlite/index_file.h"
#include "repartee/server/store/sqlite/rows.h"
#include "repartee/server/store/sqlite/score_file.h"
#include "repartee/server/store/sqlite/span_body_reader.h"
#include "repartee/server/store/sqlite/sql_filter.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

class Reader final : public StoreReader {
 public:
  // `damage` is borrowed and outlives the reader.
  static Result<std::unique_ptr<Reader>> Open(std::string folder, DamageLog& damage, const Clock& clock);

  Result<TracePage> ListTraces(const TraceQuery& query) override;
  Result<TracePage> ListConversations(const ConversationQuery& query) override;
  Result<ScanExtent> ScanConversations(const ConversationQuery& query,
                                       const ConversationVisitor& visit) override;
  Result<ServiceCounts> CountServices(const ConversationQuery& query) override;
  Result<ScanExtent> ScanVoice(const VoiceQuery& query, const VoiceVisitor& visit) override;
  Status ReadRollups(const RollupQuery& query, const RollupVisitor& visit) override;
  Result<std::vector<SlowTurn>> SlowestTurns(const ReplyQuery& query) override;
  Result<std::optional<TraceRow>> FindTrace(ProjectKey project, const TraceId& id) override;
  Result<std::vector<SpanRow>> Spans(const TracePlace& trace) override;
  Result<std::vector<SpanMark>> Marks(const TracePlace& trace) override;
  Result<std::optional<SpanRow>> SpanOf(const TracePlace& trace, SpanId id) override;
  Result<std::vector<TurnRow>> Turns(const TracePlace& trace) override;
  Result<SpanBody> Body(const TracePlace& trace, const SpanRow& span) override;
  Result<SpanPage> ListSpans(const SpanQuery& query) override;
  Result<SessionPage> ListSessions(const SessionQuery& query) override;
  Result<CallGroupPage> ListCallGroups(const CallGroupQuery& query) override;
  Result<std::optional<FoundSpan>> FindSpan(ProjectKey project, SpanId id) override;
  Result<ScorePage> ListScores(const ScoreQuery& query) override { return scores_->List(query); }
  Result<FreedRoom> RoomBefore(ProjectKey project, int first_day) override;

  // Closes the day files when some were deleted: `dropped` counts them.
  void CloseDropped(std::uint64_t dropped);

 private:
  struct ReadDay {
    int day = 0;
    std::unique_ptr<Database> database;
    std::unique_ptr<SpanBodyReader> bodies;
    Statement trace_by_id, trace_by_key, spans_of, marks_of, spans_from, turns_of, name_of, bounds, filters,
        span_by_id, keys_of_batch;
    bool knows_lead = false;
    std::unordered_map<std::int64_t, std::string> names;  // at most kMaxNames
    // Of series, by number; nothing where spans of several share one.
    std::unordered_map<std::int64_t, std::optional<std::string>> environments;
    std::unique_ptr<Database> text;  // null until somebody searches
    Statement text_upto, find_words, text_blocks;
  };
  using Bounds = DayBounds;
  struct TraceSearch;
  struct ConversationSearch;
  class SpanSearch;

  Reader(std::string folder, DamageLog& damage, const Clock& clock)
      : folder_(std::move(folder)), damage_(damage), clock_(clock) {}
  static Status PrepareBounds(ReadDay& day);
  Result<Bounds> BoundsOf(int number, ProjectKey project);
  Result<std::optional<TraceRow>> FindTraceIn(int number, ProjectKey project, const TraceId& id);
  // NotFound if the file is not there any more.
  Result<ReadDay*> Day(int day);
  Status OpenDay(int number, ReadDay& day);
  // Days that hold traces of the project, latest first; those whose traces began in that range; and
  // those whose spans may have.
  Result<std::vector<Bounds>> AllDaysOf(ProjectKey project);
  Result<std::vector<Bounds>> DaysOf(ProjectKey project, std::optional<std::int64_t> from,
                                     std::optional<std::int64_t> to);
  Result<std::vector<Bounds>> DaysOfSpans(ProjectKey project, std::optional<std::int64_t> from,
                                          std::optional<std::int64_t> to);
  Result<std::string> Name(ReadDay& day, std::int64_t id);
  Status FillNames(ReadDay& day, const NameIds& ids, SpanRow& row);
  // Of a row of kSpanColumns with its series behind them.
  Result<SpanRow> ReadSpan(ReadDay& day, const Statement& select);
  Result<std::optional<std::string>> EnvironmentOf(ReadDay& day, std::int64_t series);
  Result<std::optional<TraceRow>> TraceByKey(ReadDay& day, std::int64_t key);
  // Bound with the filter's values and those that stand behind them.
  static Result<Statement> Ask(ReadDay& day, const std::string& sql, const SqlFilter& filter,
                               std::initializer_list<std::int64_t> behind = {});
  // Whether all traces of the day fit the filter, which was made of the scope and more.
  static bool TakesAll(const Bounds& bounds, const TraceScope& scope, const SqlFilter& filter);
  // Traces of the day that fit the filter, which was made of the scope and more; up to `most`.
  static Result<std::size_t> CountTraces(ReadDay& day, const Bounds& bounds, const TraceScope& scope,
                                         const SqlFilter& filter, std::size_t most,
                                         std::string_view table = "trace");
  // Whether the others may be asked without that day: it is damaged, which is noted, or retention has
  // deleted its file meanwhile.
  bool MayPassOver(int day, const Status& status);
  // Asks each day in turn.
  template <class Ask>
  Status EachDay(const std::vector<Bounds>& days, Ask ask) {
    for (const Bounds& bounds : days) {
      const Status status = ask(bounds);
      if (!status.ok() && !MayPassOver(bounds.day, status)) return status;
    }
    return OkStatus();
  }
  // Nothing is added if it is gone meanwhile, or cannot be read.
  Status AddTrace(int day, std::int64_t key, std::vector<TraceRow>& rows);
  Status SearchTraces(const Bounds& bounds, TraceSearch& search);
  static Status TestTraces(ReadDay& day, TraceSearch& search);
  static Status CountAndFindTraces(const Bounds& bounds, ReadDay& day, TraceSearch& search);
  Result<ScanExtent> ScanVoiceOf(const Bounds& bounds, const SqlFilter& filter, std::size_t& seen,
                                 const VoiceVisitor& visit);
  Status CountServicesOf(const Bounds& bounds, const ConversationQuery& query, ServiceCounts& counts);
  // The list's filters over the columns of `trace`.
  static SqlFilter FilterWithoutSearch(const ConversationQuery& query);
  Result<SqlFilter> ConversationFilter(ReadDay& day, const ConversationQuery& query);
  Status AddSearch(ReadDay& day, const ConversationQuery& query, SqlFilter& filter);
  static Status AddAmong(ReadDay& day, const ConversationQuery& query, SqlFilter& filter);
  Status OpenText(ReadDay& day);
  Result<std::int64_t> TextUpto(ReadDay& day);
  Status FindInText(ReadDay& day, const std::string& search, std::int64_t& upto,
                    std::set<std::int64_t>& found);
  Status FindWords(ReadDay& day, const std::string& search, std::set<std::int64_t>& keys);
  void CloseText(ReadDay& day);
  Status FindIds(ReadDay& day, ProjectKey project, const std::string& search, std::set<std::int64_t>& keys);
  Result<std::optional<std::set<std::int64_t>>> NotInText(ReadDay& day, std::int64_t upto);
  // The traces of the batches behind that one; nothing if there are more than `most`.
  Result<std::optional<std::set<std::int64_t>>> KeysAfter(ReadDay& day, std::int64_t batch, std::size_t most);
  Result<std::map<std::int64_t, Series>> SeriesOf(ReadDay& day, const RollupQuery& query);
  Status VisitRollups(ReadDay& day, const RollupQuery& query, const RollupVisitor& visit);
  Status VisitUncounted(ReadDay& day, const RollupQuery& query, const std::map<std::int64_t, Series>& series,
                        const RollupVisitor& visit);
  Status AddSlowest(const Bounds& bounds, const ReplyQuery& query, std::vector<SlowTurn>& found);
  Status SearchConversations(const Bounds& bounds, ConversationSearch& search);
  Status SearchSpans(const Bounds& bounds, SqlFilter filter, SpanSearch& search);
  Result<std::vector<SpanRow>> SpansFrom(const TracePlace& trace, std::int64_t first);
  Status SearchTrace(const TraceRow& trace, SpanSearch& search);
  Result<bool> MayHaveEnvironment(int number, const SpanQuery& query);
  Status ReadEnvironment(const TracePlace& trace, SpanRow& span);
  Result<std::optional<FoundSpan>> FindSpanOf(ReadDay& day, ProjectKey project, std::int64_t key, SpanId id);
  Result<std::optional<FoundSpan>> FindSpanIn(ReadDay& day, ProjectKey project, SpanId id);

  const std::string folder_;
  DamageLog& damage_;
  const Clock& clock_;
  std::unique_ptr<IndexFile> index_;
  std::unique_ptr<ScoreFile> scores_;
  BoundsCache bounds_;
  std::uint64_t dropped_ = 0;
  std::list<ReadDay> days_;  // most recent first, at most kMaxOpenDays
};

}  // namespace repartee::server
