#include "repartee/server/store/clickhouse/clickhouse_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "repartee/base/log.h"
#include "repartee/server/model/time.h"
#include "repartee/server/store/clickhouse/committer.h"
#include "repartee/server/store/clickhouse/reader.h"
#include "repartee/server/store/clickhouse/schema.h"
#include "repartee/server/store/clickhouse/shipper.h"
#include "repartee/server/store/reader_pool.h"
#include "repartee/server/store/sqlite/folder_lock.h"

namespace repartee::server::clickhouse {
namespace {

// How long a deletion waits for what was acknowledged before it to be sent.
constexpr std::chrono::seconds kFlushBeforeDeletion{10};

// A server that is away is waited for, another one or other tables are not.
Status CheckServer(Client& client) {
  Status status = CheckTables(client);
  if (status.code() != StatusCode::kUnavailable) return status;
  LogWarning("store: {}; spans wait in the log for it", status.message());
  return OkStatus();
}

class Node final : public ClickHouseStore {
 public:
  ~Node() override { Stop(); }

  Status Start(ClickHouseStoreOptions options) {
    options_ = std::move(options);
    Result<std::unique_ptr<FolderLock>> lock = FolderLock::Take(options_.folder);
    if (!lock.ok()) return std::move(lock).status();
    lock_ = *std::move(lock);
    Client client(options_.address);
    if (Status status = CheckServer(client); !status.ok()) return status;
    Result<std::unique_ptr<ShipLog>> log =
        ShipLog::Open({.folder = options_.folder + "/ship", .max_bytes = options_.max_log_bytes});
    if (!log.ok()) return std::move(log).status();
    log_ = *std::move(log);
    time_ = std::make_unique<RisingTime>(*options_.clock);
    ShipperOptions shipping;
    shipping.address = options_.address;
    shipping.settle_after = options_.settle_after;
    shipping.block_age = options_.block_age;
    shipping.on_change = [this](std::span<const TraceChange> changes) { Tell(changes); };
    shipper_ = std::make_unique<Shipper>(*log_, *time_, std::move(shipping));
    committer_ = std::make_unique<Committer>(*log_, *options_.clock, [this] {
      if (log_->open_spans() >= kSpansPerBlock) shipper_->Notify();
    });
    Result<std::unique_ptr<ScoreFile>> scores = ScoreFile::Open(options_.folder, false);
    if (!scores.ok()) return std::move(scores).status();
    scores_ = std::make_unique<ScoreWriter>(*std::move(scores), *options_.clock);
    return StartReaders();
  }

  Status Append(SpanBatch batch, AppendDone done) override {
    const bool is_merged = std::any_of(batch.spans.begin(), batch.spans.end(), [](const SpanRecord& record) {
      return (record.facts.flags & kFlagMerged) != 0;
    });
    ShipRows rows = MakeShipRows(batch, time_->Take(static_cast<std::int64_t>(batch.spans.size())));
    if (is_merged) done = AfterShipping(std::move(done));
    return committer_->Push(std::move(rows), std::move(done));
  }
  Status Admits(std::size_t bytes) const override { return committer_->Admits(bytes); }
  Status Read(ReadJob job) override { return readers_.Push(std::move(job)); }

  Status WriteScores(std::vector<ScoreRow> scores, Done done) override {
    return scores_->Push(std::move(scores), std::move(done));
  }
  Status DeleteScore(ProjectKey project, std::string id, Done done) override {
    return scores_->Push(ScoreDeletion{.project = project, .id = std::move(id)}, std::move(done));
  }
  Status DeleteTraces(ProjectKey project, std::vector<std::string> ids, Done done) override {
    return deletions_.Push([this, project, ids = std::move(ids), done = std::move(done)](
                               StoreReader&) mutable { done(DeleteNow(project, std::move(ids))); });
  }
  Status Retain(std::vector<KeptDays> rules) override {
    return deletions_.Push([this, rules = std::move(rules)](StoreReader&) {
      const Status status = RetainNow(rules);
      if (!status.ok()) LogError("retention: {}", status.message());
    });
  }

  void Watch(CommitListener listener) override {
    const std::lock_guard lock(listener_mutex_);
    listener_ = std::move(listener);
  }
  // A server that is away is no reason to refuse spans.
  Status Health() const override { return committer_->health(); }
  StoreStats stats() const override {
    StoreStats stats;
    stats.commits = committer_->commits();
    stats.spans = committer_->spans();
    stats.last_commit_ns = committer_->last_commit_ns();
    return stats;
  }
  Status Flush(std::chrono::milliseconds limit) override { return shipper_->Drain(limit); }

  void Stop() override {
    readers_.Stop();
    deletions_.Stop();
    if (scores_) scores_->Stop();
    // Answers that wait for a block come from the shipper, and what it sends from the committer.
    if (committer_) committer_->Stop();
    if (shipper_) shipper_->Stop();
  }

 private:
  Status StartReaders() {
    for (int i = 0; i <= options_.reader_threads; ++i) {
      Result<std::unique_ptr<ScoreFile>> scores = ScoreFile::Open(options_.folder, true);
      if (!scores.ok()) return std::move(scores).status();
      auto reader = std::make_unique<Reader>(options_.address, *std::move(scores));
      // One thread deletes, so that a deletion holds up no question.
      ReaderPool& pool = i == 0 ? deletions_ : readers_;
      pool.AddThread([r = std::move(reader)](ReadJob job) { job(*r); });
    }
    return OkStatus();
  }

  // What is made of several events is read again before the next one is added to it: its answer waits until
  // it can be.
  AppendDone AfterShipping(AppendDone done) {
    return [this, done = std::move(done)](Result<AppendOutcome> outcome) mutable {
      if (!outcome.ok()) return done(std::move(outcome));
      shipper_->AfterRound([done = std::move(done), outcome = *outcome](Status status) mutable {
        done(status.ok() ? Result<AppendOutcome>(outcome)
                         : Result<AppendOutcome>(Status::Unavailable("{}", status.message())));
      });
    };
  }

  Status DeleteNow(ProjectKey project, std::vector<std::string> ids) {
    if (Status status = shipper_->Drain(kFlushBeforeDeletion); !status.ok()) return status;
    std::vector<TraceId> numbers;
    for (const std::string& id : ids) numbers.push_back(TraceIdFromText(id));
    Client client(options_.address);
    Status status = EndTraces(client, project, numbers, *time_);
    for (std::string& id : ids) {
      if (!status.ok()) break;
      status =
          scores_->Push(ScoreDeletion{.project = project, .trace_id = std::move(id)}, [](const Status&) {});
    }
    return status;
  }

  Status RetainNow(const std::vector<KeptDays>& rules) {
    Client client(options_.address);
    for (const KeptDays& rule : rules) {
      if (Status status = RemoveBefore(client, rule.project, rule.first_day); !status.ok()) return status;
      Status taken =
          scores_->Push(ScoreDeletion{.project = rule.project, .before_ns = AttachedBefore(rule.first_day)},
                        [](const Status&) {});
      if (!taken.ok()) return taken;
    }
    return OkStatus();
  }

  void Tell(std::span<const TraceChange> changes) {
    const std::lock_guard lock(listener_mutex_);
    if (listener_) listener_(changes);
  }

  ClickHouseStoreOptions options_;
  std::unique_ptr<FolderLock> lock_;  // first in, last out
  std::mutex listener_mutex_;
  CommitListener listener_;  // guarded by listener_mutex_
  std::unique_ptr<RisingTime> time_;
  std::unique_ptr<ShipLog> log_;
  std::unique_ptr<Shipper> shipper_;
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<ScoreWriter> scores_;
  ReaderPool readers_;
  ReaderPool deletions_;
};

}  // namespace

Result<std::unique_ptr<ClickHouseStore>> OpenClickHouseStore(ClickHouseStoreOptions options) {
  auto store = std::make_unique<Node>();
  if (Status status = store->Start(std::move(options)); !status.ok()) return status;
  return std::unique_ptr<ClickHouseStore>(std::move(store));
}

}  // namespace repartee::server::clickhouse
