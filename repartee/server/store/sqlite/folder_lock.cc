#include "repartee/server/store/sqlite/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace repartee::server {
namespace {

std::string ReadOwner(int file) {
  char text[32] = {};
  const ssize_t got = pread(file, text, sizeof text - 1, 0);
  return got > 0 ? std::string(text, static_cast<std::size_t>(got)) : "unknown";
}

}  // namespace

Result<std::unique_ptr<FolderLock>> FolderLock::Take(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return Status::Unavailable("data folder {} cannot be made ({}): give another with --data", folder,
                               error.message());
  const std::string path = folder + "/lock";
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0)
    return Status::Unavailable("data folder {} cannot be written to ({}): give another with --data", folder,
                               std::strerror(errno));
  std::unique_ptr<FolderLock> lock(new FolderLock(file));
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    return Status::AlreadyExists(
        "data folder {} is in use by process {}: stop that server, or give another --data", folder,
        ReadOwner(file));
  }
  // Only a help for the message above: not writing it (a full disk) does no harm.
  const std::string owner = std::to_string(getpid());
  if (ftruncate(file, 0) == 0 && pwrite(file, owner.data(), owner.size(), 0) < 0) errno = 0;
  return lock;
}

FolderLock::~FolderLock() { close(file_); }

}  // namespace repartee::server
