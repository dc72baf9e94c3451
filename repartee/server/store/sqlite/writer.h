// Writer: the one thread that writes day files. It takes all waiting requests, up
// to a limit, applies their spans to the live traces, commits, and only then
// answers; a failed commit answers every request of the group with the reason.
//
// Rows of traces and turns are kept in memory and written within a second. A mark
// in the day file says up to which batch they are; opening a file recomputes the
// rest from its spans and blocks, after a crash as after a failed commit.
//
// Thread: Append, health and stats from any thread; all else is the writer's.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/server/store/sqlite/day_file.h"
#include "repartee/server/store/sqlite/follower.h"
#include "repartee/server/store/sqlite/live_trace.h"
#include "repartee/server/store/sqlite/text_feeder.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

struct WriterOptions {
  std::string folder;
  MappingOptions mapping;
  std::size_t live_trace_bytes = 0;
  const Clock* clock = nullptr;  // outlives the writer
  // Told each time a day's file is deleted; outlives the writer.
  std::atomic<std::uint64_t>* dropped_files = nullptr;
  DamageLog* damage = nullptr;  // outlives the writer
  std::vector<int> lagging;     // days whose rows a crash left behind
};

class Writer {
 public:
  // `follower` and `text` are borrowed and outlive the writer's thread; `index` is this
  // writer's own connection.
  Writer(WriterOptions options, Follower& follower, TextFeeder& text, std::unique_ptr<IndexFile> index);
  ~Writer();

  Status Append(SpanBatch batch, Store::AppendDone done);
  Status Admits(std::size_t bytes) const;
  void Watch(Store::CommitListener listener);
  // Runs `job` on the writer's thread, between two commits. ResourceExhausted when too
  // many wait, Unavailable when stopping.
  Status Post(UniqueFunction<void()> job);

  // ---- jobs (writer_delete.cc) ----
  // All of a trace that is there; OK for one that is not.
  Status DeleteTraces(ProjectKey project, const std::vector<TraceId>& ids);
  // Empties what these blocks have of traces that were deleted.
  Status EmptyBlocks(int day, const std::vector<std::int64_t>& batches, const std::set<std::int64_t>& keys);
  // Nothing of them is left but room.
  Status FinishRemoval(int day, const std::set<std::int64_t>& keys);
  // Deletes what no rule keeps: files whole, else a bounded number of traces. True if more is left.
  Result<bool> Retain(const std::vector<KeptDays>& rules);

  Status health() const;
  StoreStats stats() const;
  void Stop();

 private:
  struct Pending {
    SpanBatch batch;
    std::vector<PreparedSpan> prepared;
    Store::AppendDone done;
    AppendOutcome outcome;
    std::size_t bytes = 0;
  };
  struct OpenDay {
    std::unique_ptr<DayFile> file;
    std::list<LiveTrace*> dirty;           // oldest first
    std::vector<LiveTrace*> fresh;         // first seen in this transaction
    std::vector<LiveTrace*> urgent;        // to be written with this commit
    std::vector<LiveTrace*> recompute;     // a span of theirs was replaced
    std::int64_t rollups_dirty_at_ns = 0;  // monotonic; of the oldest change that is not written
    bool write_rollups = false;            // with this commit: a span was replaced
    std::uint64_t last_used = 0;
    std::size_t checkpoint_asked_at = 0;  // size of the log when the follower was asked last
  };
  struct LiveKey {
    ProjectKey project;
    TraceId id;
    friend bool operator==(const LiveKey&, const LiveKey&) = default;
  };
  // Live traces by when they were used last.
  struct LiveTraces {
    std::list<LiveTrace*> recent;  // most recent first
    std::size_t bytes = 0;
  };
  struct HashOfLiveKey {
    std::size_t operator()(const LiveKey& key) const noexcept {
      return std::hash<TraceId>()(key.id) ^ static_cast<std::size_t>(key.project);
    }
  };

  // ---- the thread (writer.cc) ----
  void Run();
  void RecoverLagging();
  void RunJob();
  Status AdmitsLocked(std::size_t bytes) const;  // mutex_ held
  std::vector<Pending> TakeGroup();
  void CommitGroup(std::vector<Pending>& group);
  Status ApplyGroup(std::vector<Pending>& group);
  Status ApplyBatch(Pending& pending);
  Status CommitDays();
  void AfterCommit();
  void NoteChange(LiveTrace& trace, std::size_t spans);
  void TellChanges();
  bool FlushDue() const;
  void SetHealth(const Status& status);

  // ---- one span (writer.cc) ----
  Status AddSpan(OpenDay& day, LiveTrace& trace, const SpanRecord& record, const PreparedSpan& prepared,
                 AppendOutcome& outcome);
  Result<std::optional<DayFile::StoredSpanRow>> FindStored(OpenDay& day, LiveTrace& trace, SpanId id);
  void MarkDirty(OpenDay& day, LiveTrace& trace);
  Status CountSpan(OpenDay& day, const DayFile::StoredSpanRow* replaced, std::int64_t series,
                   const SpanFacts& facts);

  // ---- rows (writer_rows.cc) ----
  Status WriteRows(OpenDay& day);
  Status WriteTraceRows(OpenDay& day, LiveTrace& trace);
  Status WriteRollups(OpenDay& day);
  // Gives the spans that the trace has.
  Result<std::vector<DayFile::StoredSpanRow>> Recompute(OpenDay& day, LiveTrace& trace);
  Status Recover(OpenDay& day);
  Status RecoverBatch(OpenDay& day, std::int64_t batch);
  Status RecoverRows(OpenDay& day, std::int64_t batch, TraceRow row,
                     std::vector<DayFile::StoredSpanRow> spans);
  Status RecoverTexts(OpenDay& day, LiveTrace& trace, const DayFile::StoredSpanRow& span);

  // A stored span as it came. The record's views are good until the next one is read.
  struct StoredRecord {
    SpanBody body;
    otel::SpanParser parser;
    std::optional<SpanRecord> record;  // nothing if its ids are not well made
  };
  Result<std::unique_ptr<StoredRecord>> ReadRecord(OpenDay& day, std::int64_t key, const SpanRow& row);

  // ---- files of the first versions (writer_old.cc) ----
  void CompleteOldDays(bool is_idle);
  Result<bool> CompleteSome(int number);
  Status CompleteBatch(OpenDay& day, std::int64_t batch);
  Status CountOld(OpenDay& day, const DayFile::StoredSpanRow& span, const SpanRecord& record);
  Status MakeWordsAnew(int number);

  // ---- deletion (writer_delete.cc) ----
  Status CommitAlone(OpenDay& day, Status status);
  Status DeleteFrom(OpenDay& day, ProjectKey project, const std::vector<TraceId>& ids);
  Status DeleteTrace(OpenDay& day, const TraceRow& row);
  void Forget(OpenDay& day, LiveTrace& trace);
  Status PruneMinutes();
  Result<bool> RetainDay(int number, const std::vector<KeptDays>& rules);
  Status DropFile(int number);

  // ---- caches (writer_rows.cc) ----
  Result<OpenDay*> Day(int day);
  Result<std::unique_ptr<DayFile>> OpenFile(int number);
  void PutAsideDamaged(const Status& fault);
  Status PutAside(int number);
  Result<LiveTrace*> FindTrace(ProjectKey project, const SpanRecord& record);
  Result<std::optional<int>> FindDayOf(ProjectKey project, const TraceId& id);
  // `said_before`: what spans of this batch and of later ones say of it is said again.
  Result<LiveTrace*> LoadTrace(OpenDay& day, TraceRow row, std::int64_t said_before = INT64_MAX);
  LiveTrace& Insert(std::unique_ptr<LiveTrace> trace);
  // Moves it to the front of those that it belongs to by now, with the bytes that it has now.
  void NoteUse(LiveTrace& trace);
  void Unlist(LiveTrace& trace);
  LiveTraces& ListOf(const LiveTrace& trace) { return trace.is_ended ? ended_ : open_; }
  int DayOf(std::int64_t start_ns) const;
  void DropDay(int day);
  void CloseIdleDay();
  void Evict();
  void EvictFrom(LiveTraces& traces, std::size_t limit, int& steps);

  const WriterOptions options_;
  Follower& follower_;
  TextFeeder& text_;
  const std::unique_ptr<IndexFile> index_;
  SpanMapper mapper_;

  std::map<int, OpenDay> days_;
  std::unordered_map<LiveKey, std::unique_ptr<LiveTrace>, HashOfLiveKey> traces_;
  LiveTraces open_;
  LiveTraces ended_;                 // their roots have come, so that few spans are still to come
  std::vector<LiveTrace*> changed_;  // since the last commit that succeeded
  std::uint64_t use_counter_ = 0;
  std::set<int> left_for_later_;  // days with blocks that could not be emptied
  std::vector<int> old_days_;     // not looked at yet whether they lack anything; the newest last
  int groups_since_old_ = 0;
  bool had_reset_ = false;  // traces were dropped before the index may have had them

  std::mutex listener_mutex_;
  Store::CommitListener listener_;  // guarded by listener_mutex_

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Pending> queue_;     // guarded by mutex_; bounded by kMaxQueuedBatches and kMaxQueuedBytes
  std::size_t queued_bytes_ = 0;  // guarded by mutex_
  std::deque<UniqueFunction<void()>> jobs_;  // guarded by mutex_; at most kMaxQueuedJobs
  bool stopping_ = false;                    // guarded by mutex_
  Status health_;                            // guarded by mutex_
  std::atomic<std::uint64_t> commits_{0}, spans_{0}, hits_{0}, reloads_{0}, evictions_{0};
  std::atomic<std::int64_t> last_commit_ns_{0};
  std::thread thread_;  // last: runs on the members above
};

}  // namespace repartee::server
