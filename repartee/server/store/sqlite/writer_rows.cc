// The writer's rows and caches: what is kept in memory, how it is written, and how
// it is made again from what is on disk.
#include <algorithm>
#include <filesystem>
#include <tuple>

#include "repartee/base/log.h"
#include "repartee/server/limits.h"
#include "repartee/server/model/time.h"
#include "repartee/server/store/sqlite/writer.h"

namespace repartee::server {
namespace {

constexpr std::int64_t kDayNs = 86'400LL * 1'000'000'000LL;
constexpr std::int64_t kOldestNs = 400 * kDayNs;  // older starts, as future ones, go into today's file
// Steps of one eviction; what is pinned now is looked at again after the next commit.
constexpr int kMaxEvictionSteps = 2'000;
// Of the room for live traces, those whose root has come get so much less.
constexpr std::size_t kEndedTraceShare = 4;

std::tuple<bool, std::int64_t, SpanId> RankOf(const DayFile::StoredSpanRow& span) {
  return {span.row.facts.stage != Stage::kTurn, span.row.facts.start_ns, span.row.id};
}

}  // namespace

Status Writer::WriteTraceRows(OpenDay& day, LiveTrace& trace) {
  trace.Summarise();
  NoteChange(trace, 0);
  Status status = trace.is_new ? day.file->InsertTrace(trace) : day.file->UpdateTrace(trace);
  if (!status.ok()) return status;
  if (status = day.file->WriteTurns(trace); !status.ok()) return status;
  trace.is_new = false;
  trace.keys_changed = false;
  trace.urgent = false;
  if (trace.dirty_since != 0) day.dirty.erase(trace.dirty_place);
  trace.dirty_since = 0;
  return OkStatus();
}

// New traces always, since their key must be durable; then what is urgent; then the
// oldest of what is kept, a bounded number of rows.
Status Writer::WriteRows(OpenDay& day) {
  DayFile& file = *day.file;
  for (LiveTrace* trace : day.recompute) {
    if (const auto spans = Recompute(day, *trace); !spans.ok()) return spans.status();
  }
  day.recompute.clear();
  for (LiveTrace* trace : day.fresh) {
    if (Status status = WriteTraceRows(day, *trace); !status.ok()) return status;
  }
  for (LiveTrace* trace : day.urgent) {
    if (Status status = WriteTraceRows(day, *trace); !status.ok()) return status;
  }
  day.urgent.clear();
  const std::int64_t due = options_.clock->MonotonicNow().count() - Nanos(kFlushInterval).count();
  std::size_t rows = 0;
  while (!day.dirty.empty() && day.dirty.front()->dirty_at_ns <= due && rows < kMaxRowsPerFlush) {
    LiveTrace& trace = *day.dirty.front();
    rows += 1 + trace.turns.size();
    if (Status status = WriteTraceRows(day, trace); !status.ok()) return status;
  }
  if (Status status = WriteRollups(day); !status.ok()) return status;
  const std::int64_t last = file.has_open_block() ? file.open_batch() : file.last_batch();
  return file.WriteRowsUpto(day.dirty.empty() ? last : day.dirty.front()->dirty_since - 1);
}

Status Writer::WriteRollups(OpenDay& day) {
  const std::int64_t due = options_.clock->MonotonicNow().count() - Nanos(kFlushInterval).count();
  const bool is_due = day.file->rollups().is_dirty() && day.rollups_dirty_at_ns <= due;
  if (!day.write_rollups && !is_due) return OkStatus();
  day.write_rollups = false;
  return day.file->WriteRollups();
}

// Turns go first: a child counts towards its turn only when that is known; then as they began.
Result<std::vector<DayFile::StoredSpanRow>> Writer::Recompute(OpenDay& day, LiveTrace& trace) {
  Result<std::vector<DayFile::StoredSpanRow>> spans = day.file->SpansOf(trace.row.place.key);
  if (!spans.ok()) return spans;
  std::sort(spans->begin(), spans->end(), [](const auto& a, const auto& b) { return RankOf(a) < RankOf(b); });
  trace.ResetNumbers();
  trace.hashes.clear();
  trace.has_all_hashes = spans->size() <= kMaxIdsPerLiveTrace;
  for (const DayFile::StoredSpanRow& span : *spans) {
    if (trace.hashes.size() >= kMaxIdsPerLiveTrace) break;
    trace.hashes.emplace(span.row.id, span.hash);
  }
  for (const DayFile::StoredSpanRow& span : *spans) trace.Apply(span.row.id, span.row.parent, span.row.facts);
  trace.rewrite_turns = true;
  trace.needs_recompute = false;
  return spans;
}

Status Writer::Recover(OpenDay& day) {
  const std::int64_t from = std::min(day.file->rows_upto(), day.file->rollups_upto()) + 1;
  const std::int64_t to = day.file->last_batch();
  if (from > to) return OkStatus();
  LogInfo("{}: recomputing rows of batches {} to {}", day.file->database().path(), from, to);
  for (std::int64_t batch = from; batch <= to; ++batch) {
    Status status = RecoverBatch(day, batch);
    if (!status.ok()) return std::move(status).Annotate("recovery");
  }
  return OkStatus();
}

Status Writer::RecoverBatch(OpenDay& day, std::int64_t batch) {
  Result<std::vector<std::int64_t>> keys = day.file->KeysOfBatch(batch);
  if (!keys.ok()) return std::move(keys).status();
  const std::int64_t now = options_.clock->WallNow().count();
  for (const std::int64_t key : *keys) {
    Result<std::optional<TraceRow>> row = day.file->TraceByKey(key);
    if (!row.ok()) return std::move(row).status();
    if (!*row) continue;  // deleted since
    Result<std::vector<DayFile::StoredSpanRow>> spans = day.file->SpansOf(key);
    if (!spans.ok()) return std::move(spans).status();
    std::erase_if(*spans, [batch](const auto& span) { return span.row.batch != batch; });
    for (const DayFile::StoredSpanRow& span : *spans) {
      if (batch <= day.file->rollups_upto() || span.series < 0) continue;
      if (Status status = day.file->rollups().Add(span.series, span.row.facts, now); !status.ok())
        return status;
    }
    if (batch <= day.file->rows_upto()) continue;
    if (Status status = RecoverRows(day, batch, **std::move(row), *std::move(spans)); !status.ok())
      return status;
  }
  return OkStatus();
}

// The row may hold any part of what came after the mark; numbers are computed anew
// and texts said again in the order in which they came, so both end right.
Status Writer::RecoverRows(OpenDay& day, std::int64_t batch, TraceRow row,
                           std::vector<DayFile::StoredSpanRow> spans) {
  const auto known = traces_.find({row.project, row.id});
  Result<LiveTrace*> trace =
      known != traces_.end() ? known->second.get() : LoadTrace(day, std::move(row), batch);
  if (!trace.ok()) return std::move(trace).status();
  if ((*trace)->dirty_since == 0) {
    (*trace)->dirty_since = batch;
    (*trace)->dirty_place = day.dirty.insert(day.dirty.end(), *trace);
  }
  (*trace)->rewrite_turns = true;
  (*trace)->keys_changed = true;
  std::sort(spans.begin(), spans.end(), [](const auto& a, const auto& b) {
    return std::tie(a.row.facts.start_ns, a.row.item) < std::tie(b.row.facts.start_ns, b.row.item);
  });
  for (const DayFile::StoredSpanRow& span : spans) {
    if (Status status = RecoverTexts(day, **trace, span); !status.ok()) return status;
  }
  return OkStatus();
}

Status Writer::RecoverTexts(OpenDay& day, LiveTrace& trace, const DayFile::StoredSpanRow& span) {
  const SpanFacts& facts = span.row.facts;
  const bool speaks = (facts.flags & (kFlagRoot | kFlagTraceUpdate)) != 0;
  if (!speaks && facts.stage != Stage::kStt && facts.stage != Stage::kTts) return OkStatus();
  Result<std::unique_ptr<StoredRecord>> stored = ReadRecord(day, trace.row.place.key, span.row);
  if (!stored.ok()) return std::move(stored).status();
  if ((*stored)->record) trace.MergeTexts(*(*stored)->record);
  return OkStatus();
}

Result<std::unique_ptr<Writer::StoredRecord>> Writer::ReadRecord(OpenDay& day, std::int64_t key,
                                                                 const SpanRow& row) {
  Result<SpanBody> body = day.file->bodies().Read(key, row);
  if (!body.ok()) return std::move(body).status();
  auto stored = std::make_unique<StoredRecord>();
  stored->body = *std::move(body);
  Result<otel::ResourceView> resource = stored->parser.ParseResource(stored->body.resource);
  Result<otel::ScopeView> scope = stored->parser.ParseScope(stored->body.scope);
  Result<otel::SpanView> view = stored->parser.ParseSpan(stored->body.span);
  if (!resource.ok() || !scope.ok() || !view.ok()) return Status::Malformed("stored span {:x}", row.id);
  mapper_.Use(*resource, *scope, *view);
  stored->record = MakeRecord(mapper_, *resource, *scope, *view);
  return stored;
}

// ---- caches ----

// What cannot be read cannot be written to: it is put aside, for whoever may mend it.
Result<std::unique_ptr<DayFile>> Writer::OpenFile(int number) {
  Result<std::unique_ptr<DayFile>> file = DayFile::Open(options_.folder, number);
  if (file.ok() || !options_.damage->Notes(number, file.status())) return file;
  if (Status status = PutAside(number); !status.ok()) return status;
  return DayFile::Open(options_.folder, number);
}

// Of a fault that SQLite found within a file while it was written to.
void Writer::PutAsideDamaged(const Status& fault) {
  if (fault.code() != StatusCode::kMalformed) return;
  for (const int number : ListDays(options_.folder)) {
    if (fault.message().find(DayPath(options_.folder, number) + ":") == std::string::npos) continue;
    options_.damage->Notes(number, fault);
    DropDay(number);
    if (Status status = PutAside(number); !status.ok()) LogError("store: {}", status.message());
  }
}

Status Writer::PutAside(int number) {
  const std::string path = DayPath(options_.folder, number);
  for (const char* part : {"-shm", "-wal", ""}) {
    std::error_code error;
    if (!std::filesystem::exists(path + part, error)) continue;
    std::filesystem::rename(path + part, path + ".damaged" + part, error);
    if (error) return Status::Unavailable("{}{}: cannot be put aside: {}", path, part, error.message());
  }
  LogError("store: {} is put aside as {}.damaged; a new file begins", path, path);
  // What is derived of it speaks of batches that are no more.
  for (const char* part : {"-shm", "-wal", ""}) {
    std::error_code error;
    std::filesystem::remove(TextPath(options_.folder, number) + part, error);
  }
  text_.Reopen(number);
  follower_.Push({.day = number, .batch = 0, .traces = {}, .is_gone = true});
  ++*options_.dropped_files;
  return OkStatus();
}

Result<Writer::OpenDay*> Writer::Day(int number) {
  if (const auto known = days_.find(number); known != days_.end()) {
    known->second.last_used = ++use_counter_;
    return &known->second;
  }
  Result<std::unique_ptr<DayFile>> file = OpenFile(number);
  if (!file.ok()) return std::move(file).status();
  OpenDay& day = days_[number];
  day.file = *std::move(file);
  day.last_used = ++use_counter_;
  if (Status status = Recover(day); !status.ok()) {
    DropDay(number);
    return status;
  }
  return &day;
}

int Writer::DayOf(std::int64_t start_ns) const {
  const std::int64_t now = options_.clock->WallNow().count();
  const bool sane = start_ns > now - kOldestNs && start_ns < now + kDayNs;
  return UtcDay(sane ? start_ns : now);
}

LiveTrace& Writer::Insert(std::unique_ptr<LiveTrace> trace) {
  LiveTrace& live = *trace;
  live.use_place = open_.recent.insert(open_.recent.begin(), &live);
  NoteUse(live);
  traces_.emplace(LiveKey{live.row.project, live.row.id}, std::move(trace));
  return live;
}

void Writer::NoteUse(LiveTrace& trace) {
  LiveTraces& from = ListOf(trace);
  from.bytes -= trace.counted_bytes;
  trace.is_ended = trace.row.complete;
  trace.counted_bytes = trace.bytes();
  LiveTraces& to = ListOf(trace);
  to.bytes += trace.counted_bytes;
  to.recent.splice(to.recent.begin(), from.recent, trace.use_place);
}

void Writer::Unlist(LiveTrace& trace) {
  LiveTraces& of = ListOf(trace);
  of.bytes -= trace.counted_bytes;
  of.recent.erase(trace.use_place);
}

Result<LiveTrace*> Writer::LoadTrace(OpenDay& day, TraceRow row, std::int64_t said_before) {
  auto trace = std::make_unique<LiveTrace>(row.project, row.id, row.place);
  trace->row = std::move(row);
  Result<std::vector<DayFile::StoredSpanRow>> spans = Recompute(day, *trace);
  if (!spans.ok()) return std::move(spans).status();
  for (const DayFile::StoredSpanRow& span : *spans) {
    if (span.row.batch < said_before) trace->NoteSaid(span.row.facts);
  }
  trace->rewrite_turns = false;
  trace->first_batch = 0;
  return &Insert(std::move(trace));
}

// After a failed commit a trace may be on disk, out of the cache and not yet in the
// index; then the open files themselves are asked, lest it begin anew in another.
Result<std::optional<int>> Writer::FindDayOf(ProjectKey project, const TraceId& id) {
  Result<std::optional<int>> indexed = index_->FindDay(project, id);
  if (!indexed.ok() || *indexed || !had_reset_) return indexed;
  for (const int number : ListDays(options_.folder)) {
    Result<OpenDay*> day = Day(number);
    if (!day.ok()) return std::move(day).status();
    Result<std::optional<TraceRow>> row = (*day)->file->FindTrace(project, id);
    if (!row.ok()) return std::move(row).status();
    if (*row) return std::optional(number);
  }
  return std::optional<int>();
}

Result<LiveTrace*> Writer::FindTrace(ProjectKey project, const SpanRecord& record) {
  if (const auto known = traces_.find({project, record.trace_id}); known != traces_.end()) {
    ++hits_;
    return known->second.get();
  }
  Result<std::optional<int>> stored = FindDayOf(project, record.trace_id);
  if (!stored.ok()) return std::move(stored).status();
  const int number = stored->value_or(DayOf(record.facts.start_ns));
  Result<OpenDay*> day = Day(number);
  if (!day.ok()) return std::move(day).status();
  // Opening the file may have recovered the trace.
  if (const auto known = traces_.find({project, record.trace_id}); known != traces_.end())
    return known->second.get();
  if (*stored) {
    Result<std::optional<TraceRow>> row = (*day)->file->FindTrace(project, record.trace_id);
    if (!row.ok()) return std::move(row).status();
    ++reloads_;
    if (*row) return LoadTrace(**day, **std::move(row));
  }
  auto trace =
      std::make_unique<LiveTrace>(project, record.trace_id, TracePlace{number, (*day)->file->NewTraceKey()});
  trace->row.environment = record.environment;
  if (!record.foreign_trace_id.empty()) trace->row.foreign_id = record.foreign_trace_id;
  trace->is_new = true;
  trace->first_batch = (*day)->file->open_batch();
  (*day)->fresh.push_back(trace.get());
  return &Insert(std::move(trace));
}

void Writer::DropDay(int number) {
  had_reset_ = true;
  std::erase_if(changed_, [number](const LiveTrace* trace) { return trace->row.place.day == number; });
  for (auto entry = traces_.begin(); entry != traces_.end();) {
    if (entry->second->row.place.day != number) {
      ++entry;
      continue;
    }
    Unlist(*entry->second);
    entry = traces_.erase(entry);
  }
  days_.erase(number);
}

// A day can go when its rows are written and the index has all of it.
void Writer::CloseIdleDay() {
  auto oldest = days_.end();
  for (auto day = days_.begin(); day != days_.end(); ++day) {
    const bool idle = day->second.dirty.empty() && !day->second.file->rollups().is_dirty() &&
                      follower_.applied(day->first) >= day->second.file->last_batch();
    if (idle && (oldest == days_.end() || day->second.last_used < oldest->second.last_used)) oldest = day;
  }
  if (oldest == days_.end()) return;
  const bool had_reset = had_reset_;
  DropDay(oldest->first);
  had_reset_ = had_reset;
}

void Writer::EvictFrom(LiveTraces& traces, std::size_t limit, int& steps) {
  for (auto place = traces.recent.end(); traces.bytes > limit && place != traces.recent.begin();) {
    if (++steps > kMaxEvictionSteps) return;
    --place;
    LiveTrace& trace = **place;
    // What a failed commit left untold is told with the next one.
    if (trace.dirty_since != 0 || trace.changed) continue;
    // Not in the index yet: its next span would begin a second copy of it.
    if (follower_.applied(trace.row.place.day) < trace.first_batch) continue;
    ++place;
    ++evictions_;
    Unlist(trace);
    traces_.erase({trace.row.project, trace.row.id});
  }
}

void Writer::Evict() {
  if (had_reset_ && follower_.queued() == 0) had_reset_ = false;
  const std::size_t limit = options_.live_trace_bytes;
  int steps = 0;
  EvictFrom(ended_, limit / kEndedTraceShare, steps);
  EvictFrom(open_, limit - std::min(limit, ended_.bytes), steps);
}

}  // namespace repartee::server
