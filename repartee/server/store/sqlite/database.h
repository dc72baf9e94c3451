// SQLite behind Status: a connection and its prepared statements. A fault names
// the file and what SQLite said; a full disk is ResourceExhausted.
//
// Thread: a connection and its statements belong to one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "repartee/base/status.h"

struct sqlite3;
struct sqlite3_stmt;

namespace repartee::server {

class Database;

// Bound by position from 1; texts and blobs must live until the next Reset.
class Statement {
 public:
  Statement() = default;
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  void Bind(int index, std::int64_t value);
  void BindText(int index, std::string_view text);
  void BindBlob(int index, std::string_view bytes);
  void BindReal(int index, double value);
  void BindNull(int index);
  // -1, "not known", is stored as null.
  void BindMeasure(int index, std::int64_t value);
  // As null if empty.
  void BindOptionalText(int index, std::string_view text);

  // True while there is a row; columns are good until the next Step or Reset.
  Result<bool> Step();
  // Runs to the end and resets; for statements without rows.
  Status Run();
  // Ready for the next use; bindings are kept until bound anew.
  void Reset();

  std::int64_t Integer(int column) const;
  double Real(int column) const;
  std::int64_t Measure(int column) const;  // null is -1
  std::string_view Text(int column) const;
  std::string_view Blob(int column) const;
  bool IsNull(int column) const;

 private:
  friend class Database;
  Statement(Database* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}

  Database* database_ = nullptr;  // outlives the statement
  sqlite3_stmt* statement_ = nullptr;
};

// Resets a statement when the block that reads it ends, so that no read stays open.
class StatementUse {
 public:
  explicit StatementUse(Statement& statement) : statement_(statement) {}
  ~StatementUse() { statement_.Reset(); }
  StatementUse(const StatementUse&) = delete;
  StatementUse& operator=(const StatementUse&) = delete;

 private:
  Statement& statement_;
};

// Calls `visit` at each row that is left. It returns nothing, or a Result<bool> whose
// false ends the run and whose fault ends it with that.
template <class Visit>
Status EachRow(Statement& statement, Visit&& visit) {
  while (true) {
    Result<bool> row = statement.Step();
    if (!row.ok()) return std::move(row).status();
    if (!*row) return OkStatus();
    if constexpr (std::is_void_v<decltype(visit())>) {
      visit();
    } else {
      Result<bool> more = visit();
      if (!more.ok()) return std::move(more).status();
      if (!*more) return OkStatus();
    }
  }
}

struct DatabaseOptions {
  bool read_only = false;
  bool create = true;
  bool sync_full = true;  // fdatasync at every commit; false: only at checkpoints
  int cache_kib = 16'384;
  // Of the write-ahead log: a commit above it moves the log into the file. 0: its owner does.
  std::size_t checkpoint_bytes = 4 << 20;
};

class Database {
 public:
  static Result<std::unique_ptr<Database>> Open(const std::string& path, DatabaseOptions options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Result<Statement> Prepare(std::string_view sql);
  using Prepared = std::pair<Statement*, std::string>;
  // Each statement from its text; a fault leaves the ones behind it as they were.
  Status PrepareAll(std::span<const Prepared> statements);
  // One or more statements without results.
  Status Execute(const std::string& sql);
  // Runs `schema` in one transaction if the file is new (user_version 0), and sets the
  // version; FailedPrecondition if the file's is higher.
  Status ApplySchema(std::string_view schema, int version);
  // `steps[n]` brings a file of version n to n + 1, each in a transaction of its own;
  // FailedPrecondition if the file's version is higher.
  Status Migrate(std::span<const char* const> steps);
  // Adds the column ("name TYPE") unless the table has it.
  Status AddColumn(std::string_view table, std::string_view column);
  // First column of the first row, or `fallback` if there is none.
  Result<std::int64_t> QueryInteger(std::string_view sql, std::int64_t fallback);

  enum class Checkpoint : unsigned char {
    kPassive,
    kRestart,
    kTruncate
  };
  Status RunCheckpoint(Checkpoint mode);
  // Bytes in the write-ahead log after this connection's last commit.
  std::size_t wal_bytes() const { return wal_bytes_; }

  std::int64_t last_insert_id() const;
  const std::string& path() const { return path_; }
  sqlite3* handle() const { return handle_; }
  // What SQLite says went wrong last.
  Status LastError(std::string_view doing) const;

 private:
  Database(std::string path, sqlite3* handle, std::size_t checkpoint_bytes)
      : path_(std::move(path)), handle_(handle), checkpoint_bytes_(checkpoint_bytes) {}
  static int OnWalCommit(void* database, sqlite3*, const char*, int pages);

  std::string path_;
  sqlite3* handle_;
  const std::size_t checkpoint_bytes_;
  std::size_t wal_bytes_ = 0;
};

}  // namespace repartee::server
