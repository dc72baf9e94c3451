#include "repartee/otel/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "repartee/base/clock.h"
#include "repartee/base/log.h"

namespace repartee::otel {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "repartee-spool 1 ";
constexpr std::string_view kSuffix = ".spans";
constexpr std::string_view kPartial = ".partial";
constexpr std::size_t kMaxHeaderBytes = 64;
constexpr std::size_t kMaxFileBytes = (64 << 20) + kMaxHeaderBytes;  // a request of OTLP's size
constexpr std::size_t kMaxFiles = 10'000;
// What a killed process left half written is older than any write takes.
constexpr std::chrono::minutes kPartialAge{1};

std::string Reason() { return std::generic_category().message(errno); }

std::uint32_t Crc(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

template <class Number>
bool TakeNumber(std::string_view& text, char end, int base, Number& number) {
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || at == text.data() + text.size() || *at != end) return false;
  text.remove_prefix(static_cast<std::size_t>(at - text.data()) + 1);
  return true;
}

Status WriteAll(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Status::Unavailable("cannot be written: {}", Reason());
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  if (fdatasync(file) != 0) return Status::Unavailable("cannot be written: {}", Reason());
  return OkStatus();
}

void SyncDirectory(const std::string& directory) {
  const int file = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  fsync(file);  // if that fails the file is there all the same, unless the machine fails too
  close(file);
}

}  // namespace

std::string EncodeSpoolFile(const SpooledBatch& batch) {
  return fmt::format("{}{} {:08x}\n", kMagic, batch.spans, Crc(batch.body)) + batch.body;
}

Result<SpooledBatch> ParseSpoolFile(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) return Status::Malformed("it does not begin as a spool file does");
  bytes.remove_prefix(kMagic.size());
  SpooledBatch batch;
  std::uint32_t crc = 0;
  if (!TakeNumber(bytes, ' ', 10, batch.spans) || batch.spans < 0 || !TakeNumber(bytes, '\n', 16, crc))
    return Status::Malformed("its first line is damaged");
  if (crc != Crc(bytes))
    return Status::Malformed("its {} bytes are not those that were written", bytes.size());
  batch.body = bytes;
  return batch;
}

Spool::Spool(std::string directory, std::uint64_t max_bytes)
    : directory_(std::move(directory)), max_bytes_(max_bytes) {}

Spool::~Spool() { PutBack(); }

Result<std::unique_ptr<Spool>> Spool::Open(std::string directory, std::uint64_t max_bytes) {
  std::error_code error;
  if (fs::create_directories(directory, error)) fs::permissions(directory, fs::perms::owner_all, error);
  if (access(directory.c_str(), R_OK | W_OK | X_OK) != 0)
    return Status::Unavailable("spool directory {}: {}", directory, error ? error.message() : Reason());
  std::unique_ptr<Spool> spool(new Spool(std::move(directory), max_bytes));
  const auto old = fs::file_time_type::clock::now() - kPartialAge;
  for (fs::directory_iterator at(spool->directory_, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    if (at->path().extension() == kPartial && at->last_write_time(gone) < old && !gone)
      fs::remove(at->path(), gone);
  }
  return spool;
}

Status Spool::CheckRoom(std::size_t bytes) const {
  std::error_code error;
  std::uint64_t used = bytes;
  std::size_t files = 1;
  for (fs::directory_iterator at(directory_, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    const std::uintmax_t size = at->file_size(gone);
    if (gone) continue;
    used += size;
    ++files;
  }
  if (used > max_bytes_ || files > kMaxFiles)
    return Status::ResourceExhausted("the spool {} is full ({} of {} bytes, {} files)", directory_,
                                     used - bytes, max_bytes_, files - 1);
  return OkStatus();
}

Status Spool::Add(const SpooledBatch& batch) {
  const std::string bytes = EncodeSpoolFile(batch);
  if (Status status = CheckRoom(bytes.size()); !status.ok()) return status;
  return Write(bytes).status();
}

Result<std::string> Spool::Write(const std::string& bytes) {
  const std::string name =
      fmt::format("{:020}-{}-{}", Clock::System().WallNow().count(), getpid(), sequence_++);
  const std::string partial = PathOf(name) + std::string(kPartial);
  const int file = open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return Status::Unavailable("spool: {}: {}", partial, Reason());
  Status status = WriteAll(file, bytes);
  close(file);
  if (status.ok() && rename(partial.c_str(), (PathOf(name) + std::string(kSuffix)).c_str()) != 0)
    status = Status::Unavailable("cannot be renamed: {}", Reason());
  if (!status.ok()) {
    unlink(partial.c_str());
    return std::move(status).Annotate("spool: {}", partial);
  }
  SyncDirectory(directory_);
  return name + std::string(kSuffix);
}

void Spool::Look() {
  names_.clear();
  std::error_code error;
  for (fs::directory_iterator at(directory_, error), end; !error && at != end; at.increment(error)) {
    std::string name = at->path().filename();
    if (name.ends_with(kSuffix)) names_.push_back(std::move(name));
  }
  std::sort(names_.begin(), names_.end());
}

int Spool::Lock(const std::string& name) const {
  const int file = open(PathOf(name).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  struct stat info{};
  // Between the look and the lock another process may have sent it and removed it.
  if (flock(file, LOCK_EX | LOCK_NB) == 0 && fstat(file, &info) == 0 && info.st_nlink > 0) return file;
  close(file);
  return -1;
}

Result<SpooledBatch> Spool::ReadLocked(int file) const {
  struct stat info{};
  if (fstat(file, &info) != 0) return Status::Unavailable("{}", Reason());
  if (static_cast<std::uint64_t>(info.st_size) > kMaxFileBytes)
    return Status::Malformed("it has {} bytes, more than a batch can have", info.st_size);
  std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t count = read(file, bytes.data() + have, bytes.size() - have);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Status::Unavailable("it cannot be read: {}", Reason());
    if (count == 0) break;
    have += static_cast<std::size_t>(count);
  }
  bytes.resize(have);
  return ParseSpoolFile(bytes);
}

void Spool::SetAside(const std::string& name, const Status& why) const {
  const std::string to = PathOf(name) + ".corrupt";
  LogError("tracing: the spool file {} cannot be sent: {}; it is set aside as {}", PathOf(name),
           why.message(), to);
  // A file that cannot even be renamed would come up again for ever.
  if (rename(PathOf(name).c_str(), to.c_str()) != 0) unlink(PathOf(name).c_str());
}

std::optional<SpooledBatch> Spool::TakeOldest() {
  PutBack();
  if (names_.empty()) Look();
  while (!names_.empty()) {
    std::string name = std::move(names_.front());
    names_.pop_front();
    const int file = Lock(name);
    if (file < 0) continue;
    Result<SpooledBatch> batch = ReadLocked(file);
    if (batch.ok()) {
      taken_ = std::move(name);
      taken_file_ = file;
      return *std::move(batch);
    }
    SetAside(name, batch.status());
    close(file);
  }
  return std::nullopt;
}

void Spool::RemoveTaken() {
  if (taken_file_ < 0) return;
  // Before the lock goes: nobody else may find it.
  if (unlink(PathOf(taken_).c_str()) != 0)
    LogError("tracing: {} was sent and cannot be removed: {}", PathOf(taken_), Reason());
  close(std::exchange(taken_file_, -1));
}

Status Spool::ReplaceTaken(const SpooledBatch& first, const SpooledBatch& second) {
  // The whole goes last: a halt in between sends some spans twice, and loses none.
  Result<std::string> one = Write(EncodeSpoolFile(first));
  if (!one.ok()) return std::move(one).status();
  Result<std::string> other = Write(EncodeSpoolFile(second));
  if (!other.ok()) {
    unlink(PathOf(*one).c_str());
    return std::move(other).status();
  }
  RemoveTaken();
  names_.push_front(*std::move(other));
  names_.push_front(*std::move(one));
  return OkStatus();
}

void Spool::PutBack() {
  if (taken_file_ < 0) return;
  close(std::exchange(taken_file_, -1));
  names_.push_front(std::move(taken_));
}

}  // namespace repartee::otel
