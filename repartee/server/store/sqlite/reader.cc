#include "repartee/server/store/sqlite/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "repartee/base/clock.h"
#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/day_file.h"
#include "repartee/server/store/sqlite/rollup_cache.h"
#include "repartee/server/store/sqlite/rows.h"
#include "repartee/server/store/sqlite/span_filter.h"
#include "repartee/server/store/sqlite/trace_keys.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxNames = 20'000;

Status TooManySpans() {
  return Status::ResourceExhausted("the trace has more than {} spans", kMaxSpansPerTraceRead);
}

// By start. Rows are large: their places are sorted, and each row is moved once.
std::vector<SpanRow> InOrder(std::vector<SpanRow> rows) {
  std::vector<std::tuple<std::int64_t, SpanId, std::size_t>> places;
  places.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) places.emplace_back(rows[i].facts.start_ns, rows[i].id, i);
  std::sort(places.begin(), places.end());
  std::vector<SpanRow> ordered;
  ordered.reserve(rows.size());
  for (const auto& [start_ns, id, i] : places) ordered.push_back(std::move(rows[i]));
  return ordered;
}

bool HasFile(const std::string& folder, int day) {
  std::error_code error;
  return std::filesystem::exists(DayPath(folder, day), error);
}

}  // namespace

Result<std::unique_ptr<Reader>> Reader::Open(std::string folder, DamageLog& damage, const Clock& clock) {
  std::unique_ptr<Reader> reader(new Reader(std::move(folder), damage, clock));
  Result<std::unique_ptr<IndexFile>> index = IndexFile::Open(reader->folder_, true);
  if (!index.ok()) return std::move(index).status();
  reader->index_ = *std::move(index);
  Result<std::unique_ptr<ScoreFile>> scores = ScoreFile::Open(reader->folder_, true);
  if (!scores.ok()) return std::move(scores).status();
  reader->scores_ = *std::move(scores);
  return reader;
}

void Reader::CloseDropped(std::uint64_t dropped) {
  if (std::exchange(dropped_, dropped) == dropped) return;
  days_.clear();
  bounds_.Clear();
}

Status Reader::OpenDay(int number, ReadDay& day) {
  const DatabaseOptions options{.read_only = true, .create = false, .cache_kib = 4'096};
  Result<std::unique_ptr<Database>> database = Database::Open(DayPath(folder_, number), options);
  if (!database.ok()) return std::move(database).status();
  day.day = number;
  day.database = *std::move(database);
  const Result<std::int64_t> version = day.database->QueryInteger("PRAGMA user_version", 0);
  if (!version.ok()) return version.status();
  // Files of the first versions have no series until they are opened for writing.
  const std::string span_columns = fmt::format("{},{}", kSpanColumns, *version < 3 ? "NULL" : "series");
  const Database::Prepared statements[] = {
      {&day.trace_by_id, fmt::format("SELECT {} FROM trace WHERE project=? AND trace_id=?", kTraceColumns)},
      {&day.trace_by_key, fmt::format("SELECT {} FROM trace WHERE tkey=?", kTraceColumns)},
      {&day.spans_of, fmt::format("SELECT {} FROM span WHERE tkey=? AND span_id<>{} LIMIT ?", span_columns,
                                  ToStored(kTraceEntryId))},
      {&day.marks_of, fmt::format("SELECT span_id,start,flags FROM span WHERE tkey=? AND span_id<>{} LIMIT ?",
                                  ToStored(kTraceEntryId))},
      {&day.spans_from,
       fmt::format("SELECT {} FROM span WHERE tkey=? AND span_id>=? ORDER BY span_id LIMIT ?", span_columns)},
      {&day.turns_of,
       "SELECT span_id,number,start,end,interrupted,ub_latency,stt_ttfb,llm_ttfb,tts_ttfb FROM turn "
       "WHERE tkey=? ORDER BY start"},
      {&day.name_of, "SELECT text FROM dict WHERE id=?"},
      {&day.filters, "SELECT number,span_filter FROM batch ORDER BY number DESC"},
      {&day.span_by_id, fmt::format("SELECT {} FROM span WHERE tkey=? AND span_id=?", span_columns)},
      {&day.keys_of_batch, "SELECT tkeys FROM batch WHERE number=?"},
  };
  if (Status status = day.database->PrepareAll(statements); !status.ok()) return status;
  Result<std::unique_ptr<SpanBodyReader>> bodies = SpanBodyReader::Create(*day.database, kBlocksKeptToRead);
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
    if (!HasFile(folder_, number)) return Status::NotFound("{} is past its retention", number);
    return status;
  }
  if (days_.size() > kMaxOpenDays) days_.pop_back();
  return &days_.front();
}

bool Reader::MayPassOver(int day, const Status& status) {
  if (damage_.Notes(day, status)) return true;
  // A file that goes while it is read shows as a fault of the disk.
  const bool may_be_gone =
      status.code() == StatusCode::kNotFound || status.code() == StatusCode::kUnavailable;
  return may_be_gone && !HasFile(folder_, day);
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

Result<std::optional<std::string>> Reader::EnvironmentOf(ReadDay& day, std::int64_t series) {
  if (series < 0) return std::optional<std::string>();
  if (const auto known = day.environments.find(series); known != day.environments.end()) return known->second;
  Result<Statement> select =
      day.database->Prepare(fmt::format("SELECT {} FROM series WHERE id={}", kSeriesColumns, series));
  if (!select.ok()) return std::move(select).status();
  const Result<bool> row = select->Step();
  if (!row.ok()) return row.status();
  std::optional<std::string> environment;
  if (*row) {
    Series found = ReadSeries(*select, 0);
    if (!IsOther(found)) environment = std::move(found.environment);
  }
  if (day.environments.size() >= kMaxNames) day.environments.clear();
  day.environments.emplace(series, environment);
  return environment;
}

Result<SpanRow> Reader::ReadSpan(ReadDay& day, const Statement& select) {
  SpanRow row = ReadSpanRow(select);
  if (Status status = FillNames(day, ReadNameIds(select), row); !status.ok()) return status;
  Result<std::optional<std::string>> environment = EnvironmentOf(day, select.Measure(kSpanColumnCount));
  if (!environment.ok()) return std::move(environment).status();
  row.environment = *std::move(environment);
  return row;
}

Result<std::optional<TraceRow>> Reader::FindTrace(ProjectKey project, const TraceId& id) {
  Result<std::optional<int>> indexed = index_->FindDay(project, id);
  if (!indexed.ok()) return std::move(indexed).status();
  // The index is written just behind the commit: a new trace is found in its file already.
  const std::vector<int> days = *indexed ? std::vector<int>{**indexed} : ListDays(folder_);
  for (const int number : days) {
    // The index follows a deleted file a moment later.
    if (*indexed && !HasFile(folder_, number)) break;
    Result<std::optional<TraceRow>> row = FindTraceIn(number, project, id);
    if (!row.ok() && MayPassOver(number, row.status())) continue;
    if (!row.ok() || *row) return row;
  }
  return std::optional<TraceRow>();
}

Result<std::optional<TraceRow>> Reader::FindTraceIn(int number, ProjectKey project, const TraceId& id) {
  Result<ReadDay*> day = Day(number);
  if (!day.ok()) return std::move(day).status();
  Statement& select = (*day)->trace_by_id;
  const StatementUse use(select);
  const std::string bytes = id.Bytes();
  select.Bind(1, project);
  select.BindBlob(2, bytes);
  return NextTraceRow(select, number);
}

Result<std::optional<TraceRow>> Reader::TraceByKey(ReadDay& day, std::int64_t key) {
  const StatementUse use(day.trace_by_key);
  day.trace_by_key.Bind(1, key);
  return NextTraceRow(day.trace_by_key, day.day);
}

Result<Statement> Reader::Ask(ReadDay& day, const std::string& sql, const SqlFilter& filter,
                              std::initializer_list<std::int64_t> behind) {
  Result<Statement> statement = day.database->Prepare(sql);
  if (!statement.ok()) return statement;
  int index = filter.Bind(*statement, 1);
  for (const std::int64_t value : behind) statement->Bind(index++, value);
  return statement;
}

bool Reader::TakesAll(const Bounds& bounds, const TraceScope& scope, const SqlFilter& filter) {
  return bounds.AreWithin(scope) && filter.HasTimeAlone(scope);
}

Result<std::size_t> Reader::CountTraces(ReadDay& day, const Bounds& bounds, const TraceScope& scope,
                                        const SqlFilter& filter, std::size_t most, std::string_view table) {
  if (TakesAll(bounds, scope, filter)) return std::min(bounds.traces, most);
  // To stop at a limit costs as much again: only where there may be more.
  Result<Statement> count =
      bounds.traces <= most
          ? Ask(day, fmt::format("SELECT count(*) FROM {} WHERE {}", table, filter.where), filter)
          : Ask(day,
                fmt::format("SELECT count(*) FROM (SELECT 1 FROM {} WHERE {} LIMIT ?)", table, filter.where),
                filter, {static_cast<std::int64_t>(most)});
  if (!count.ok()) return std::move(count).status();
  if (Result<bool> row = count->Step(); !row.ok()) return std::move(row).status();
  return std::min(static_cast<std::size_t>(count->Integer(0)), most);
}

Status Reader::AddTrace(int number, std::int64_t key, std::vector<TraceRow>& rows) {
  Result<ReadDay*> day = Day(number);
  if (!day.ok()) return MayPassOver(number, day.status()) ? OkStatus() : std::move(day).status();
  Result<std::optional<TraceRow>> row = TraceByKey(**day, key);
  if (!row.ok()) return MayPassOver(number, row.status()) ? OkStatus() : std::move(row).status();
  if (*row) rows.push_back(**std::move(row));
  return OkStatus();
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
    Status status = EachRow(select, [&]() -> Result<bool> {
      Result<SpanRow> row = ReadSpan(**day, select);
      if (!row.ok()) return std::move(row).status();
      rows.push_back(*std::move(row));
      return true;
    });
    if (!status.ok()) return status;
  }
  if (rows.size() > kMaxSpansPerTraceRead) return TooManySpans();
  return InOrder(std::move(rows));
}

Result<std::vector<SpanMark>> Reader::Marks(const TracePlace& trace) {
  Result<ReadDay*> day = Day(trace.day);
  if (!day.ok()) return std::move(day).status();
  Statement& select = (*day)->marks_of;
  const StatementUse use(select);
  select.Bind(1, trace.key);
  select.Bind(2, static_cast<std::int64_t>(kMaxSpansPerTraceRead));
  std::vector<SpanMark> marks;
  Status status = EachRow(select, [&] {
    marks.push_back({static_cast<SpanId>(select.Integer(0)), select.Integer(1),
                     static_cast<std::uint32_t>(select.Integer(2))});
  });
  if (!status.ok()) return status;
  std::sort(marks.begin(), marks.end(), [](const SpanMark& a, const SpanMark& b) {
    return std::tie(a.start_ns, a.id) < std::tie(b.start_ns, b.id);
  });
  return marks;
}

Result<std::optional<SpanRow>> Reader::SpanOf(const TracePlace& trace, SpanId id) {
  Result<ReadDay*> day = Day(trace.day);
  if (!day.ok()) return std::move(day).status();
  Statement& select = (*day)->span_by_id;
  const StatementUse use(select);
  select.Bind(1, trace.key);
  select.Bind(2, ToStored(id));
  Result<bool> row = select.Step();
  if (!row.ok()) return std::move(row).status();
  if (!*row) return std::optional<SpanRow>();
  Result<SpanRow> span = ReadSpan(**day, select);
  if (!span.ok()) return std::move(span).status();
  return std::optional(*std::move(span));
}

Result<std::vector<TurnRow>> Reader::Turns(const TracePlace& trace) {
  Result<ReadDay*> day = Day(trace.day);
  if (!day.ok()) return std::move(day).status();
  Statement& s = (*day)->turns_of;
  const StatementUse use(s);
  s.Bind(1, trace.key);
  std::vector<TurnRow> rows;
  Status status = EachRow(s, [&] {
    rows.push_back({.span = static_cast<SpanId>(s.Integer(0)),
                    .number = static_cast<std::int32_t>(s.Measure(1)),
                    .start_ns = s.Integer(2),
                    .end_ns = s.Integer(3),
                    .interrupted = s.Integer(4) != 0,
                    .ub_latency_us = s.Measure(5),
                    .stt_ttfb_us = s.Measure(6),
                    .llm_ttfb_us = s.Measure(7),
                    .tts_ttfb_us = s.Measure(8)});
  });
  if (!status.ok()) return status;
  return rows;
}

Result<SpanBody> Reader::Body(const TracePlace& trace, const SpanRow& span) {
  Result<ReadDay*> day = Day(trace.day);
  if (!day.ok()) return std::move(day).status();
  Result<SpanBody> body = (*day)->bodies->Read(trace.key, span);
  if (!body.ok()) damage_.Notes(trace.day, body.status());
  return body;
}

// Files of earlier versions do not tell how early spans begin until they are opened for writing.
Status Reader::PrepareBounds(ReadDay& day) {
  if (day.knows_lead) return OkStatus();
  const Result<std::int64_t> version = day.database->QueryInteger("PRAGMA user_version", 0);
  if (!version.ok()) return version.status();
  day.knows_lead = *version >= 8;
  Result<Statement> bounds = day.database->Prepare(
      fmt::format("SELECT (SELECT min(start) FROM trace WHERE project=?1),(SELECT max(start) FROM trace "
                  "WHERE project=?1),traces,longest,{} FROM trace_count WHERE project=?1",
                  day.knows_lead ? "lead" : "0"));
  if (!bounds.ok()) return std::move(bounds).status();
  day.bounds = *std::move(bounds);
  return OkStatus();
}

Result<Reader::Bounds> Reader::BoundsOf(int number, ProjectKey project) {
  const BoundsCache::FileState state = BoundsCache::StateOf(DayPath(folder_, number));
  if (const Bounds* const known = bounds_.Find(project, number, state)) return *known;
  Result<ReadDay*> day = Day(number);
  if (!day.ok()) return std::move(day).status();
  if (Status status = PrepareBounds(**day); !status.ok()) return status;
  Statement& select = (*day)->bounds;
  const StatementUse use(select);
  select.Bind(1, project);
  Result<bool> row = select.Step();
  if (!row.ok()) return std::move(row).status();
  Bounds bounds{.day = number};
  if (*row && !select.IsNull(0)) {
    bounds.first_start = select.Integer(0);
    bounds.last_start = select.Integer(1);
    bounds.traces = static_cast<std::size_t>(select.Integer(2));
    bounds.longest_ns = select.Integer(3);
    bounds.lead_ns = select.Integer(4);
  }
  bounds_.Keep(project, bounds, state, Clock::System().WallNow().count());
  return bounds;
}

Result<std::vector<Reader::Bounds>> Reader::AllDaysOf(ProjectKey project) {
  std::vector<Bounds> found;
  for (const int number : ListDays(folder_)) {
    const Result<Bounds> bounds = BoundsOf(number, project);
    if (!bounds.ok() && MayPassOver(number, bounds.status())) continue;
    if (!bounds.ok()) return bounds.status();
    if (bounds->traces > 0) found.push_back(*bounds);
  }
  std::sort(found.begin(), found.end(),
            [](const Bounds& a, const Bounds& b) { return a.last_start > b.last_start; });
  return found;
}

Result<std::vector<Reader::Bounds>> Reader::DaysOf(ProjectKey project, std::optional<std::int64_t> from,
                                                   std::optional<std::int64_t> to) {
  Result<std::vector<Bounds>> days = AllDaysOf(project);
  if (!days.ok()) return days;
  std::erase_if(*days, [&](const Bounds& day) {
    return (to && day.first_start >= *to) || (from && day.last_start < *from);
  });
  return days;
}

Result<std::vector<Reader::Bounds>> Reader::DaysOfSpans(ProjectKey project, std::optional<std::int64_t> from,
                                                        std::optional<std::int64_t> to) {
  Result<std::vector<Bounds>> days = AllDaysOf(project);
  if (!days.ok()) return days;
  std::erase_if(*days, [&](const Bounds& day) {
    return (to && day.first_span() >= *to) || (from && day.last_span() < *from);
  });
  return days;
}

// ---- one span by its id alone ----

Result<std::optional<FoundSpan>> Reader::FindSpanOf(ReadDay& day, ProjectKey project, std::int64_t key,
                                                    SpanId id) {
  const StatementUse use(day.span_by_id);
  day.span_by_id.Bind(1, key);
  day.span_by_id.Bind(2, ToStored(id));
  Result<bool> row = day.span_by_id.Step();
  if (!row.ok()) return std::move(row).status();
  if (!*row) return std::optional<FoundSpan>();
  Result<SpanRow> span = ReadSpan(day, day.span_by_id);
  if (!span.ok()) return std::move(span).status();
  Result<std::optional<TraceRow>> trace = TraceByKey(day, key);
  if (!trace.ok()) return std::move(trace).status();
  if (!*trace || (*trace)->project != project) return std::optional<FoundSpan>();
  return std::optional(FoundSpan{**std::move(trace), *std::move(span)});
}

Result<std::optional<FoundSpan>> Reader::FindSpanIn(ReadDay& day, ProjectKey project, SpanId id) {
  std::vector<std::int64_t> batches;
  {
    const StatementUse use(day.filters);
    Status status = EachRow(day.filters, [&] {
      if (MayContain(day.filters.Blob(1), id)) batches.push_back(day.filters.Integer(0));
    });
    if (!status.ok()) return status;
  }
  for (const std::int64_t batch : batches) {
    std::vector<std::int64_t> keys;
    {
      const StatementUse use(day.keys_of_batch);
      day.keys_of_batch.Bind(1, batch);
      Result<bool> row = day.keys_of_batch.Step();
      if (!row.ok()) return std::move(row).status();
      if (*row) keys = ReadKeys(day.keys_of_batch.Blob(0));
    }
    for (const std::int64_t key : keys) {
      Result<std::optional<FoundSpan>> found = FindSpanOf(day, project, key, id);
      if (!found.ok() || *found) return found;
    }
  }
  return std::optional<FoundSpan>();
}

Result<std::optional<FoundSpan>> Reader::FindSpan(ProjectKey project, SpanId id) {
  for (const int number : ListDays(folder_)) {
    Result<ReadDay*> day = Day(number);
    if (!day.ok() && MayPassOver(number, day.status())) continue;
    if (!day.ok()) return std::move(day).status();
    Result<std::optional<FoundSpan>> found = FindSpanIn(**day, project, id);
    if (!found.ok() && MayPassOver(number, found.status())) continue;
    if (!found.ok() || *found) return found;
  }
  return std::optional<FoundSpan>();
}

}  // namespace repartee::server
