#include "repartee/server/store/sqlite/index_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "repartee/base/log.h"
#include "repartee/server/store/sqlite/day_file.h"
#include "repartee/server/store/sqlite/schema.h"

namespace repartee::server {
namespace {

// Rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) {}
  ~Transaction() {
    if (open_ && !database_.Execute("ROLLBACK").ok()) LogDebug("{}: nothing to roll back", database_.path());
  }
  Status Begin() {
    Status status = database_.Execute("BEGIN IMMEDIATE");
    open_ = status.ok();
    return status;
  }
  Status Commit() {
    Status status = database_.Execute("COMMIT");
    if (status.ok()) open_ = false;
    return status;
  }

 private:
  Database& database_;
  bool open_ = false;
};

}  // namespace

std::vector<int> ListDays(const std::string& folder) {
  std::vector<int> days;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.size() != 15 || !name.starts_with("day-") || !name.ends_with(".db")) continue;
    int day = 0;
    const auto [end, fault] = std::from_chars(name.data() + 4, name.data() + 12, day);
    if (fault == std::errc() && end == name.data() + 12) days.push_back(day);
  }
  std::sort(days.rbegin(), days.rend());
  return days;
}

Result<std::unique_ptr<IndexFile>> IndexFile::Open(const std::string& folder, bool read_only) {
  const DatabaseOptions options{
      .read_only = read_only, .sync_full = false, .cache_kib = 8'192, .checkpoint_bytes = 0};
  Result<std::unique_ptr<Database>> database = Database::Open(folder + "/index.db", options);
  if (!database.ok()) return std::move(database).status();
  std::unique_ptr<IndexFile> file(new IndexFile(*std::move(database)));
  if (!read_only) {
    if (Status status = file->database_->ApplySchema(kIndexSchema, kIndexVersion); !status.ok())
      return status;
  }
  const Database::Prepared statements[] = {
      {&file->find_, "SELECT day FROM trace WHERE trace_id=? AND project=?"},
      {&file->insert_, "INSERT OR IGNORE INTO trace(trace_id,project,day) VALUES(?,?,?)"},
      {&file->mark_, "INSERT OR REPLACE INTO mark VALUES(?,?)"},
  };
  // The look-up alone for who reads.
  const std::span<const Database::Prepared> wanted(statements);
  Status status = file->database_->PrepareAll(read_only ? wanted.first(1) : wanted);
  if (!status.ok()) return status;
  return file;
}

Status IndexFile::Apply(std::span<const IndexUpdate> updates) {
  Transaction transaction(*database_);
  if (Status status = transaction.Begin(); !status.ok()) return status;
  for (const IndexUpdate& update : updates) {
    if (update.is_gone) {
      Status status = database_->Execute(
          fmt::format("DELETE FROM trace WHERE day={0};DELETE FROM mark WHERE day={0};", update.day));
      if (!status.ok()) return status;
      continue;
    }
    for (const IndexEntry& entry : update.traces) {
      const std::string bytes = entry.id.Bytes();
      insert_.BindBlob(1, bytes);
      insert_.Bind(2, entry.project);
      insert_.Bind(3, update.day);
      if (Status status = insert_.Run(); !status.ok()) return status;
    }
    mark_.Bind(1, update.day);
    mark_.Bind(2, update.batch);
    if (Status status = mark_.Run(); !status.ok()) return status;
  }
  if (Status status = transaction.Commit(); !status.ok()) return status;
  // Written by this thread alone and small, so it can checkpoint itself.
  if (database_->wal_bytes() > (4u << 20)) return database_->RunCheckpoint(Database::Checkpoint::kRestart);
  return OkStatus();
}

Status IndexFile::CatchUpDay(const std::string& folder, int day, CaughtUp& found) {
  Result<std::unique_ptr<DayFile>> file = DayFile::Open(folder, day);
  if (!file.ok()) return std::move(file).status();
  Result<std::int64_t> mark =
      database_->QueryInteger(fmt::format("SELECT batch FROM mark WHERE day={}", day), 0);
  if (!mark.ok()) return std::move(mark).status();
  IndexUpdate update{.day = day, .batch = (*file)->last_batch(), .traces = {}};
  found.applied[day] = update.batch;
  if (std::min((*file)->rows_upto(), (*file)->rollups_upto()) < update.batch) found.lagging.push_back(day);
  for (std::int64_t batch = *mark + 1; batch <= update.batch; ++batch) {
    Result<std::vector<std::int64_t>> keys = (*file)->KeysOfBatch(batch);
    if (!keys.ok()) return std::move(keys).status();
    for (const std::int64_t key : *keys) {
      Result<std::optional<TraceRow>> row = (*file)->TraceByKey(key);
      if (!row.ok()) return std::move(row).status();
      if (*row) update.traces.push_back({(*row)->project, (*row)->id});
    }
    // A whole day may be missing: go in steps.
    if (update.traces.size() < 50'000) continue;
    const IndexUpdate part{.day = day, .batch = batch, .traces = std::move(update.traces)};
    if (Status status = Apply({&part, 1}); !status.ok()) return status;
    update.traces.clear();
  }
  if (*mark == update.batch) return OkStatus();
  return Apply({&update, 1});
}

Result<IndexFile::CaughtUp> IndexFile::CatchUp(const std::string& folder, DamageLog& damage) {
  CaughtUp found;
  for (const int day : ListDays(folder)) {
    Status status = CatchUpDay(folder, day, found);
    if (!status.ok() && damage.Notes(day, status)) continue;
    if (!status.ok()) return std::move(status).Annotate("index.db");
  }
  return found;
}

Result<std::optional<int>> IndexFile::FindDay(ProjectKey project, const TraceId& id) {
  const StatementUse use(find_);
  const std::string bytes = id.Bytes();
  find_.BindBlob(1, bytes);
  find_.Bind(2, project);
  Result<bool> row = find_.Step();
  if (!row.ok()) return std::move(row).status();
  if (!*row) return std::optional<int>();
  return std::optional(static_cast<int>(find_.Integer(0)));
}

}  // namespace repartee::server
