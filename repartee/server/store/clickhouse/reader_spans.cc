// Lists of spans over all traces.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "repartee/base/clock.h"
#include "repartee/server/limits.h"
#include "repartee/server/store/clickhouse/conditions.h"
#include "repartee/server/store/clickhouse/reader.h"
#include "repartee/server/store/clickhouse/trace_rows.h"

namespace repartee::server::clickhouse {
namespace {

constexpr std::size_t kTracesAtATime = 200;
constexpr std::size_t kSpansAtATime = 10'000;
constexpr char kNewestSpans[] = "ORDER BY start DESC, trace_id DESC, span_id DESC";

// What all rows of a span have in common: it may be asked before it is known which of them counts.
Conditions IdentityOf(const SpanQuery& query) {
  Conditions conditions;
  if (query.trace)
    conditions.Add(fmt::format("trace_key = {} AND trace_id = {}", TraceKey(*query.trace),
                               SqlText(query.trace->Bytes())));
  Conditions of_trace;
  of_trace.AddText("user_id", query.user_id);
  of_trace.AddText("session_id", query.session_id);
  if (query.user_id || query.session_id)
    conditions.Add(fmt::format("trace_id IN (SELECT trace_id FROM {} WHERE {})",
                               TraceSource(query.project, std::nullopt, query.to_ns), of_trace.Text()));
  return conditions;
}

Conditions ConditionsFor(const SpanQuery& query) {
  Conditions conditions;
  conditions.Add(fmt::format("bitAnd(flags, {}) = 0", kFlagProvisional | kFlagTraceEntry));
  conditions.AddRange("start", query.from_ns, query.to_ns);
  conditions.AddText("name", query.name);
  conditions.AddAnyOf("environment", query.environments);
  if (query.type) conditions.Add(fmt::format("type = {}", static_cast<int>(*query.type)));
  if (query.level) conditions.Add(fmt::format("level = {}", static_cast<int>(*query.level)));
  if (query.parent) conditions.Add(fmt::format("parent = {}", *query.parent));
  if (query.is_root)
    conditions.Add(fmt::format("bitAnd(flags, {}) {} 0", kFlagsLogicalRoot, *query.is_root ? "!=" : "="));
  if (query.behind) {
    const SpanPosition& last = *query.behind;
    const std::string trace = SqlText(last.trace.Bytes());
    conditions.Add(fmt::format(
        "(start < {0} OR (start = {0} AND (trace_id < {1} OR (trace_id = {1} AND span_id < {2}))))",
        last.start_ns, trace, last.span));
  }
  return conditions;
}

// Spans are stored a moment before the row of their trace is made: what the span alone knows of it.
TraceRow TraceAsKnownBy(const StoredSpan& span) {
  const SpanRecord& record = span.record;
  TraceRow trace;
  trace.place = PlaceOf(span.project, record.trace_id);
  trace.id = record.trace_id;
  if (!record.foreign_trace_id.empty()) trace.foreign_id = record.foreign_trace_id;
  trace.project = span.project;
  trace.start_ns = record.facts.start_ns;
  trace.end_ns = record.facts.end_ns;
  trace.environment = record.environment;
  trace.last_update_ns = span.taken_ns;
  return trace;
}

}  // namespace

Result<std::vector<FoundSpan>> Reader::WithTraces(ProjectKey project, const std::vector<StoredSpan>& spans) {
  std::vector<TraceId> ids;
  std::unordered_map<TraceId, TraceRow> traces;
  for (const StoredSpan& span : spans) {
    if (traces.try_emplace(span.record.trace_id, TraceAsKnownBy(span)).second)
      ids.push_back(span.record.trace_id);
  }
  for (std::size_t from = 0; from < ids.size(); from += kTracesAtATime) {
    const std::size_t to = std::min(ids.size(), from + kTracesAtATime);
    const std::vector<TraceId> some(ids.begin() + static_cast<std::ptrdiff_t>(from),
                                    ids.begin() + static_cast<std::ptrdiff_t>(to));
    Result<std::vector<TraceRow>> rows = ReadTraces(client_, project, some);
    if (!rows.ok()) return std::move(rows).status();
    for (TraceRow& trace : *rows) traces[trace.id] = std::move(trace);
  }
  std::vector<FoundSpan> found;
  found.reserve(spans.size());
  for (const StoredSpan& span : spans) found.push_back({traces[span.record.trace_id], RowOf(span)});
  return found;
}

Result<std::vector<FoundSpan>> Reader::SelectSpans(ProjectKey project, std::string_view sql) {
  Result<std::string> answer = client_.Select(sql);
  if (!answer.ok()) return std::move(answer).status();
  std::vector<StoredSpan> spans;
  RowReader rows(*answer);
  while (!rows.AtEnd()) spans.push_back(ReadStoredSpan(rows));
  if (!rows.status().ok()) return rows.status();
  return WithTraces(project, spans);
}

// Rows that a test must judge are looked at some at a time, from where the last ones ended.
Status Reader::TestSpans(const SpanQuery& query, const std::string& source, SpanPage& page) {
  const Nanos deadline = Clock::System().MonotonicNow() + kMaxScanTime;
  for (std::size_t offset = 0;; offset += kSpansAtATime) {
    Result<std::vector<FoundSpan>> some =
        SelectSpans(query.project, fmt::format("SELECT {} {} {} LIMIT {}, {}", kStoredColumns, source,
                                               kNewestSpans, offset, kSpansAtATime));
    if (!some.ok()) return std::move(some).status();
    for (FoundSpan& found : *some) {
      const Result<bool> accepted = query.accept(found.trace, found.span);
      if (!accepted.ok()) return accepted.status();
      if (!*accepted) continue;
      const bool is_wanted = page.total >= query.offset && page.rows.size() < query.limit;
      ++page.total;
      if (is_wanted) page.rows.push_back(std::move(found));
      if (!query.count_total && page.rows.size() >= query.limit) return OkStatus();
    }
    if (some->size() < kSpansAtATime) return OkStatus();
    if (offset + kSpansAtATime > kMaxSpansScanned || Clock::System().MonotonicNow() > deadline)
      return Status::ResourceExhausted("the query looks at too many spans (of {}): give a time range",
                                       kMaxSpansScanned);
  }
}

Result<SpanPage> Reader::ListSpans(const SpanQuery& query) {
  const std::string source = fmt::format(
      "FROM {} WHERE {}", SpanSource(query.project, query.from_ns, query.to_ns, IdentityOf(query).Text()),
      ConditionsFor(query).Text());
  SpanPage page;
  if (query.accept) {
    if (Status status = TestSpans(query, source, page); !status.ok()) return status;
    return page;
  }
  if (query.count_total && !query.behind) {
    const Result<std::size_t> total = SelectCount(
        fmt::format("SELECT toUInt64(count()) FROM (SELECT span_id {} LIMIT {})", source, kMaxSpansScanned));
    if (!total.ok()) return total.status();
    page.total = *total;
  }
  Result<std::vector<FoundSpan>> rows =
      SelectSpans(query.project, fmt::format("SELECT {} {} {} LIMIT {}, {}", kStoredColumns, source,
                                             kNewestSpans, query.offset, query.limit));
  if (!rows.ok()) return std::move(rows).status();
  page.rows = *std::move(rows);
  return page;
}

// Of those that the id alone finds the newest whose trace is there.
Result<std::optional<FoundSpan>> Reader::FindSpan(ProjectKey project, SpanId id) {
  Result<std::vector<StoredSpan>> spans =
      ReadSpans(client_, fmt::format("span_id = {} AND {}", id, LivingSpans(project)), kMaxPageSize);
  if (!spans.ok()) return std::move(spans).status();
  if (spans->empty()) return std::optional<FoundSpan>();
  const auto newest =
      std::max_element(spans->begin(), spans->end(), [](const StoredSpan& a, const StoredSpan& b) {
        return a.record.facts.start_ns < b.record.facts.start_ns;
      });
  std::vector<StoredSpan> one;
  one.push_back(std::move(*newest));
  Result<std::vector<FoundSpan>> found = WithTraces(project, one);
  if (!found.ok()) return std::move(found).status();
  return std::optional(std::move(found->front()));
}

}  // namespace repartee::server::clickhouse
