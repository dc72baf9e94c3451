#include "repartee/server/store/sqlite/sqlite_store.h"

#include <atomic>

#include "repartee/base/log.h"
#include "repartee/server/model/time.h"
#include "repartee/server/store/reader_pool.h"
#include "repartee/server/store/sqlite/folder_lock.h"
#include "repartee/server/store/sqlite/follower.h"
#include "repartee/server/store/sqlite/reader.h"
#include "repartee/server/store/sqlite/score_file.h"
#include "repartee/server/store/sqlite/writer.h"

namespace repartee::server {
namespace {

class SqliteStore final : public Store {
 public:
  ~SqliteStore() override { Stop(); }

  Status Start(SqliteStoreOptions options) {
    Result<std::unique_ptr<FolderLock>> lock = FolderLock::Take(options.folder);
    if (!lock.ok()) return std::move(lock).status();
    lock_ = *std::move(lock);
    Result<std::unique_ptr<IndexFile>> index = IndexFile::Open(options.folder, false);
    if (!index.ok()) return std::move(index).status();
    Result<IndexFile::CaughtUp> caught_up = (*index)->CatchUp(options.folder, damage_);
    if (!caught_up.ok()) return std::move(caught_up).status();
    Result<std::unique_ptr<IndexFile>> writers_index = IndexFile::Open(options.folder, true);
    if (!writers_index.ok()) return std::move(writers_index).status();
    text_ = std::make_unique<TextFeeder>(options.folder);
    follower_ = std::make_unique<Follower>(options.folder, *std::move(index), std::move(caught_up->applied));
    writer_ = std::make_unique<Writer>(WriterOptions{.folder = options.folder,
                                                     .mapping = options.mapping,
                                                     .live_trace_bytes = options.live_trace_bytes,
                                                     .clock = options.clock,
                                                     .dropped_files = &dropped_files_,
                                                     .damage = &damage_,
                                                     .lagging = std::move(caught_up->lagging)},
                                       *follower_, *text_, *std::move(writers_index));
    damage_.set_on_text_damage([this](int day) { text_->Renew(day); });
    text_->Start(
        [this](int day, std::vector<std::int64_t> batches, const std::set<std::int64_t>& keys) {
          return RemoveBodies(day, std::move(batches), keys);
        },
        [this] { ++dropped_files_; });
    Result<std::unique_ptr<ScoreFile>> scores = ScoreFile::Open(options.folder, false);
    if (!scores.ok()) return std::move(scores).status();
    scores_ = std::make_unique<ScoreWriter>(*std::move(scores), *options.clock);
    return StartReaders(options);
  }

  Status Append(SpanBatch batch, AppendDone done) override {
    return writer_->Append(std::move(batch), std::move(done));
  }
  Status Admits(std::size_t bytes) const override { return writer_->Admits(bytes); }
  Status Read(ReadJob job) override { return readers_.Push(std::move(job)); }
  Status WriteScores(std::vector<ScoreRow> scores, Done done) override {
    return scores_->Push(std::move(scores), std::move(done));
  }
  Status DeleteScore(ProjectKey project, std::string id, Done done) override {
    return scores_->Push(ScoreDeletion{.project = project, .id = std::move(id)}, std::move(done));
  }
  Status DeleteTraces(ProjectKey project, std::vector<std::string> ids, Done done) override {
    return writer_->Post([this, project, ids = std::move(ids), done = std::move(done)]() mutable {
      std::vector<TraceId> numbers;
      for (const std::string& id : ids) numbers.push_back(TraceIdFromText(id));
      Status status = writer_->DeleteTraces(project, numbers);
      if (!status.ok()) return done(std::move(status));
      scores_->DeleteOfTraces(project, std::move(ids), std::move(done));
    });
  }
  Status Retain(std::vector<KeptDays> rules) override {
    return writer_->Post([this, rules = std::move(rules)]() mutable {
      const Result<bool> more = writer_->Retain(rules);
      if (!more.ok()) return LogError("retention: {}", more.status().message());
      // In steps, so that commits go on in between.
      if (*more) {
        if (!Retain(std::move(rules)).ok()) LogDebug("retention goes on later");
        return;
      }
      for (const KeptDays& rule : rules) {
        const std::int64_t before_ns = AttachedBefore(rule.first_day);
        Status taken = scores_->Push(ScoreDeletion{.project = rule.project, .before_ns = before_ns},
                                     [](const Status&) {});
        if (!taken.ok()) return LogDebug("retention of scores goes on later: {}", taken.message());
      }
    });
  }
  void Watch(CommitListener listener) override { writer_->Watch(std::move(listener)); }
  Status Health() const override { return writer_->health(); }
  StoreStats stats() const override {
    StoreStats stats = writer_->stats();
    stats.damaged_days = damage_.days();
    return stats;
  }

  void Stop() override {
    readers_.Stop();
    if (scores_) scores_->Stop();
    // Before the writer, which does what the feeder asks for deleted traces.
    if (text_) text_->Stop();
    if (writer_) writer_->Stop();
  }

 private:
  Status StartReaders(const SqliteStoreOptions& options) {
    for (int i = 0; i < options.reader_threads; ++i) {
      Result<std::unique_ptr<Reader>> reader = Reader::Open(options.folder, damage_, *options.clock);
      if (!reader.ok()) return std::move(reader).status();
      readers_.AddThread([this, r = *std::move(reader)](ReadJob job) {
        r->CloseDropped(dropped_files_);
        job(*r);
      });
    }
    return OkStatus();
  }

  // Blocks are rewritten by the writer, some at a time; what a stop leaves, the next start does.
  Status RemoveBodies(int day, std::vector<std::int64_t> batches, const std::set<std::int64_t>& keys) {
    return writer_->Post([this, day, batches = std::move(batches), keys] {
      const Status status =
          batches.empty() ? writer_->FinishRemoval(day, keys) : writer_->EmptyBlocks(day, batches, keys);
      if (!status.ok()) LogError("deletion: {}", status.message());
    });
  }

  std::unique_ptr<FolderLock> lock_;  // first in, last out
  std::atomic<std::uint64_t> dropped_files_{0};
  DamageLog damage_;
  // Of all that have a file open the one that writes it goes last: SQLite then empties its log.
  std::unique_ptr<Follower> follower_;
  std::unique_ptr<TextFeeder> text_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<ScoreWriter> scores_;
  ReaderPool readers_;
};

}  // namespace

Result<std::unique_ptr<Store>> OpenSqliteStore(SqliteStoreOptions options) {
  auto store = std::make_unique<SqliteStore>();
  if (Status status = store->Start(std::move(options)); !status.ok()) return status;
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace repartee::server
