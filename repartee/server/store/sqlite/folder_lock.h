// FolderLock: one process a data folder. The kernel drops the lock when the process
// ends, however it ends. Thread: any.
#pragma once

#include <memory>
#include <string>

#include "repartee/base/status.h"

namespace repartee::server {

class FolderLock {
 public:
  // AlreadyExists with the other's process id; makes the folder if it is missing.
  static Result<std::unique_ptr<FolderLock>> Take(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  explicit FolderLock(int file) : file_(file) {}
  int file_;
};

}  // namespace repartee::server
