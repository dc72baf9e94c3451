// TextFeeder: the thread that brings what was committed into the text index, from
// the blocks in the day files. It keeps nothing in memory but which days have more,
// so it may lag without harm; what a crash left, the next start catches up.
//
// Thread: any; the work is on its own.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "repartee/server/store/sqlite/span_body_reader.h"
#include "repartee/server/store/sqlite/text_file.h"

namespace repartee::server {

class TextFeeder {
 public:
  // Blocks that hold something of traces that were deleted, whose words are out now; then
  // once without blocks. Called on the feeder's thread; not OK leaves the rest for the next start.
  using OnRemoved =
      std::function<Status(int day, std::vector<std::int64_t> batches, const std::set<std::int64_t>& keys)>;

  // A day's index is another file now, also for who has it open. On the feeder's thread.
  using OnRenewed = std::function<void()>;

  explicit TextFeeder(std::string folder) : folder_(std::move(folder)) {}
  // Begins with every day that the folder has.
  void Start(OnRemoved on_removed, OnRenewed on_renewed);
  ~TextFeeder() { Stop(); }
  // What is committed by then is in, unless a batch cannot be taken. Idempotent.
  void Stop();

  // That day has more, or less.
  void Notify(int day);
  // Its file is another one, or none.
  void Reopen(int day);
  // The day's index is damaged: it is made again, behind everything else.
  void Renew(int day);

 private:
  // A day file and its index.
  struct Day {
    std::unique_ptr<Database> database;
    std::unique_ptr<SpanBodyReader> bodies;
    std::unique_ptr<TextFile> text;
    Statement next;
  };

  void Run();
  void CatchUp(int number);
  // False if that was tried before.
  bool RemoveDamaged(int number);
  Result<Day*> Open(int number);
  // False when nothing is left to take.
  Result<bool> TakeSome(Day& day);
  Status TakeBatch(Day& day, std::int64_t batch);
  Status RemoveReplaced(Day& day, const TextPlace& place);
  Status RemoveDeleted(int number, Day& day);
  Status RemoveFrom(Day& day, const std::vector<std::int64_t>& batches, const std::set<std::int64_t>& keys);

  const std::string folder_;
  OnRemoved on_removed_;
  OnRenewed on_renewed_;
  std::set<int> renewed_;                       // days whose index was made again
  std::set<int> failing_;                       // days whose fault is in the log
  std::map<int, std::set<std::int64_t>> told_;  // by day; keys that on_removed_ had
  std::map<int, Day> days_;                     // at most kMaxOpenDays
  std::mutex mutex_;
  std::condition_variable wake_;
  std::set<int> waiting_;  // guarded by mutex_
  std::set<int> reopen_;   // guarded by mutex_
  std::set<int> damaged_;  // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;     // last: runs on the members above
};

}  // namespace repartee::server
