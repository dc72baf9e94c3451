// Scans for figures and charts over the day files.
#include <fmt/format.h>

#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/reader.h"
#include "repartee/server/store/sqlite/rows.h"

namespace repartee::server {
namespace {

constexpr char kFactColumns[] =
    "start,last_update,complete,errors,warnings,turns,interrupted,ub_p95,environment,release,version,tags,"
    "trace_id";

ConversationFacts ReadFacts(const Statement& s) {
  return {.start_ns = s.Integer(0),
          .last_update_ns = s.Integer(1),
          .complete = s.Integer(2) != 0,
          .errors = s.Integer(3),
          .warnings = s.Integer(4),
          .turns = s.Integer(5),
          .interrupted_turns = s.Integer(6),
          .ub_latency_p95_us = s.Measure(7),
          .environment = s.Text(8),
          .release = s.Text(9),
          .version = s.Text(10),
          .tags = SplitTags(s.Text(11)),
          .id = TraceId::FromBytes(s.Blob(12)).value_or(TraceId{})};
}

constexpr int kFirstStage = static_cast<int>(Stage::kTurn);

}  // namespace

Result<ScanExtent> Reader::ScanConversations(const ConversationQuery& query,
                                             const ConversationVisitor& visit) {
  Result<std::vector<Bounds>> days = DaysOf(query.project, query.from_ns, query.to_ns);
  if (!days.ok()) return std::move(days).status();
  std::size_t seen = 0;
  ScanExtent extent;
  Status status = EachDay(*days, [&](const Bounds& bounds) {
    if (extent.stopped_at_ns) return OkStatus();
    Result<ReadDay*> day = Day(bounds.day);
    if (!day.ok()) return std::move(day).status();
    const Result<SqlFilter> filter = ConversationFilter(**day, query);
    if (!filter.ok()) return filter.status();
    Result<Statement> rows = Ask(
        **day, fmt::format("SELECT {} FROM trace WHERE {} ORDER BY start DESC", kFactColumns, filter->where),
        *filter);
    if (!rows.ok()) return std::move(rows).status();
    return EachRow(*rows, [&]() -> Result<bool> {
      const ConversationFacts facts = ReadFacts(*rows);
      if (++seen > kMaxTracesScanned) {
        extent.stopped_at_ns = facts.start_ns;
        return false;
      }
      visit(facts);
      return true;
    });
  });
  if (!status.ok()) return status;
  return extent;
}

Result<ScanExtent> Reader::ScanVoice(const VoiceQuery& query, const VoiceVisitor& visit) {
  Result<std::vector<Bounds>> days = DaysOf(query.project, query.from_ns, query.to_ns);
  if (!days.ok()) return std::move(days).status();
  const SqlFilter filter = FilterOf(query);
  std::size_t seen = 0;
  ScanExtent extent;
  Status status = EachDay(*days, [&](const Bounds& bounds) {
    if (extent.stopped_at_ns) return OkStatus();
    Result<ScanExtent> of_day = ScanVoiceOf(bounds, filter, seen, visit);
    if (!of_day.ok()) return std::move(of_day).status();
    extent = *of_day;
    return OkStatus();
  });
  if (!status.ok()) return status;
  return extent;
}

// Trace by trace, so that a scan that must stop stops between two of them.
Result<ScanExtent> Reader::ScanVoiceOf(const Bounds& bounds, const SqlFilter& filter, std::size_t& seen,
                                       const VoiceVisitor& visit) {
  Result<ReadDay*> day = Day(bounds.day);
  if (!day.ok()) return std::move(day).status();
  Result<Statement> traces = Ask(
      **day, fmt::format("SELECT tkey,trace_id,start FROM trace WHERE {} ORDER BY start DESC", filter.where),
      filter);
  if (!traces.ok()) return std::move(traces).status();
  Result<Statement> spans = (*day)->database->Prepare(
      fmt::format("SELECT {} FROM span WHERE tkey=? AND stage>={}", kSpanColumns, kFirstStage));
  if (!spans.ok()) return std::move(spans).status();
  ScanExtent extent;
  Status status = EachRow(*traces, [&]() -> Result<bool> {
    if (seen > kMaxSpansScanned) {
      extent.stopped_at_ns = traces->Integer(2);
      return false;
    }
    const TraceId id = TraceId::FromBytes(traces->Blob(1)).value_or(TraceId{});
    const StatementUse use(*spans);
    spans->Bind(1, traces->Integer(0));
    Status read = EachRow(*spans, [&]() -> Result<bool> {
      ++seen;
      SpanRow span = ReadSpanRow(*spans);
      if ((span.facts.flags & kFlagProvisional) != 0) return true;
      if (Status named = FillNames(**day, ReadNameIds(*spans), span); !named.ok()) return named;
      visit({id, span.id, span.facts, span.provider, span.model});
      return true;
    });
    if (!read.ok()) return read;
    return true;
  });
  if (!status.ok()) return status;
  return extent;
}

}  // namespace repartee::server
