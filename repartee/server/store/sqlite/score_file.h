// ScoreFile: scores.db. ScoreWriter: the thread that writes it; what waits is
// written in one commit, and answered after it.
//
// Thread: a ScoreFile belongs to one thread; ScoreWriter's calls come from any.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/server/store/sqlite/database.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

// One score, or those of a trace, or those of all traces that came before a moment: the
// first of the three that is said.
struct ScoreDeletion {
  ProjectKey project = 0;
  std::string id{};
  std::string trace_id{};
  std::int64_t before_ns = 0;
};

class ScoreFile {
 public:
  static Result<std::unique_ptr<ScoreFile>> Open(const std::string& folder, bool read_only);

  Status Begin() { return database_->Execute("BEGIN IMMEDIATE"); }
  Status Commit() { return database_->Execute("COMMIT"); }
  void Rollback();

  // Adds the score, or changes the one of that id unless it is of a later event.
  Status Upsert(const ScoreRow& row, std::int64_t now_ns);
  // OK also when there is none.
  Status Delete(const ScoreDeletion& deletion);

  Result<ScorePage> List(const ScoreQuery& query);

 private:
  explicit ScoreFile(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  std::unique_ptr<Database> database_;
  Statement upsert_, delete_, delete_of_trace_, delete_before_;
};

class ScoreWriter {
 public:
  // `clock` is borrowed.
  ScoreWriter(std::unique_ptr<ScoreFile> file, const Clock& clock);
  ~ScoreWriter() { Stop(); }

  using Change = std::variant<std::vector<ScoreRow>, ScoreDeletion, std::vector<ScoreDeletion>>;
  // ResourceExhausted when too many wait, Unavailable when stopping: then `done` is not called.
  Status Push(Change change, Store::Done done);
  // All of them in one commit; `done` is called in any case.
  void DeleteOfTraces(ProjectKey project, std::vector<std::string> ids, Store::Done done);
  // What waits is written first. Idempotent.
  void Stop();

 private:
  struct Job {
    Change change;
    Store::Done done;
  };
  void Run();
  Status Write(const std::vector<Job>& jobs);
  Status Apply(const Change& change, std::int64_t now_ns);

  const std::unique_ptr<ScoreFile> file_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;   // guarded by mutex_; at most kMaxQueuedScores
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;     // last: runs on the members above
};

}  // namespace repartee::server
