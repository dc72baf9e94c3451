// A copy of a data folder while a server writes to it. Each file is copied as one
// commit left it; those that are derived go first, so that they know no more than
// the day files, from which a start catches them up.
//
// Thread: any; blocks for as long as the disk takes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "repartee/base/status.h"

namespace repartee::server {

struct BackupReport {
  std::size_t files = 0;
  std::int64_t bytes = 0;
};
// Called before each file.
using BackupProgress = std::function<void(const std::string& file)>;

// `to` must not be there, or be empty; it is there in full or not at all. NotFound if
// `from` is no data folder.
Result<BackupReport> BackUp(const std::string& from, const std::string& to, const BackupProgress& progress);

}  // namespace repartee::server
