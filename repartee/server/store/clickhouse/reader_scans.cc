// What figures are counted from: conversations and their turns, the newest first.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "repartee/server/limits.h"
#include "repartee/server/store/clickhouse/conditions.h"
#include "repartee/server/store/clickhouse/reader.h"
#include "repartee/server/store/clickhouse/trace_rows.h"

namespace repartee::server::clickhouse {
namespace {

constexpr std::int64_t kLongestCallNs = 24LL * 3'600 * 1'000'000'000;
constexpr std::size_t kTracesAtATime = 200;

TraceScope ScopeOf(const VoiceQuery& query) {
  TraceScope scope{.project = query.project, .from_ns = query.from_ns, .to_ns = query.to_ns};
  scope.environments = query.environments;
  return scope;
}

// FROM and WHERE.
std::string SourceOf(const TraceScope& scope, const Conditions& conditions) {
  return fmt::format("FROM {} WHERE {}", TraceSource(scope.project, scope.from_ns, scope.to_ns),
                     conditions.Text());
}

constexpr char kFactColumns[] =
    "start, last_update, complete, errors, warnings, turns, interrupted, ub_p95, toString(environment), "
    "ifNull(release, ''), ifNull(app_version, ''), tags";

ConversationFacts ReadFacts(RowReader& rows) {
  ConversationFacts facts;
  facts.start_ns = rows.TakeInt64();
  facts.last_update_ns = rows.TakeInt64();
  facts.complete = rows.TakeUInt8() != 0;
  facts.errors = rows.TakeInt64();
  facts.warnings = rows.TakeInt64();
  facts.turns = rows.TakeInt64();
  facts.interrupted_turns = rows.TakeInt64();
  facts.ub_latency_p95_us = rows.TakeInt64();
  facts.environment = rows.TakeString();
  facts.release = rows.TakeString();
  facts.version = rows.TakeString();
  facts.tags = rows.TakeStrings();
  return facts;
}

}  // namespace

Result<ScanExtent> Reader::ScanConversations(const ConversationQuery& query,
                                             const ConversationVisitor& visit) {
  Result<std::string> answer =
      client_.Select(fmt::format("SELECT {} {} ORDER BY start DESC LIMIT {}", kFactColumns,
                                 SourceOf(query, ConditionsOf(query)), kMaxTracesScanned + 1));
  if (!answer.ok()) return std::move(answer).status();
  ScanExtent extent;
  std::size_t seen = 0;
  RowReader rows(*answer);
  while (!rows.AtEnd() && !extent.stopped_at_ns) {
    const ConversationFacts facts = ReadFacts(rows);
    if (!rows.status().ok()) break;
    if (++seen > kMaxTracesScanned) {
      extent.stopped_at_ns = facts.start_ns;
    } else {
      visit(facts);
    }
  }
  if (!rows.status().ok()) return rows.status();
  return extent;
}

Status Reader::VisitVoice(ProjectKey project, const std::vector<TraceId>& traces, std::size_t& seen,
                          const VoiceVisitor& visit) {
  const Result<std::vector<std::uint16_t>> days = DaysOf(client_, project, traces);
  if (!days.ok()) return days.status();
  if (days->empty()) return OkStatus();
  const std::string where = fmt::format("{} AND {} AND stage >= {}", SpansWhere(project, traces, *days),
                                        LivingSpans(project), static_cast<int>(Stage::kTurn));
  const Result<std::vector<StoredSpan>> spans = ReadSpans(client_, where);
  if (!spans.ok()) return spans.status();
  for (const StoredSpan& span : *spans) {
    ++seen;
    const SpanRecord& record = span.record;
    if ((record.facts.flags & kFlagProvisional) != 0) continue;
    visit({record.trace_id, record.span_id, record.facts, span.provider, span.model});
  }
  return OkStatus();
}

Result<ScanExtent> Reader::ScanVoice(const VoiceQuery& query, const VoiceVisitor& visit) {
  const TraceScope scope = ScopeOf(query);
  Result<std::string> answer =
      client_.Select(fmt::format("SELECT trace_id, start {} ORDER BY start DESC LIMIT {}",
                                 SourceOf(scope, ConditionsOf(scope)), kMaxTracesScanned));
  if (!answer.ok()) return std::move(answer).status();
  std::size_t seen = 0;
  RowReader rows(*answer);
  while (!rows.AtEnd()) {
    std::vector<TraceId> traces;
    std::int64_t first_start_ns = 0;
    while (!rows.AtEnd() && traces.size() < kTracesAtATime) {
      const TraceId id = TraceId::FromBytes(rows.TakeFixedString(16)).value_or(TraceId{});
      const std::int64_t start_ns = rows.TakeInt64();
      if (traces.empty()) first_start_ns = start_ns;
      traces.push_back(id);
    }
    if (!rows.status().ok()) return rows.status();
    if (seen > kMaxSpansScanned) return ScanExtent{.stopped_at_ns = first_start_ns};
    if (Status status = VisitVoice(query.project, traces, seen, visit); !status.ok()) return status;
  }
  if (!rows.status().ok()) return rows.status();
  return ScanExtent{};
}

Result<std::vector<SlowTurn>> Reader::SlowestTurns(const ReplyQuery& query) {
  TraceScope scope = ScopeOf(query.range);
  // A call that began before may reach into the range.
  if (query.to_us) scope.from_ns = *scope.from_ns - kLongestCallNs;
  Conditions calls = ConditionsOf(scope);
  calls.Add(fmt::format("ub_max >= {}", query.from_us));
  const std::string slowest_calls =
      query.to_us ? "" : fmt::format("ORDER BY ub_max DESC LIMIT {}", query.limit);
  Conditions turns;
  turns.AddRange("turn_ub", query.from_us, query.to_us.value_or(std::numeric_limits<std::int64_t>::max()));
  turns.AddRange("turn_start", query.range.from_ns, query.range.to_ns);
  Result<std::string> answer = client_.Select(fmt::format(
      "SELECT trace_id, turn_span, turn_number, turn_start, turn_ub FROM (SELECT trace_id, turn_span, "
      "turn_number, "
      "turn_start, turn_ub {} {}) ARRAY JOIN turn_span, turn_number, turn_start, turn_ub WHERE {} "
      "ORDER BY turn_ub DESC LIMIT {}",
      SourceOf(scope, calls), slowest_calls, turns.Text(), query.limit));
  if (!answer.ok()) return std::move(answer).status();
  std::vector<SlowTurn> found;
  RowReader rows(*answer);
  while (!rows.AtEnd()) {
    SlowTurn& turn = found.emplace_back();
    turn.trace = TraceId::FromBytes(rows.TakeFixedString(16)).value_or(TraceId{});
    turn.span = rows.TakeUInt64();
    turn.number = rows.TakeInt32();
    turn.start_ns = rows.TakeInt64();
    turn.reply_us = rows.TakeInt64();
  }
  if (!rows.status().ok()) return rows.status();
  return found;
}

}  // namespace repartee::server::clickhouse
