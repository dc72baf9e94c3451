#include "repartee/server/store/sqlite/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

namespace repartee::server {

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  if (this == &other) return *this;
  sqlite3_finalize(statement_);
  database_ = other.database_;
  statement_ = std::exchange(other.statement_, nullptr);
  return *this;
}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::Bind(int index, std::int64_t value) { sqlite3_bind_int64(statement_, index, value); }

void Statement::BindText(int index, std::string_view text) {
  const char* data = text.data() != nullptr ? text.data() : "";
  sqlite3_bind_text64(statement_, index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void Statement::BindBlob(int index, std::string_view bytes) {
  const char* data = bytes.data() != nullptr ? bytes.data() : "";
  sqlite3_bind_blob64(statement_, index, data, bytes.size(), SQLITE_STATIC);
}

void Statement::BindReal(int index, double value) { sqlite3_bind_double(statement_, index, value); }
void Statement::BindNull(int index) { sqlite3_bind_null(statement_, index); }

void Statement::BindMeasure(int index, std::int64_t value) {
  if (value < 0) return BindNull(index);
  Bind(index, value);
}

void Statement::BindOptionalText(int index, std::string_view text) {
  if (text.empty()) return BindNull(index);
  BindText(index, text);
}

Result<bool> Statement::Step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Status status = database_->LastError(sqlite3_sql(statement_));
  sqlite3_reset(statement_);
  return status;
}

Status Statement::Run() {
  Result<bool> row = Step();
  if (!row.ok()) return std::move(row).status();
  sqlite3_reset(statement_);
  return OkStatus();
}

void Statement::Reset() { sqlite3_reset(statement_); }

double Statement::Real(int column) const { return sqlite3_column_double(statement_, column); }
std::int64_t Statement::Integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::int64_t Statement::Measure(int column) const { return IsNull(column) ? -1 : Integer(column); }

std::string_view Statement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string_view Statement::Blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Statement::IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

namespace {

// How long a connection waits for another's lock; only checkpoints and recovery take any.
constexpr int kBusyMs = 5'000;
constexpr int kCheckpointBusyMs = 100;
constexpr int kPageBytes = 8'192;

// Also when the shared memory file of a log, which cannot grow, hides the cause.
bool IsDiskFull(int sqlite_code) {
  return (sqlite_code & 0xff) == SQLITE_FULL || sqlite_code == SQLITE_IOERR_SHMSIZE;
}

StatusCode CodeOf(int sqlite_code) {
  if (IsDiskFull(sqlite_code)) return StatusCode::kResourceExhausted;
  switch (sqlite_code & 0xff) {
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_READONLY: return StatusCode::kUnavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return StatusCode::kMalformed;
    default: return StatusCode::kInternal;
  }
}

}  // namespace

Result<std::unique_ptr<Database>> Database::Open(const std::string& path, DatabaseOptions options) {
  int flags = SQLITE_OPEN_NOMUTEX | (options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
  if (!options.read_only && options.create) flags |= SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<Database> database(new Database(path, handle, options.checkpoint_bytes));
  if (code != SQLITE_OK)
    return Status(CodeOf(code), fmt::format("{}: cannot open: {}", path, sqlite3_errstr(code)));
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMs);
  std::string setup = fmt::format("PRAGMA cache_size=-{};", options.cache_kib);
  if (!options.read_only) {
    // Page size and vacuum count only before the first table; for checkpoints see OnWalCommit.
    setup += fmt::format(
        "PRAGMA page_size={}; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA "
        "wal_autocheckpoint=0; PRAGMA synchronous={};",
        kPageBytes, options.sync_full ? "FULL" : "NORMAL");
  }
  if (Status status = database->Execute(setup); !status.ok()) return status;
  // After the pragma above, which takes the hook away.
  sqlite3_wal_hook(handle, &Database::OnWalCommit, database.get());
  return database;
}

Database::~Database() { sqlite3_close_v2(handle_); }

Result<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return LastError(sql);
  return Statement(this, statement);
}

Status Database::PrepareAll(std::span<const Prepared> statements) {
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = Prepare(sql);
    if (!prepared.ok()) return std::move(prepared).status();
    *statement = *std::move(prepared);
  }
  return OkStatus();
}

Status Database::Execute(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return OkStatus();
  return LastError(sql);
}

Status Database::ApplySchema(std::string_view schema, int version) {
  const Result<std::int64_t> found = QueryInteger("PRAGMA user_version", 0);
  if (!found.ok()) return found.status();
  if (*found > version) {
    return Status::FailedPrecondition("{} was written by a newer version of this program", path_);
  }
  if (*found == version) return OkStatus();
  return Execute(fmt::format("BEGIN IMMEDIATE;{}PRAGMA user_version={};COMMIT;", schema, version));
}

Status Database::Migrate(std::span<const char* const> steps) {
  const Result<std::int64_t> found = QueryInteger("PRAGMA user_version", 0);
  if (!found.ok()) return found.status();
  const auto wanted = static_cast<std::int64_t>(steps.size());
  if (*found > wanted) {
    return Status::FailedPrecondition("{} was written by a newer version of this program", path_);
  }
  for (std::int64_t version = *found; version < wanted; ++version) {
    const char* const step = steps[static_cast<std::size_t>(version)];
    Status status =
        Execute(fmt::format("BEGIN IMMEDIATE;{}PRAGMA user_version={};COMMIT;", step, version + 1));
    if (!status.ok()) return std::move(status).Annotate("version {}", version + 1);
  }
  return OkStatus();
}

Status Database::AddColumn(std::string_view table, std::string_view column) {
  const std::string_view name = column.substr(0, column.find(' '));
  const Result<std::int64_t> count = QueryInteger(
      fmt::format("SELECT count(*) FROM pragma_table_info('{}') WHERE name='{}'", table, name), 0);
  if (!count.ok()) return count.status();
  if (*count > 0) return OkStatus();
  return Execute(fmt::format("ALTER TABLE {} ADD COLUMN {}", table, column));
}

Result<std::int64_t> Database::QueryInteger(std::string_view sql, std::int64_t fallback) {
  Result<Statement> statement = Prepare(sql);
  if (!statement.ok()) return std::move(statement).status();
  Result<bool> row = statement->Step();
  if (!row.ok()) return std::move(row).status();
  return *row && !statement->IsNull(0) ? statement->Integer(0) : fallback;
}

Status Database::RunCheckpoint(Checkpoint mode) {
  constexpr int kModes[] = {SQLITE_CHECKPOINT_PASSIVE, SQLITE_CHECKPOINT_RESTART, SQLITE_CHECKPOINT_TRUNCATE};
  // A reader in the way must not hold the writer up for long.
  sqlite3_busy_timeout(handle_, kCheckpointBusyMs);
  const int code =
      sqlite3_wal_checkpoint_v2(handle_, nullptr, kModes[static_cast<int>(mode)], nullptr, nullptr);
  sqlite3_busy_timeout(handle_, kBusyMs);
  // Busy: a reader is in the way; the next checkpoint gets further.
  if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED) return OkStatus();
  return LastError("checkpoint");
}

int Database::OnWalCommit(void* database, sqlite3*, const char*, int pages) {
  auto* const self = static_cast<Database*>(database);
  self->wal_bytes_ = static_cast<std::size_t>(pages) * kPageBytes;
  if (self->checkpoint_bytes_ == 0 || self->wal_bytes_ < self->checkpoint_bytes_) return SQLITE_OK;
  // Once all of it is in the file the next commit begins the log anew. The commit itself has
  // succeeded whatever becomes of this; what fails now is tried again behind the next one.
  sqlite3_wal_checkpoint_v2(self->handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  return SQLITE_OK;
}

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_); }

Status Database::LastError(std::string_view doing) const {
  const int code = sqlite3_extended_errcode(handle_);
  if (IsDiskFull(code)) {
    return {CodeOf(code),
            fmt::format("{}: the disk is full: free some space there; what was acknowledged is kept", path_)};
  }
  return {CodeOf(code), fmt::format("{}: {} (SQLite {}) at: {}", path_, sqlite3_errmsg(handle_), code,
                                    doing.substr(0, 80))};
}

}  // namespace repartee::server
