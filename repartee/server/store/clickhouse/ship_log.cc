#include "repartee/server/store/clickhouse/ship_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "repartee/base/log.h"
#include "repartee/server/model/hash.h"
#include "repartee/server/store/clickhouse/row_binary.h"

namespace repartee::server::clickhouse {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".ship";
constexpr std::size_t kRecordHead = 12;
constexpr std::size_t kBodyHead = 8;

std::string Reason() { return std::generic_category().message(errno); }

Status DiskFault(const std::string& what) {
  // A disk without room says so, as the bound does: whoever sends waits.
  const StatusCode code =
      errno == ENOSPC || errno == EDQUOT ? StatusCode::kResourceExhausted : StatusCode::kUnavailable;
  return {code, fmt::format("{}: {}", what, Reason())};
}

Status WriteAll(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return DiskFault("the log before ClickHouse cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  if (fdatasync(file) != 0) return DiskFault("the log before ClickHouse cannot be written");
  return OkStatus();
}

// The file's name must be on the disk before its rows are called so.
Status SyncFolder(const std::string& folder) {
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return DiskFault(folder);
  const bool synced = fsync(file) == 0;
  Status status = synced ? OkStatus() : DiskFault(folder);
  close(file);
  return status;
}

Result<std::string> ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.good() && !file.eof()) return Status::Unavailable("{}: cannot be read", path);
  return bytes;
}

// The number of "00000000000000000007.ship"; nothing of another name.
std::optional<std::uint64_t> NumberOf(const std::string& name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  std::uint64_t number = 0;
  const char* const end = name.data() + name.size() - kSuffix.size();
  const auto [at, error] = std::from_chars(name.data(), end, number);
  if (error != std::errc() || at != end || number == 0) return std::nullopt;
  return number;
}

// The rows of one body are added; false if it is none.
bool AddBody(std::string_view body, ShipRows& rows) {
  RowReader reader(body);
  const std::uint32_t spans = reader.TakeUInt32();
  const std::uint32_t span_bytes = reader.TakeUInt32();
  if (!reader.status().ok() || span_bytes > body.size() - kBodyHead) return false;
  rows.spans += spans;
  rows.span_rows += body.substr(kBodyHead, span_bytes);
  rows.day_rows += body.substr(kBodyHead + span_bytes);
  return true;
}

}  // namespace

std::string EncodeShipRecord(const ShipRows& rows) {
  RowWriter body;
  body.AddUInt32(rows.spans);
  body.AddUInt32(static_cast<std::uint32_t>(rows.span_rows.size()));
  body.AddFixedString(rows.span_rows);
  body.AddFixedString(rows.day_rows);
  RowWriter record;
  record.AddUInt32(static_cast<std::uint32_t>(body.bytes().size()));
  record.AddUInt64(Hash64(body.bytes(), 0));
  record.AddFixedString(body.bytes());
  return std::move(record).TakeBytes();
}

Result<ParsedSegment> ParseSegment(std::string_view bytes) {
  if (!bytes.starts_with(kSegmentStart)) return Status::Malformed("does not begin as a segment does");
  ParsedSegment segment{.rows = {}, .whole_bytes = kSegmentStart.size()};
  while (segment.whole_bytes < bytes.size()) {
    RowReader record(bytes.substr(segment.whole_bytes));
    const std::uint32_t size = record.TakeUInt32();
    const std::uint64_t hash = record.TakeUInt64();
    const std::string_view body = record.TakeFixedString(size);
    if (!record.status().ok() || Hash64(body, 0) != hash || !AddBody(body, segment.rows)) return segment;
    segment.whole_bytes += kRecordHead + size;
  }
  return segment;
}

Result<std::unique_ptr<ShipLog>> ShipLog::Open(ShipLogOptions options) {
  std::error_code error;
  if (fs::create_directories(options.folder, error))
    fs::permissions(options.folder, fs::perms::owner_all, error);
  if (error || access(options.folder.c_str(), R_OK | W_OK | X_OK) != 0)
    return Status::Unavailable("the log before ClickHouse, {}: {}", options.folder,
                               error ? error.message() : Reason());
  std::unique_ptr<ShipLog> log(new ShipLog(std::move(options)));
  if (Status status = log->Load(); !status.ok()) return status;
  return log;
}

ShipLog::~ShipLog() {
  if (file_ >= 0) close(file_);
}

std::string ShipLog::PathOf(std::uint64_t number) const {
  return fmt::format("{}/{:020}{}", options_.folder, number, kSuffix);
}

Status ShipLog::Load() {
  std::error_code error;
  for (fs::directory_iterator at(options_.folder, error), end; !error && at != end; at.increment(error)) {
    const std::optional<std::uint64_t> number = NumberOf(at->path().filename().string());
    std::error_code gone;
    const std::uintmax_t size = at->file_size(gone);
    if (!number || gone) continue;
    closed_.insert(*number);
    bytes_ += size;
  }
  if (error) return Status::Unavailable("{}: {}", options_.folder, error.message());
  if (closed_.empty()) return OkStatus();
  next_ = *closed_.rbegin() + 1;
  return MendLast(*closed_.rbegin());
}

Status ShipLog::MendLast(std::uint64_t number) {
  const std::string path = PathOf(number);
  const Result<std::string> bytes = ReadWhole(path);
  if (!bytes.ok()) return bytes.status();
  const Result<ParsedSegment> segment = ParseSegment(*bytes);
  const std::size_t whole = segment.ok() ? segment->whole_bytes : 0;
  if (whole == bytes->size()) return OkStatus();
  // Not even the first line: the crash came before anything was acknowledged. A longer one is damaged, and
  // kept.
  if (!segment.ok() && !kSegmentStart.starts_with(*bytes)) return OkStatus();
  LogInfo("{}: the last {} bytes were never acknowledged and are cut off", path, bytes->size() - whole);
  std::error_code error;
  if (segment.ok()) {
    fs::resize_file(path, whole, error);
  } else {
    fs::remove(path, error);
    closed_.erase(number);
  }
  if (error) return Status::Unavailable("{}: {}", path, error.message());
  bytes_ -= bytes->size() - whole;
  return OkStatus();
}

Status ShipLog::AdmitsLocked(std::size_t bytes) const {
  if (bytes_ + bytes <= options_.max_bytes) return OkStatus();
  return Status::ResourceExhausted(
      "the log before ClickHouse is full ({} of {} bytes wait to be stored there), try again", bytes_,
      options_.max_bytes);
}

Status ShipLog::Admits(std::size_t bytes) const {
  const std::lock_guard lock(mutex_);
  return AdmitsLocked(bytes);
}

Status ShipLog::OpenSegment() {
  const std::string path = PathOf(next_);
  file_ = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file_ < 0) return DiskFault(path);
  ++next_;
  bytes_ += kSegmentStart.size();
  open_bytes_ = kSegmentStart.size();
  Status status = WriteAll(file_, kSegmentStart);
  if (status.ok()) status = SyncFolder(options_.folder);
  if (status.ok()) return status;
  // Nothing is in it yet.
  close(std::exchange(file_, -1));
  unlink(path.c_str());
  bytes_ -= std::exchange(open_bytes_, 0);
  return status;
}

Status ShipLog::Append(const std::vector<ShipRows>& group) {
  std::string records;
  std::uint32_t spans = 0;
  for (const ShipRows& rows : group) {
    records += EncodeShipRecord(rows);
    spans += rows.spans;
  }
  const std::lock_guard lock(mutex_);
  if (Status status = AdmitsLocked(records.size()); !status.ok()) return status;
  if (file_ < 0) {
    if (Status status = OpenSegment(); !status.ok()) return status;
  }
  const std::uint64_t before = open_bytes_;
  Status status = WriteAll(file_, records);
  if (status.ok()) {
    open_bytes_ += records.size();
    open_spans_ += spans;
    bytes_ += records.size();
    if (open_bytes_ >= options_.segment_bytes) CloseLocked();
    return status;
  }
  // What was half written must not stand before what comes later. A file that did not sync is not trusted
  // with more, either.
  if (ftruncate(file_, static_cast<off_t>(before)) != 0) damaged_.insert(next_ - 1);
  CloseLocked();
  return status;
}

void ShipLog::CloseLocked() {
  if (file_ < 0) return;
  close(std::exchange(file_, -1));
  closed_.insert(next_ - 1);
  open_spans_ = 0;
  open_bytes_ = 0;
}

void ShipLog::CloseSegment() {
  const std::lock_guard lock(mutex_);
  CloseLocked();
}

std::uint32_t ShipLog::open_spans() const {
  const std::lock_guard lock(mutex_);
  return open_spans_;
}

std::uint64_t ShipLog::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::optional<std::uint64_t> ShipLog::Next(std::uint64_t after) const {
  const std::lock_guard lock(mutex_);
  const auto next = closed_.upper_bound(after);
  if (next == closed_.end()) return std::nullopt;
  return *next;
}

Result<ShipRows> ShipLog::Read(std::uint64_t number) {
  const std::string path = PathOf(number);
  const Result<std::string> bytes = ReadWhole(path);
  if (!bytes.ok()) return bytes.status();
  Result<ParsedSegment> segment = ParseSegment(*bytes);
  const std::size_t whole = segment.ok() ? segment->whole_bytes : 0;
  if (whole != bytes->size()) {
    LogError("{}: damaged at byte {} of {}: what stands there is not stored; the file is kept", path, whole,
             bytes->size());
    const std::lock_guard lock(mutex_);
    damaged_.insert(number);
  }
  if (!segment.ok()) return ShipRows{};
  return std::move(segment->rows);
}

Status ShipLog::Remove(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const std::string path = PathOf(number);
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (!error && damaged_.contains(number)) {
    fs::rename(path, path + ".damaged", error);
  } else if (!error) {
    fs::remove(path, error);
  }
  if (error) return Status::Unavailable("{}: {}", path, error.message());
  closed_.erase(number);
  damaged_.erase(number);
  bytes_ -= std::min<std::uint64_t>(bytes_, size);
  return OkStatus();
}

}  // namespace repartee::server::clickhouse
