// Lists of spans over all traces of the day files.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "repartee/base/clock.h"
#include "repartee/server/limits.h"
#include "repartee/server/model/saturating.h"
#include "repartee/server/store/sqlite/day_file.h"
#include "repartee/server/store/sqlite/reader.h"
#include "repartee/server/store/sqlite/rows.h"

namespace repartee::server {
namespace {

constexpr std::size_t kSpansReadAtATime = 10'000;

Status TooManySpans() {
  return Status::ResourceExhausted("the query looks at too many spans (of {}): give a time range",
                                   kMaxSpansScanned);
}

// Everything but what only a span row can tell. A span begins at most `lead_ns` before its trace.
SqlFilter TraceFilterOf(const SpanQuery& query, std::int64_t lead_ns) {
  SqlFilter filter;
  filter.Add("project=?", query.project);
  if (query.from_ns) filter.Add("end>=?", *query.from_ns);
  if (query.to_ns) filter.Add("start<?", SaturatingAdd(*query.to_ns, lead_ns));
  if (query.behind) filter.Add("start<=?", SaturatingAdd(query.behind->start_ns, lead_ns));
  if (query.user_id) filter.Add("user_id=?", *query.user_id);
  if (query.session_id) filter.Add("session_id=?", *query.session_id);
  return filter;
}

// The same of a trace that was looked up.
bool FitsTrace(const SpanQuery& query, const TraceRow& trace) {
  return (!query.user_id || trace.user_id == query.user_id) &&
         (!query.session_id || trace.session_id == query.session_id);
}

}  // namespace

// The newest spans that fit, kept in a heap; knows when older traces cannot add any.
class Reader::SpanSearch {
 public:
  SpanSearch(const SpanQuery& query, const Clock& clock)
      : query_(query), clock_(clock), wanted_(query.offset + query.limit) {}

  bool Fits(const SpanRow& span) const {
    const SpanFacts& facts = span.facts;
    return (facts.flags & kFlagProvisional) == 0 && (!query_.from_ns || facts.start_ns >= *query_.from_ns) &&
           (!query_.to_ns || facts.start_ns < *query_.to_ns) &&
           (!query_.type || facts.type == *query_.type) && (!query_.level || facts.level == *query_.level) &&
           (!query_.parent || span.parent == *query_.parent) &&
           (!query_.is_root || ((facts.flags & kFlagsLogicalRoot) != 0) == *query_.is_root) &&
           (!query_.name || span.name == *query_.name);
  }

  bool asks_environment() const { return !query_.environments.empty(); }

  // The other conditions, the costly one last; the span fits, its environment is known if it is asked for.
  Result<bool> Accepts(const TraceRow& trace, const SpanRow& span) const {
    const std::vector<std::string>& any = query_.environments;
    if (!any.empty() && std::find(any.begin(), any.end(), span.environment) == any.end()) return false;
    if (query_.behind) {
      const SpanPosition& last = *query_.behind;
      const auto mine = std::tie(span.facts.start_ns, trace.id.high, trace.id.low, span.id);
      if (mine >= std::tie(last.start_ns, last.trace.high, last.trace.low, last.span)) return false;
    }
    if (!query_.accept) return true;
    return query_.accept(trace, span);
  }

  void Add(const TraceRow& trace, SpanRow span) {
    ++matched_;
    FoundSpan found{trace, std::move(span)};
    if (heap_.size() >= wanted_ && !Later(found, heap_.front())) return;
    heap_.push_back(std::move(found));
    std::push_heap(heap_.begin(), heap_.end(), Later);
    if (heap_.size() <= wanted_) return;
    std::pop_heap(heap_.begin(), heap_.end(), Later);
    heap_.pop_back();
  }

  // Without a condition on spans, the rows of the traces know how many there are.
  bool is_counted() const {
    return !query_.from_ns && !query_.to_ns && !query_.name && !query_.type && !query_.level &&
           !query_.parent && !query_.is_root && !asks_environment() && !query_.accept && !query_.behind;
  }
  void AddToTotal(std::int64_t spans) { total_ += static_cast<std::size_t>(spans); }
  void CountScanned(std::size_t spans) { scanned_ += spans; }
  std::optional<std::int64_t> from_ns() const { return query_.from_ns; }
  // Rows that only a test or their bytes can judge cost time, others are cheap enough to be counted.
  bool is_exhausted() const {
    const bool is_costly = query_.accept || asks_environment();
    return scanned_ > kMaxSpansScanned || (is_costly && clock_.MonotonicNow() > deadline_);
  }

  // No span that starts before `ns` can be among the wanted any more, and nobody counts them.
  bool IsSettledBefore(std::int64_t ns) const {
    if (query_.count_total && !is_counted() && !is_exhausted()) return false;
    return heap_.size() >= wanted_ && ns < heap_.front().span.facts.start_ns;
  }

  SpanPage Finish() && {
    std::sort_heap(heap_.begin(), heap_.end(), Later);
    SpanPage page{.rows = {}, .total = is_counted() && total_ > 0 ? total_ : matched_};
    for (std::size_t i = query_.offset; i < heap_.size(); ++i) page.rows.push_back(std::move(heap_[i]));
    return page;
  }

 private:
  // By ids where starts are equal, so that pages neither repeat nor lose a span.
  static bool Later(const FoundSpan& a, const FoundSpan& b) { return Rank(a) > Rank(b); }
  static std::tuple<std::int64_t, std::uint64_t, std::uint64_t, SpanId> Rank(const FoundSpan& found) {
    return {found.span.facts.start_ns, found.trace.id.high, found.trace.id.low, found.span.id};
  }

  const SpanQuery& query_;
  const Clock& clock_;
  const std::size_t wanted_;
  const Nanos deadline_ = clock_.MonotonicNow() + kMaxScanTime;
  std::vector<FoundSpan> heap_;
  std::size_t matched_ = 0;
  std::size_t scanned_ = 0;
  std::size_t total_ = 0;
};

// Those with this id and behind it, by the stored ids, as many as are read at a time.
Result<std::vector<SpanRow>> Reader::SpansFrom(const TracePlace& trace, std::int64_t first) {
  Result<ReadDay*> day = Day(trace.day);
  if (!day.ok()) return std::move(day).status();
  Statement& select = (*day)->spans_from;
  const StatementUse use(select);
  select.Bind(1, trace.key);
  select.Bind(2, first);
  select.Bind(3, static_cast<std::int64_t>(kSpansReadAtATime));
  std::vector<SpanRow> rows;
  Status status = EachRow(select, [&]() -> Result<bool> {
    Result<SpanRow> row = ReadSpan(**day, select);
    if (!row.ok()) return std::move(row).status();
    rows.push_back(*std::move(row));
    return true;
  });
  if (!status.ok()) return status;
  return rows;
}

// From its bytes, where its series does not tell it.
Status Reader::ReadEnvironment(const TracePlace& trace, SpanRow& span) {
  const Result<SpanBody> body = Body(trace, span);
  if (!body.ok()) return body.status();
  otel::SpanParser parser;
  const Result<otel::ResourceView> resource = parser.ParseResource(body->resource);
  const Result<otel::ScopeView> scope = parser.ParseScope(body->scope);
  const Result<otel::SpanView> view = parser.ParseSpan(body->span);
  if (!resource.ok() || !scope.ok() || !view.ok()) return Status::Malformed("stored span {:x}", span.id);
  SpanMapper mapper;
  mapper.Use(*resource, *scope, *view);
  span.environment = mapper.Environment();
  return OkStatus();
}

// False if no span of that day can be in one of those that are asked for.
Result<bool> Reader::MayHaveEnvironment(int number, const SpanQuery& query) {
  if (query.environments.empty()) return true;
  Result<ReadDay*> day = Day(number);
  if (!day.ok()) return std::move(day).status();
  const Result<std::int64_t> bare = LastBareBatch(*(*day)->database);
  if (!bare.ok()) return bare.status();
  if (*bare > 0) return true;  // spans without a series
  std::vector<std::string> wanted = query.environments;
  wanted.emplace_back(kOtherSeries);
  SqlFilter filter;
  filter.Add("project=?", query.project);
  filter.AddAnyOf("environment", wanted);
  Result<Statement> found =
      Ask(**day, fmt::format("SELECT 1 FROM series WHERE {} LIMIT 1", filter.where), filter);
  if (!found.ok()) return std::move(found).status();
  return found->Step();
}

// A part at a time: a trace may have more spans than one answer holds.
Status Reader::SearchTrace(const TraceRow& trace, SpanSearch& search) {
  std::int64_t first = INT64_MIN;
  while (true) {
    Result<std::vector<SpanRow>> spans = SpansFrom(trace.place, first);
    if (!spans.ok()) return std::move(spans).status();
    search.CountScanned(spans->size());
    const bool is_last = spans->size() < kSpansReadAtATime || ToStored(spans->back().id) == INT64_MAX;
    if (!is_last) first = ToStored(spans->back().id) + 1;
    for (SpanRow& span : *spans) {
      if (span.id == kTraceEntryId || !search.Fits(span)) continue;
      if (search.asks_environment() && !span.environment) {
        if (Status status = ReadEnvironment(trace.place, span); !status.ok()) return status;
      }
      const Result<bool> accepted = search.Accepts(trace, span);
      if (!accepted.ok()) return accepted.status();
      if (*accepted) search.Add(trace, std::move(span));
    }
    if (is_last) return OkStatus();
    if (search.is_exhausted()) return TooManySpans();
  }
}

Status Reader::SearchSpans(const Bounds& bounds, SqlFilter filter, SpanSearch& search) {
  Result<ReadDay*> day = Day(bounds.day);
  if (!day.ok()) return std::move(day).status();
  if (search.is_counted()) {
    Result<Statement> sum =
        Ask(**day, fmt::format("SELECT sum(spans) FROM trace WHERE {}", filter.where), filter);
    if (!sum.ok()) return std::move(sum).status();
    if (Result<bool> row = sum->Step(); !row.ok()) return std::move(row).status();
    search.AddToTotal(sum->Integer(0));
  }
  // A trace may have begun this long before its last span.
  const std::int64_t longest_ns = bounds.longest_ns;
  if (search.IsSettledBefore(bounds.last_span())) return OkStatus();
  if (const auto from_ns = search.from_ns()) filter.Add("start>=?", SaturatingAdd(*from_ns, -longest_ns));
  Result<Statement> traces = Ask(
      **day, fmt::format("SELECT {} FROM trace WHERE {} ORDER BY start DESC", kTraceColumns, filter.where),
      filter);
  if (!traces.ok()) return std::move(traces).status();
  return EachRow(*traces, [&]() -> Result<bool> {
    const TraceRow trace = ReadTraceRow(*traces, bounds.day);
    if (search.IsSettledBefore(SaturatingAdd(trace.start_ns, longest_ns))) return false;
    if (search.is_exhausted()) return TooManySpans();
    // No span begins behind the end of its trace.
    if (search.IsSettledBefore(trace.end_ns)) return true;
    if (Status status = SearchTrace(trace, search); !status.ok()) return status;
    return true;
  });
}

Result<SpanPage> Reader::ListSpans(const SpanQuery& query) {
  SpanSearch search(query, clock_);
  if (query.trace) {
    Result<std::optional<TraceRow>> trace = FindTrace(query.project, *query.trace);
    if (!trace.ok()) return std::move(trace).status();
    if (!*trace || !FitsTrace(query, **trace)) return SpanPage{};
    if (Status status = SearchTrace(**trace, search); !status.ok()) return status;
    return std::move(search).Finish();
  }
  Result<std::vector<Bounds>> days = DaysOfSpans(query.project, query.from_ns, query.to_ns);
  if (!days.ok()) return std::move(days).status();
  Status status = EachDay(*days, [&](const Bounds& bounds) {
    const Result<bool> may_have = MayHaveEnvironment(bounds.day, query);
    if (!may_have.ok() || !*may_have) return may_have.status();
    return SearchSpans(bounds, TraceFilterOf(query, bounds.lead_ns), search);
  });
  if (!status.ok()) return status;
  return std::move(search).Finish();
}

}  // namespace repartee::server
