#include "repartee/server/store/sqlite/writer.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "repartee/base/log.h"
#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

std::size_t BytesOf(const SpanBatch& batch) {
  std::size_t bytes = batch.body.size() + batch.spans.size() * 600;
  for (const std::string& span : batch.made_spans) bytes += span.size();
  return bytes;
}

std::int64_t Monotonic(const Clock& clock) { return clock.MonotonicNow().count(); }

}  // namespace

Writer::Writer(WriterOptions options, Follower& follower, TextFeeder& text, std::unique_ptr<IndexFile> index)
    : options_(std::move(options)),
      follower_(follower),
      text_(text),
      index_(std::move(index)),
      mapper_(options_.mapping),
      thread_([this] { Run(); }) {}

Writer::~Writer() { Stop(); }

void Writer::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Writer::Watch(Store::CommitListener listener) {
  const std::lock_guard lock(listener_mutex_);
  listener_ = std::move(listener);
}

void Writer::NoteChange(LiveTrace& trace, std::size_t spans) {
  trace.new_spans += spans;
  if (std::exchange(trace.changed, true)) return;
  changed_.push_back(&trace);
}

void Writer::TellChanges() {
  std::vector<TraceChange> changes;
  changes.reserve(changed_.size());
  for (LiveTrace* trace : changed_) {
    changes.push_back({trace->row.project, trace->row.id, trace->new_spans, trace->row.complete});
    trace->changed = false;
    trace->new_spans = 0;
  }
  changed_.clear();
  const std::lock_guard lock(listener_mutex_);
  if (listener_ && !changes.empty()) listener_(changes);
}

Status Writer::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

StoreStats Writer::stats() const {
  return {.commits = commits_,
          .spans = spans_,
          .cache_hits = hits_,
          .cache_reloads = reloads_,
          .cache_evictions = evictions_,
          .index_backlog = follower_.queued(),
          .last_commit_ns = last_commit_ns_};
}

void Writer::SetHealth(const Status& status) {
  const std::lock_guard lock(mutex_);
  const bool was_ok = health_.ok();
  if (!status.ok() && (was_ok || health_.message() != status.message()))
    LogError("store: {}", status.message());
  if (status.ok() && !was_ok) LogWarning("store: writing again");
  health_ = status;
}

Status Writer::AdmitsLocked(std::size_t bytes) const {
  if (stopping_) return Status::Unavailable("the server is stopping");
  const bool full = queue_.size() >= kMaxQueuedBatches || queued_bytes_ + bytes > kMaxQueuedBytes;
  if (full) return Status::ResourceExhausted("the queue before the store is full, try again");
  if (follower_.queued() > kMaxQueuedIndexEntries)
    return Status::ResourceExhausted("the trace index lags, try again");
  return OkStatus();
}

Status Writer::Admits(std::size_t bytes) const {
  const std::lock_guard lock(mutex_);
  return AdmitsLocked(bytes);
}

Status Writer::Append(SpanBatch batch, Store::AppendDone done) {
  Pending pending;
  pending.bytes = BytesOf(batch);
  {
    const std::lock_guard lock(mutex_);
    if (Status status = AdmitsLocked(pending.bytes); !status.ok()) return status;
    queued_bytes_ += pending.bytes;
  }
  pending.prepared.reserve(batch.spans.size());
  for (const SpanRecord& record : batch.spans) pending.prepared.push_back(PrepareSpan(record));
  pending.batch = std::move(batch);
  pending.done = std::move(done);
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return Status::Unavailable("the server is stopping");
    queue_.push_back(std::move(pending));
  }
  wake_.notify_one();
  return OkStatus();
}

Status Writer::Post(UniqueFunction<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return Status::Unavailable("the server is stopping");
    if (jobs_.size() >= kMaxQueuedJobs)
      return Status::ResourceExhausted("too many deletions wait, try again");
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return OkStatus();
}

void Writer::RunJob() {
  UniqueFunction<void()> job;
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.empty()) return;
    job = std::move(jobs_.front());
    jobs_.pop_front();
  }
  job();
}

bool Writer::FlushDue() const {
  const std::int64_t now = Monotonic(*options_.clock);
  const std::int64_t due = now - Nanos(kFlushInterval).count();
  return std::any_of(days_.begin(), days_.end(), [due](const auto& entry) {
    const OpenDay& day = entry.second;
    return (!day.dirty.empty() && day.dirty.front()->dirty_at_ns <= due) ||
           (day.file->rollups().is_dirty() && day.rollups_dirty_at_ns <= due);
  });
}

std::vector<Writer::Pending> Writer::TakeGroup() {
  std::vector<Pending> group;
  std::unique_lock lock(mutex_);
  const auto longest = old_days_.empty() ? kFlushInterval / 2 : kOldBatchPause;
  wake_.wait_for(lock, longest, [this] { return stopping_ || !queue_.empty() || !jobs_.empty(); });
  std::size_t spans = 0;
  while (!queue_.empty() && spans < kMaxSpansPerCommit) {
    spans += queue_.front().batch.spans.size();
    queued_bytes_ -= queue_.front().bytes;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return group;
}

// Lists and figures of a day must end right though no span comes for it any more.
void Writer::RecoverLagging() {
  for (const int number : options_.lagging) {
    const Result<OpenDay*> day = Day(number);
    if (!day.ok()) LogError("store: {}", day.status().message());
  }
}

void Writer::Run() {
  RecoverLagging();
  old_days_ = ListDays(options_.folder);
  std::reverse(old_days_.begin(), old_days_.end());
  while (true) {
    std::vector<Pending> group = TakeGroup();
    if (!group.empty() || FlushDue()) CommitGroup(group);
    RunJob();
    CompleteOldDays(group.empty());
    const std::lock_guard lock(mutex_);
    if (stopping_ && queue_.empty() && jobs_.empty()) break;
  }
  // What is only in memory would be recomputed at the next start; writing it now saves that.
  for (auto& [number, day] : days_) {
    for (LiveTrace* trace : day.dirty) trace->dirty_at_ns = 0;
    day.rollups_dirty_at_ns = 0;
  }
  std::vector<Pending> none;
  while (FlushDue()) {
    CommitGroup(none);
    if (!health().ok()) return;
  }
}

void Writer::CommitGroup(std::vector<Pending>& group) {
  Status status = ApplyGroup(group);
  if (status.ok()) status = CommitDays();
  if (!status.ok()) {
    std::vector<int> broken;
    for (const auto& [number, day] : days_) {
      if (day.file->in_transaction() || !day.fresh.empty()) broken.push_back(number);
    }
    for (const int number : broken) DropDay(number);
    PutAsideDamaged(status);
  }
  SetHealth(status);
  for (Pending& pending : group) {
    if (status.ok()) {
      pending.done(pending.outcome);
    } else {
      pending.done(status);
    }
  }
  if (status.ok()) TellChanges();
  AfterCommit();
}

Status Writer::ApplyGroup(std::vector<Pending>& group) {
  for (Pending& pending : group) {
    if (Status status = ApplyBatch(pending); !status.ok()) return status;
  }
  const bool flush = FlushDue();
  for (auto& [number, day] : days_) {
    const bool has_changes = !day.dirty.empty() || day.file->rollups().is_dirty();
    if (!day.file->in_transaction() && !(flush && has_changes)) continue;
    if (Status status = day.file->Begin(); !status.ok()) return status;
    if (Status status = WriteRows(day); !status.ok()) return status;
  }
  return OkStatus();
}

// Within a request spans speak for their trace in order of their start.
Status Writer::ApplyBatch(Pending& pending) {
  std::vector<std::size_t> order(pending.batch.spans.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const std::vector<SpanRecord>& spans = pending.batch.spans;
  std::sort(order.begin(), order.end(), [&spans](std::size_t a, std::size_t b) {
    return std::tie(spans[a].facts.start_ns, a) < std::tie(spans[b].facts.start_ns, b);
  });
  for (const std::size_t i : order) {
    Result<LiveTrace*> trace = FindTrace(pending.batch.project, spans[i]);
    if (!trace.ok()) return std::move(trace).status();
    Result<OpenDay*> day = Day((*trace)->row.place.day);
    if (!day.ok()) return std::move(day).status();
    if (Status status = (*day)->file->Begin(); !status.ok()) return status;
    Status status = AddSpan(**day, **trace, spans[i], pending.prepared[i], pending.outcome);
    if (!status.ok()) return status;
    NoteUse(**trace);
  }
  spans_ += spans.size();
  return OkStatus();
}

Status Writer::CommitDays() {
  for (auto& [number, day] : days_) {
    if (!day.file->in_transaction()) continue;
    IndexUpdate update{.day = number, .batch = 0, .traces = {}};
    for (const LiveTrace* trace : day.fresh) update.traces.push_back({trace->row.project, trace->row.id});
    if (Status status = day.file->Commit(); !status.ok()) return status;
    day.fresh.clear();
    update.batch = day.file->last_batch();
    follower_.Push(std::move(update));
    text_.Notify(number);
    ++commits_;
    last_commit_ns_ = options_.clock->WallNow().count();
  }
  return OkStatus();
}

void Writer::AfterCommit() {
  for (auto& [number, day] : days_) {
    const std::size_t log = day.file->database().wal_bytes();
    if (log < day.checkpoint_asked_at) day.checkpoint_asked_at = 0;
    if (log >= kRestartCheckpointBytes) {
      const Status status = day.file->database().RunCheckpoint(Database::Checkpoint::kRestart);
      if (!status.ok()) LogWarning("{}", status.message());
    } else if (log >= day.checkpoint_asked_at + kPassiveCheckpointBytes) {
      day.checkpoint_asked_at = log;
      follower_.RequestCheckpoint(number);
    }
  }
  Evict();
  if (days_.size() > kMaxOpenDays) CloseIdleDay();
}

Result<std::optional<DayFile::StoredSpanRow>> Writer::FindStored(OpenDay& day, LiveTrace& trace, SpanId id) {
  if (trace.has_all_hashes && !trace.hashes.contains(id)) return std::optional<DayFile::StoredSpanRow>();
  return day.file->FindSpan(trace.row.place.key, id);
}

namespace {

// The later end wins, and a span sent at its start loses against any that has ended.
bool Replaces(const SpanFacts& incoming, const SpanFacts& stored) {
  const bool incoming_provisional = (incoming.flags & kFlagProvisional) != 0;
  const bool stored_provisional = (stored.flags & kFlagProvisional) != 0;
  if (incoming_provisional != stored_provisional) return stored_provisional;
  if ((incoming.flags & kFlagMerged) != 0) return true;
  return incoming.end_ns >= stored.end_ns;
}

}  // namespace

Status Writer::AddSpan(OpenDay& day, LiveTrace& trace, const SpanRecord& record, const PreparedSpan& prepared,
                       AppendOutcome& outcome) {
  const auto known = trace.hashes.find(record.span_id);
  if (known != trace.hashes.end() && known->second == prepared.content_hash) {
    ++outcome.unchanged;
    return OkStatus();
  }
  Result<std::optional<DayFile::StoredSpanRow>> stored = FindStored(day, trace, record.span_id);
  if (!stored.ok()) return std::move(stored).status();
  if (*stored && (*stored)->hash == prepared.content_hash) {
    ++outcome.unchanged;
    return OkStatus();
  }
  if (*stored && !Replaces(record.facts, (*stored)->row.facts)) {
    ++outcome.outdated;
    return OkStatus();
  }
  const bool counted = *stored && ((*stored)->row.facts.flags & kFlagProvisional) == 0;
  std::optional<TextPlace> replaced;
  if (counted) replaced = {(*stored)->row.batch, static_cast<std::uint32_t>((*stored)->row.item)};
  Result<std::int64_t> series = day.file->rollups().SeriesId(trace.row.project, record);
  if (!series.ok()) return std::move(series).status();
  Status written = day.file->WriteSpan(trace, record, prepared, replaced, *series);
  if (written.ok()) written = CountSpan(day, counted ? &**stored : nullptr, *series, record.facts);
  if (!written.ok()) return written;
  if (known != trace.hashes.end() || trace.hashes.size() < kMaxIdsPerLiveTrace) {
    trace.hashes[record.span_id] = prepared.content_hash;
  } else {
    trace.has_all_hashes = false;
  }
  ++(*stored ? outcome.replaced : outcome.added);
  const std::int64_t start = trace.row.start_ns;
  if (counted && !trace.needs_recompute) {
    trace.needs_recompute = true;
    day.recompute.push_back(&trace);
  }
  if (!counted) trace.Apply(record.span_id, record.parent_id, record.facts);
  trace.MergeTexts(record);
  NoteChange(trace, 1);
  trace.row.last_update_ns = options_.clock->WallNow().count();
  trace.keys_changed = trace.keys_changed || record.fields != nullptr || trace.row.start_ns != start;
  MarkDirty(day, trace);
  // Lists show a call under its name as soon as its root is there.
  const bool urgent = counted || (record.facts.flags & kFlagRoot) != 0;
  if (urgent && !trace.urgent && !trace.is_new) {
    trace.urgent = true;
    day.urgent.push_back(&trace);
  }
  return OkStatus();
}

// After a crash the spans of later batches are added to the written roll-ups; what a
// replaced span had added can be taken out only now, so both are written together.
Status Writer::CountSpan(OpenDay& day, const DayFile::StoredSpanRow* replaced, std::int64_t series,
                         const SpanFacts& facts) {
  RollupCache& rollups = day.file->rollups();
  if (!rollups.is_dirty()) day.rollups_dirty_at_ns = Monotonic(*options_.clock);
  const std::int64_t now = options_.clock->WallNow().count();
  if (replaced != nullptr && replaced->series >= 0) {
    if (Status status = rollups.Remove(replaced->series, replaced->row.facts, now); !status.ok())
      return status;
    day.write_rollups = true;
  }
  return rollups.Add(series, facts, now);
}

void Writer::MarkDirty(OpenDay& day, LiveTrace& trace) {
  if (trace.is_new || trace.dirty_since != 0) return;
  trace.dirty_since = day.file->open_batch();
  trace.dirty_at_ns = Monotonic(*options_.clock);
  trace.dirty_place = day.dirty.insert(day.dirty.end(), &trace);
}

}  // namespace repartee::server
