// Reader: the questions of one reader thread, asked of a ClickHouse server. It shows what the
// server has: what a node has acknowledged comes a second or two later.
//
// A trace's place is its project and the number its rows lie together by (span_rows.h), so
// places are good on every node. Scores are this node's own, in its data folder.
//
// Thread: that of its owner; calls wait for the server.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/server/store/clickhouse/client.h"
#include "repartee/server/store/clickhouse/span_rows.h"
#include "repartee/server/store/clickhouse/sql.h"
#include "repartee/server/store/sqlite/score_file.h"
#include "repartee/server/store/store.h"

namespace repartee::server::clickhouse {

class Reader final : public StoreReader {
 public:
  Reader(Address address, std::unique_ptr<ScoreFile> scores)
      : client_(std::move(address)), scores_(std::move(scores)) {}

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

 private:
  // Rows of kTraceRowColumns.
  Result<std::vector<TraceRow>> SelectTraces(std::string_view sql);
  Result<std::size_t> SelectCount(std::string_view sql);
  // The condition that finds a trace's rows; empty if there are none.
  Result<std::string> WhereOf(const TracePlace& trace);
  // The same of those of its spans that came since it was deleted, if it was.
  Result<std::string> LivingWhereOf(const TracePlace& trace);
  Result<TracePage> TestTraces(const TraceQuery& query, const std::string& source);
  Status VisitVoice(ProjectKey project, const std::vector<TraceId>& traces, std::size_t& seen,
                    const VoiceVisitor& visit);
  Status VisitRollups(const RollupQuery& query, const RollupRange& range, const RollupVisitor& visit);
  // Each span with its trace.
  Result<std::vector<FoundSpan>> WithTraces(ProjectKey project, const std::vector<StoredSpan>& spans);
  // Spans of `sql`, the newest first, with their traces.
  Result<std::vector<FoundSpan>> SelectSpans(ProjectKey project, std::string_view sql);
  Status TestSpans(const SpanQuery& query, const std::string& source, SpanPage& page);

  Client client_;
  std::unique_ptr<ScoreFile> scores_;
};

}  // namespace repartee::server::clickhouse
