#include "repartee/server/store/sqlite/backup.h"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <vector>

#include "repartee/server/store/sqlite/database.h"

namespace repartee::server {
namespace {

namespace fs = std::filesystem;

constexpr char kPartial[] = ".partial";
constexpr char kMedia[] = "media";
constexpr char kUnfinished[] = ".part";  // of an upload

struct CloseDatabase {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
using Handle = std::unique_ptr<sqlite3, CloseDatabase>;

// Derived files first, then what people and programs said, the days last.
int RankOf(const std::string& name) {
  if (name.starts_with("text-") || name == "index.db") return 0;
  return name.starts_with("day-") ? 2 : 1;
}

Result<std::vector<std::string>> DatabasesIn(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".db") names.push_back(entry.path().filename().string());
  }
  if (error) return Status::NotFound("{}: {}", folder, error.message());
  if (std::find(names.begin(), names.end(), "meta.db") == names.end())
    return Status::NotFound("{} is no data folder: it has no meta.db", folder);
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return std::pair(RankOf(a), a) < std::pair(RankOf(b), b);
  });
  return names;
}

Status CopyDatabase(const std::string& from, const std::string& to) {
  Result<std::unique_ptr<Database>> source = Database::Open(from, {.read_only = true, .create = false});
  if (!source.ok()) return std::move(source).status();
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(to.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  const Handle target(opened);
  if (code != SQLITE_OK) return Status::Unavailable("{}: {}", to, sqlite3_errstr(code));
  sqlite3_backup* backup = sqlite3_backup_init(target.get(), "main", (*source)->handle(), "main");
  if (backup == nullptr) return Status::Unavailable("{}: {}", to, sqlite3_errmsg(target.get()));
  // All pages in one read, so the copy is one state of the file.
  const int copied = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (copied == SQLITE_DONE && finished == SQLITE_OK) return OkStatus();
  return Status::Unavailable("{}: {}", from, sqlite3_errstr(finished != SQLITE_OK ? finished : copied));
}

// A trace may go with its media meanwhile; what is still being uploaded is not here yet.
Status CopyMedia(const fs::path& from, const fs::path& to) {
  std::error_code error;
  std::error_code ignored;
  fs::create_directories(to, error);
  fs::recursive_directory_iterator files(from, error);
  for (const auto end = fs::end(files); !error && files != end; files.increment(error)) {
    const fs::path copy = to / files->path().lexically_relative(from);
    if (files->is_directory(error)) {
      fs::create_directories(copy, error);
    } else if (!error && files->path().extension() != kUnfinished) {
      fs::copy_file(files->path(), copy, error);
    }
    if (error == std::errc::no_such_file_or_directory && !fs::exists(files->path(), ignored)) error.clear();
    if (error) return Status::Unavailable("{}: {}", files->path().string(), error.message());
  }
  return error ? Status::Unavailable("{}: {}", from.string(), error.message()) : OkStatus();
}

Status CopyAll(const std::string& from, const std::string& to, const BackupProgress& progress,
               BackupReport& report) {
  Result<std::vector<std::string>> names = DatabasesIn(from);
  if (!names.ok()) return std::move(names).status();
  std::error_code error;
  fs::create_directories(to, error);
  if (error) return Status::Unavailable("{}: {}", to, error.message());
  for (const std::string& name : *names) {
    progress(name);
    const std::string source = from + "/" + name;
    const std::string copy = to + "/" + name;
    Status status = CopyDatabase(source, copy);
    // A day past its retention may go meanwhile.
    if (!status.ok() && !fs::exists(source)) continue;
    if (!status.ok()) return status;
    ++report.files;
    report.bytes += static_cast<std::int64_t>(fs::file_size(copy, error));
  }
  if (!fs::exists(from + "/" + kMedia)) return OkStatus();
  progress(kMedia);
  return CopyMedia(from + "/" + kMedia, to + "/" + kMedia);
}

}  // namespace

Result<BackupReport> BackUp(const std::string& from, const std::string& to, const BackupProgress& progress) {
  std::error_code error;
  if (fs::exists(to) && !fs::is_empty(to, error))
    return Status::AlreadyExists("{} is there and not empty: give a new folder", to);
  const std::string partial = to + kPartial;
  fs::remove_all(partial, error);
  BackupReport report;
  if (Status status = CopyAll(from, partial, progress, report); !status.ok()) {
    fs::remove_all(partial, error);
    return status;
  }
  fs::remove(to, error);
  fs::rename(partial, to, error);
  if (error) return Status::Unavailable("{}: {}", to, error.message());
  return report;
}

}  // namespace repartee::server
