#include "repartee/server/store/sqlite/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/day_file.h"
#include "repartee/server/store/sqlite/rows.h"
#include "repartee/server/store/sqlite/span_filter.h"
#include "repartee/server/store/sqlite/varint.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxNames = 20'000;

}  // namespace

void SqlFilter::Add(std::string_view condition, std::variant<std::int64_t, std::string> value) {
  where += fmt::format("{}{}", where.empty() ? "" : " AND ", condition);
  values.push_back(std::move(value));
}

void SqlFilter::AddAnyOf(std::string_view column, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  std::string marks = "?";
  for (std::size_t i = 1; i < texts.size(); ++i) marks += ",?";
  where += fmt::format("{}{} IN ({})", where.empty() ? "" : " AND ", column, marks);
  for (const std::string& text : texts) values.emplace_back(text);
}

void SqlFilter::Bind(Statement& statement, int index) const {
  for (const auto& value : values) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      statement.Bind(index++, *number);
    } else {
      statement.BindText(index++, std::get<std::string>(value));
    }
  }
}

Result<std::unique_ptr<Reader>> Reader::Open(std::string folder) {
  std::unique_ptr<Reader> reader(new Reader(std::move(folder)));
  Result<std::unique_ptr<IndexFile>> index = IndexFile::Open(reader->folder_, true);
  if (!index.ok()) return std::move(index).status();
  reader->index_ = *std::move(index);
  return reader;
}

Status Reader::OpenDay(int number, ReadDay& day) {
  const DatabaseOptions options{.read_only = true, .create = false, .cache_kib = 4'096};
  Result<std::unique_ptr<Database>> database = Database::Open(DayPath(folder_, number), options);
  if (!database.ok()) return std::move(database).status();
  day.day = number;
  day.database = *std::move(database);
  const std::pair<Statement*, std::string> statements[] = {
      {&day.trace_by_id, fmt::format("SELECT {} FROM trace WHERE project=? AND trace_id=?", kTraceColumns)},
      {&day.trace_by_key, fmt::format("SELECT {} FROM trace WHERE tkey=?", kTraceColumns)},
      {&day.spans_of, fmt::format("SELECT {} FROM span WHERE tkey=? LIMIT ?", kSpanColumns)},
      {&day.turns_of,
       "SELECT span_id,number,start,end,interrupted,ub_latency,stt_ttfb,llm_ttfb,tts_ttfb FROM turn "
       "WHERE tkey=? ORDER BY start"},
      {&day.name_of, "SELECT text FROM dict WHERE id=?"},
      {&day.bounds,
       "SELECT (SELECT min(start) FROM trace WHERE project=?1),(SELECT max(start) FROM trace WHERE "
       "project=?1)"},
      {&day.filters, "SELECT number,span_filter FROM batch ORDER BY number DESC"},
      {&day.span_by_id, fmt::format("SELECT {} FROM span WHERE tkey=? AND span_id=?", kSpanColumns)},
      {&day.keys_of_batch, "SELECT tkeys FROM batch WHERE number=?"},
  };
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = day.database->Prepare(sql);
    if (!prepared.ok()) return std::move(prepared).status();
    *statement = *std::move(prepared);
  }
  Result<std::unique_ptr<BodyReader>> bodies = BodyReader::Create(*day.database);
  if (!bodies.ok()) return std::move(bodies).status();
  day.bodies = *std::move(bodies);
  return OkStatus();
}

Result<Reader::ReadDay*> Reader::Day(int number) {
  const auto known =
      std::find_if(days_.begin(), days_.end(), [number](const ReadDay& d) { return d.day == number; });
  if (known != days_.end()) {
    days_.splice(days_.begin(), days_, known);
    return &days_.front();
  }
  days_.emplace_front();
  if (Status status = OpenDay(number, days_.front()); !status.ok()) {
    days_.pop_front();
    return status;
  }
  if (days_.size() > kMaxOpenDays) days_.pop_back();
  return &days_.front();
}

Result<std::string> Reader::Name(ReadDay& day, std::int64_t id) {
  if (id == 0) return std::string();
  if (const auto known = day.names.find(id); known != day.names.end()) return known->second;
  const StatementUse use(day.name_of);
  day.name_of.Bind(1, id);
  Result<bool> row = day.name_of.Step();
  if (!row.ok()) return std::move(row).status();
  std::string name(*row ? day.name_of.Text(0) : "");
  if (day.names.size() >= kMaxNames) day.names.clear();
  day.names.emplace(id, name);
  return name;
}

Status Reader::FillNames(ReadDay& day, const NameIds& ids, SpanRow& row) {
  const std::pair<std::int64_t, std::string*> texts[] = {
      {ids.name, &row.name}, {ids.model, &row.model}, {ids.provider, &row.provider}};
  for (const auto& [id, text] : texts) {
    Result<std::string> name = Name(day, id);
    if (!name.ok()) return std::move(name).status();
    *text = *std::move(name);
  }
  return OkStatus();
}

Result<std::optional<TraceRow>> Reader::FindTrace(ProjectKey project, const TraceId& id) {
  Result<std::optional<int>> indexed = index_->FindDay(project, id);
  if (!indexed.ok()) return std::move(indexed).status();
  // The index is written just behind the commit: a new trace is found in its file already.
  const std::vector<int> days = *indexed ? std::vector<int>{**indexed} : ListDays(folder_);
  for (const int number : days) {
    Result<ReadDay*> day = Day(number);
    if (!day.ok()) return std::move(day).status();
    Statement& select = (*day)->trace_by_id;
    const StatementUse use(select);
    const std::string bytes = id.Bytes();
    select.Bind(1, project);
    select.BindBlob(2, bytes);
    Result<bool> row = select.Step();
    if (!row.ok()) return std::move(row).status();
    if (*row) return std::optional(ReadTraceRow(select, number));
  }
  return std::optional<TraceRow>();
}

Result<std::optional<TraceRow>> Reader::TraceByKey(ReadDay& day, std::int64_t key) {
  const StatementUse use(day.trace_by_key);
  day.trace_by_key.Bind(1, key);
  Result<bool> row = day.trace_by_key.Step();
  if (!row.ok()) return std::move(row).status();
  if (!*row) return std::optional<TraceRow>();
  return std::optional(ReadTraceRow(day.trace_by_key, day.day));
}

Result<std::vector<SpanRow>> Reader::Spans(const TracePlace& trace) {
  Result<ReadDay*> day = Day(trace.day);
  if (!day.ok()) return std::move(day).status();
  std::vector<SpanRow> rows;
  {
    Statement& select = (*day)->spans_of;
    const StatementUse use(select);
    select.Bind(1, trace.key);
    select.Bind(2, static_cast<std::int64_t>(kMaxSpansPerTraceRead + 1));
    while (true) {
      Result<bool> row = select.Step();
      if (!row.ok()) return std::move(row).status();
      if (!*row) break;
      rows.push_back(ReadSpanRow(select));
      if (Status status = FillNames(**day, ReadNameIds(select), rows.back()); !status.ok()) return status;
    }
  }
  if (rows.size() > kMaxSpansPerTraceRead) {
    return Status::ResourceExhausted("the trace has more than {} spans", kMaxSpansPerTraceRead);
  }
  std::sort(rows.begin(), rows.end(), [](const SpanRow& a, const SpanRow& b) {
    return std::tie(a.facts.start_ns, a.id) < std::tie(b.facts.start_ns, b.id);
  });
  return rows;
}

Result<std::vector<TurnRow>> Reader::Turns(const TracePlace& trace) {
  Result<ReadDay*> day = Day(trace.day);
  if (!day.ok()) return std::move(day).status();
  Statement& s = (*day)->turns_of;
  const StatementUse use(s);
  s.Bind(1, trace.key);
  std::vector<TurnRow> rows;
  while (true) {
    Result<bool> row = s.Step();
    if (!row.ok()) return std::move(row).status();
    if (!*row) return rows;
    rows.push_back({.span = static_cast<SpanId>(s.Integer(0)),
                    .number = static_cast<std::int32_t>(s.Measure(1)),
                    .start_ns = s.Integer(2),
                    .end_ns = s.Integer(3),
                    .interrupted = s.Integer(4) != 0,
                    .ub_latency_us = s.Measure(5),
                    .stt_ttfb_us = s.Measure(6),
                    .llm_ttfb_us = s.Measure(7),
                    .tts_ttfb_us = s.Measure(8)});
  }
}

Result<SpanBody> Reader::Body(const TracePlace& trace, const SpanRow& span) {
  Result<ReadDay*> day = Day(trace.day);
  if (!day.ok()) return std::move(day).status();
  return (*day)->bodies->Read(span.batch, span.item);
}

Result<std::vector<Reader::Bounds>> Reader::DaysOf(ProjectKey project, std::optional<std::int64_t> from,
                                                   std::optional<std::int64_t> to) {
  std::vector<Bounds> found;
  for (const int number : ListDays(folder_)) {
    Result<ReadDay*> day = Day(number);
    if (!day.ok()) return std::move(day).status();
    Statement& select = (*day)->bounds;
    const StatementUse use(select);
    select.Bind(1, project);
    Result<bool> row = select.Step();
    if (!row.ok()) return std::move(row).status();
    if (!*row || select.IsNull(0)) continue;
    const Bounds bounds{number, select.Integer(0), select.Integer(1)};
    if ((to && bounds.first_start >= *to) || (from && bounds.last_start < *from)) continue;
    found.push_back(bounds);
  }
  std::sort(found.begin(), found.end(),
            [](const Bounds& a, const Bounds& b) { return a.last_start > b.last_start; });
  return found;
}

// ---- trace lists ----

namespace {

struct Sorted {
  std::int64_t number = 0;
  std::string text;
  int day = 0;
  std::int64_t key = 0;

  friend bool operator<(const Sorted& a, const Sorted& b) {
    return std::tie(a.number, a.text, a.day, a.key) < std::tie(b.number, b.text, b.day, b.key);
  }
};

std::string_view OrderColumn(TraceOrder order) {
  constexpr std::string_view kColumns[] = {"start",   "name",    "user_id", "session_id",
                                           "release", "version", "public",  "hex(trace_id)"};
  return kColumns[static_cast<std::size_t>(order)];
}

SqlFilter FilterOf(const TraceQuery& query) {
  SqlFilter filter;
  filter.Add("project=?", query.project);
  if (query.from_ns) filter.Add("start>=?", *query.from_ns);
  if (query.to_ns) filter.Add("start<?", *query.to_ns);
  if (query.name) filter.Add("name=?", *query.name);
  if (query.user_id) filter.Add("user_id=?", *query.user_id);
  if (query.session_id) filter.Add("session_id=?", *query.session_id);
  if (query.version) filter.Add("version=?", *query.version);
  if (query.release) filter.Add("release=?", *query.release);
  for (const std::string& tag : query.tags) filter.Add("instr(tags,?)>0", TagPattern(tag));
  filter.AddAnyOf("environment", query.environments);
  return filter;
}

}  // namespace

Result<TracePage> Reader::ListTraces(const TraceQuery& query) {
  const std::size_t wanted = query.offset + query.limit;
  if (wanted > kMaxTracesScanned) return Status::ResourceExhausted("page too far back, give a time range");
  Result<std::vector<Bounds>> days = DaysOf(query.project, query.from_ns, query.to_ns);
  if (!days.ok()) return std::move(days).status();
  const SqlFilter filter = FilterOf(query);
  const std::string_view column = OrderColumn(query.order);
  const std::string direction = query.ascending ? "ASC" : "DESC";
  const bool by_start = query.order == TraceOrder::kTimestamp;
  const std::string keys_sql =
      fmt::format("SELECT {0},tkey FROM trace WHERE {1} ORDER BY {0} {2},tkey {2} LIMIT ?", column,
                  filter.where, direction);
  const std::string count_sql =
      fmt::format("SELECT count(*) FROM (SELECT 1 FROM trace WHERE {} LIMIT ?)", filter.where);
  const int next = static_cast<int>(filter.values.size()) + 1;
  const auto before = [&query](const Sorted& a, const Sorted& b) { return query.ascending ? a < b : b < a; };
  std::vector<Sorted> found;
  TracePage page;
  for (const Bounds& bounds : *days) {
    Result<ReadDay*> day = Day(bounds.day);
    if (!day.ok()) return std::move(day).status();
    Result<Statement> count = (*day)->database->Prepare(count_sql);
    if (!count.ok()) return std::move(count).status();
    filter.Bind(*count, 1);
    count->Bind(next, static_cast<std::int64_t>(kMaxTracesScanned - page.total));
    Result<bool> row = count->Step();
    if (!row.ok()) return std::move(row).status();
    page.total += static_cast<std::size_t>(count->Integer(0));
    if (by_start && !query.ascending && found.size() >= wanted && bounds.last_start < found.back().number)
      continue;
    Result<Statement> keys = (*day)->database->Prepare(keys_sql);
    if (!keys.ok()) return std::move(keys).status();
    filter.Bind(*keys, 1);
    keys->Bind(next, static_cast<std::int64_t>(wanted));
    while (true) {
      Result<bool> more = keys->Step();
      if (!more.ok()) return std::move(more).status();
      if (!*more) break;
      const bool is_number = by_start || query.order == TraceOrder::kPublic;
      found.push_back({is_number ? keys->Integer(0) : 0, std::string(is_number ? "" : keys->Text(0)),
                       bounds.day, keys->Integer(1)});
    }
    std::sort(found.begin(), found.end(), before);
    if (found.size() > wanted) found.resize(wanted);
  }
  for (std::size_t i = query.offset; i < found.size(); ++i) {
    Result<ReadDay*> day = Day(found[i].day);
    if (!day.ok()) return std::move(day).status();
    Result<std::optional<TraceRow>> row = TraceByKey(**day, found[i].key);
    if (!row.ok()) return std::move(row).status();
    if (*row) page.rows.push_back(**std::move(row));
  }
  return page;
}

// ---- spans over all traces ----

// The newest spans that fit, kept in a heap; knows when older traces cannot add any.
class Reader::SpanSearch {
 public:
  SpanSearch(const SpanQuery& query, std::size_t wanted) : query_(query), wanted_(wanted) {}

  bool Fits(const SpanRow& span) const {
    const SpanFacts& facts = span.facts;
    return (facts.flags & kFlagProvisional) == 0 && (!query_.from_ns || facts.start_ns >= *query_.from_ns) &&
           (!query_.to_ns || facts.start_ns < *query_.to_ns) &&
           (!query_.type || facts.type == *query_.type) && (!query_.level || facts.level == *query_.level) &&
           (!query_.parent || span.parent == *query_.parent) && (!query_.name || span.name == *query_.name);
  }

  void Add(const TraceRow& trace, SpanRow span) {
    ++matched_;
    if (heap_.size() >= wanted_ && span.facts.start_ns <= heap_.front().span.facts.start_ns) return;
    heap_.push_back({trace, std::move(span)});
    std::push_heap(heap_.begin(), heap_.end(), Later);
    if (heap_.size() <= wanted_) return;
    std::pop_heap(heap_.begin(), heap_.end(), Later);
    heap_.pop_back();
  }

  void SetTotal(std::size_t total) { matched_ = total; }

  // No span that starts before `ns` can be among the wanted any more.
  bool IsSettledBefore(std::int64_t ns) const {
    return heap_.size() >= wanted_ && (wanted_ == 0 || ns < heap_.front().span.facts.start_ns);
  }

  SpanPage Finish() && {
    std::sort_heap(heap_.begin(), heap_.end(), Later);
    SpanPage page{.rows = {}, .total = matched_};
    for (std::size_t i = query_.offset; i < heap_.size(); ++i) page.rows.push_back(std::move(heap_[i]));
    return page;
  }

 private:
  static bool Later(const FoundSpan& a, const FoundSpan& b) {
    return a.span.facts.start_ns > b.span.facts.start_ns;
  }

  const SpanQuery& query_;
  const std::size_t wanted_;
  std::vector<FoundSpan> heap_;
  std::size_t matched_ = 0;
};

namespace {

// Everything but what only a span row can tell.
SqlFilter TraceFilterOf(const SpanQuery& query) {
  SqlFilter filter;
  filter.Add("project=?", query.project);
  if (query.from_ns) filter.Add("end>=?", *query.from_ns);
  if (query.to_ns) filter.Add("start<?", *query.to_ns);
  if (query.user_id) filter.Add("user_id=?", *query.user_id);
  if (query.version) filter.Add("version=?", *query.version);
  filter.AddAnyOf("environment", query.environments);
  return filter;
}

bool IsCountedByTraces(const SpanQuery& query) {
  return !query.from_ns && !query.to_ns && !query.name && !query.type && !query.level && !query.parent;
}

}  // namespace

Result<SpanPage> Reader::ListSpans(const SpanQuery& query) {
  SpanSearch search(query, query.offset + query.limit);
  if (query.trace) {
    Result<std::optional<TraceRow>> trace = FindTrace(query.project, *query.trace);
    if (!trace.ok()) return std::move(trace).status();
    if (!*trace) return SpanPage{};
    Result<std::vector<SpanRow>> spans = Spans((*trace)->place);
    if (!spans.ok()) return std::move(spans).status();
    for (SpanRow& span : *spans) {
      if (search.Fits(span)) search.Add(**trace, std::move(span));
    }
    return std::move(search).Finish();
  }
  // A trace may have begun long before its spans: no bound on the start from below.
  Result<std::vector<Bounds>> days = DaysOf(query.project, std::nullopt, query.to_ns);
  if (!days.ok()) return std::move(days).status();
  const SqlFilter filter = TraceFilterOf(query);
  const std::string longest_sql =
      fmt::format("SELECT max(end-start),sum(spans) FROM trace WHERE {}", filter.where);
  const std::string sql =
      fmt::format("SELECT {} FROM trace WHERE {} ORDER BY start DESC", kTraceColumns, filter.where);
  // Without a condition on spans the rows of the traces know how many there are.
  const bool counted = IsCountedByTraces(query);
  std::size_t total = 0;
  std::size_t scanned = 0;
  for (const Bounds& bounds : *days) {
    Result<ReadDay*> day = Day(bounds.day);
    if (!day.ok()) return std::move(day).status();
    Result<Statement> longest = (*day)->database->Prepare(longest_sql);
    if (!longest.ok()) return std::move(longest).status();
    filter.Bind(*longest, 1);
    Result<bool> has_longest = longest->Step();
    if (!has_longest.ok()) return std::move(has_longest).status();
    const std::int64_t longest_ns = longest->Integer(0);
    total += static_cast<std::size_t>(longest->Integer(1));
    const auto settled = [&](std::int64_t last_start) {
      return (counted || scanned > kMaxSpansScanned) && search.IsSettledBefore(last_start + longest_ns);
    };
    if (settled(bounds.last_start)) continue;
    Result<Statement> traces = (*day)->database->Prepare(sql);
    if (!traces.ok()) return std::move(traces).status();
    filter.Bind(*traces, 1);
    while (true) {
      Result<bool> more = traces->Step();
      if (!more.ok()) return std::move(more).status();
      if (!*more) break;
      const TraceRow trace = ReadTraceRow(*traces, bounds.day);
      if (settled(trace.start_ns)) break;
      if (scanned > kMaxSpansScanned) {
        return Status::ResourceExhausted("the query looks at more than {} spans: give a time range",
                                         kMaxSpansScanned);
      }
      Result<std::vector<SpanRow>> spans = Spans(trace.place);
      if (!spans.ok()) return std::move(spans).status();
      scanned += spans->size();
      for (SpanRow& span : *spans) {
        if (search.Fits(span)) search.Add(trace, std::move(span));
      }
    }
  }
  if (counted) search.SetTotal(total);
  return std::move(search).Finish();
}

// ---- one span by its id alone ----

Result<std::optional<FoundSpan>> Reader::FindSpanIn(ReadDay& day, ProjectKey project, SpanId id) {
  std::vector<std::int64_t> batches;
  {
    const StatementUse use(day.filters);
    while (true) {
      Result<bool> row = day.filters.Step();
      if (!row.ok()) return std::move(row).status();
      if (!*row) break;
      if (MayContain(day.filters.Blob(1), id)) batches.push_back(day.filters.Integer(0));
    }
  }
  for (const std::int64_t batch : batches) {
    std::string keys;
    {
      const StatementUse use(day.keys_of_batch);
      day.keys_of_batch.Bind(1, batch);
      Result<bool> row = day.keys_of_batch.Step();
      if (!row.ok()) return std::move(row).status();
      if (*row) keys = day.keys_of_batch.Blob(0);
    }
    std::string_view left = keys;
    std::int64_t key = 0;
    while (const std::optional<std::uint64_t> step = ReadVarint(left)) {
      key += static_cast<std::int64_t>(*step);
      const StatementUse use(day.span_by_id);
      day.span_by_id.Bind(1, key);
      day.span_by_id.Bind(2, ToStored(id));
      Result<bool> row = day.span_by_id.Step();
      if (!row.ok()) return std::move(row).status();
      if (!*row) continue;
      SpanRow span = ReadSpanRow(day.span_by_id);
      if (Status status = FillNames(day, ReadNameIds(day.span_by_id), span); !status.ok()) return status;
      Result<std::optional<TraceRow>> trace = TraceByKey(day, key);
      if (!trace.ok()) return std::move(trace).status();
      if (*trace && (*trace)->project == project)
        return std::optional(FoundSpan{**std::move(trace), std::move(span)});
    }
  }
  return std::optional<FoundSpan>();
}

Result<std::optional<FoundSpan>> Reader::FindSpan(ProjectKey project, SpanId id) {
  for (const int number : ListDays(folder_)) {
    Result<ReadDay*> day = Day(number);
    if (!day.ok()) return std::move(day).status();
    Result<std::optional<FoundSpan>> found = FindSpanIn(**day, project, id);
    if (!found.ok() || *found) return found;
  }
  return std::optional<FoundSpan>();
}

}  // namespace repartee::server
