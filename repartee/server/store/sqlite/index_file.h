// IndexFile: index.db, which knows the day of each trace. Derived from the day
// files and written behind them: it keeps for each day the last batch it has taken
// in, and is caught up at start.
//
// Thread: one writer (the follower); any number of readers with connections of their own.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "repartee/server/store/sqlite/damage_log.h"
#include "repartee/server/store/sqlite/database.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

struct IndexEntry {
  ProjectKey project = 0;
  TraceId id;
};

// What one commit to a day file means for the index.
struct IndexUpdate {
  int day = 0;
  std::int64_t batch = 0;  // last batch of the commit
  std::vector<IndexEntry> traces;
  bool is_gone = false;  // the day's file was deleted
};

class IndexFile {
 public:
  static Result<std::unique_ptr<IndexFile>> Open(const std::string& folder, bool read_only);

  Status Apply(std::span<const IndexUpdate> updates);
  // What the start found: the last batch of each day, and the days whose rows lag.
  struct CaughtUp {
    std::map<int, std::int64_t> applied;
    std::vector<int> lagging;
  };
  // Takes in what the day files hold beyond the marks.
  Result<CaughtUp> CatchUp(const std::string& folder, DamageLog& damage);

  // Moves the log into the file; at the end of the follower.
  Status Checkpoint() { return database_->RunCheckpoint(Database::Checkpoint::kTruncate); }

  Result<std::optional<int>> FindDay(ProjectKey project, const TraceId& id);

 private:
  explicit IndexFile(std::unique_ptr<Database> database) : database_(std::move(database)) {}
  Status CatchUpDay(const std::string& folder, int day, CaughtUp& found);

  std::unique_ptr<Database> database_;
  Statement insert_, mark_, find_;
};

// Days that have a file, newest first.
std::vector<int> ListDays(const std::string& folder);

}  // namespace repartee::server
