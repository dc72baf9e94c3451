// DayFile: one day-YYYYMMDD.db open for writing. It numbers the batches, packs
// bodies into blocks, keeps the dictionary, and writes rows inside the transaction
// that its owner opens and commits.
//
// A fault leaves the transaction broken: the owner drops the file and what it holds
// in memory, and opens it again, which recovers (writer.h).
//
// Thread: the writer's.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "repartee/server/store/sqlite/block.h"
#include "repartee/server/store/sqlite/contents.h"
#include "repartee/server/store/sqlite/database.h"
#include "repartee/server/store/sqlite/live_trace.h"
#include "repartee/server/store/sqlite/rollup_cache.h"
#include "repartee/server/store/sqlite/span_body_reader.h"

namespace repartee::server {

// ".../day-20260102.db"
std::string DayPath(const std::string& folder, int day);

// Of a day file of any version: the last batch whose spans lack words or roll-ups, 0 if none does.
Result<std::int64_t> LastBareBatch(Database& database);
// Whether all have them and the index of words does not know yet.
Result<bool> WantsWordsAnew(Database& database);

class DayFile {
 public:
  static Result<std::unique_ptr<DayFile>> Open(const std::string& folder, int day);

  int day() const { return day_; }
  std::int64_t last_batch() const { return last_batch_; }
  std::int64_t rows_upto() const { return rows_upto_; }
  std::int64_t rollups_upto() const { return rollups_upto_; }
  Database& database() { return *database_; }
  SpanBodyReader& bodies() { return *bodies_; }
  RollupCache& rollups() { return *rollups_; }

  // ---- transaction ----
  Status Begin();  // no-op inside one
  bool in_transaction() const { return in_transaction_; }
  // Closes the open block, then commits: everything written since Begin is durable on OK.
  Status Commit();

  // ---- within a transaction ----
  // The batch that the next span goes to.
  std::int64_t open_batch() const { return last_batch_ + 1; }
  bool has_open_block() const { return block_.items() > 0; }
  std::int64_t NewTraceKey() { return next_key_++; }
  // Outside of a transaction.
  Status DeleteMinutesBefore(std::int64_t ns);
  // Gives pages that nothing uses back to the disk; outside of a transaction.
  Status Shrink();
  // Adds the body to the open block and inserts or replaces the row; `replaced` is where
  // the body lies that counts no more, `series` what the span is counted with.
  Status WriteSpan(LiveTrace& trace, const SpanRecord& record, const PreparedSpan& prepared,
                   const std::optional<TextPlace>& replaced, std::int64_t series);
  Status InsertTrace(const LiveTrace& trace);
  // With the columns of indexes only if its keys changed.
  Status UpdateTrace(const LiveTrace& trace);
  // Dirty turns, or all if they may be stale.
  Status WriteTurns(LiveTrace& trace);
  Status WriteRowsUpto(std::int64_t batch);
  // Its rows go, and it is noted that its words and bodies are to go.
  Status DeleteTrace(std::int64_t key);
  // Empties what the block has of these traces; its items keep their numbers.
  Status EmptyItems(std::int64_t batch, const std::set<std::int64_t>& keys);
  // Nothing of them is left.
  Status ForgetRemoved(const std::set<std::int64_t>& keys);
  // The changed roll-ups, which count all batches up to the open one.
  Status WriteRollups();

  // ---- what files of the first versions lack (day_file_old.cc) ----
  Status SetSeries(std::int64_t key, SpanId id, std::int64_t series);
  Result<bool> HasContents(std::int64_t batch);
  // `spans` are the items that are spans.
  Status AddContents(std::int64_t batch, const std::set<std::uint32_t>& spans, std::string_view contents);
  // This batch and those behind it lack nothing any more.
  Status WriteBareBefore(std::int64_t batch);
  // Outside of a transaction.
  Status ForgetWordsAnew();

  // ---- look-ups ----
  Result<std::optional<TraceRow>> FindTrace(ProjectKey project, const TraceId& id);
  Result<std::optional<TraceRow>> TraceByKey(std::int64_t key);
  struct StoredSpanRow {
    SpanRow row;  // without its names
    std::uint64_t hash = 0;
    std::int64_t series = -1;  // -1: of before there were any
    std::int64_t key = 0;      // its trace's; SpansOfBatch alone sets it
  };
  Result<std::optional<StoredSpanRow>> FindSpan(std::int64_t key, SpanId id);
  Result<std::vector<StoredSpanRow>> SpansOf(std::int64_t key);
  // Those whose place is in that batch, in the order of their items.
  Result<std::vector<StoredSpanRow>> SpansOfBatch(std::int64_t batch);
  // Trace keys of one batch; empty if there is no such batch.
  Result<std::vector<std::int64_t>> KeysOfBatch(std::int64_t batch);

 private:
  DayFile(int day, std::unique_ptr<Database> database) : day_(day), database_(std::move(database)) {}
  Status Prepare();
  Status LoadMarks();
  Status FinishBlock();
  Status WriteMark(std::string_view name, std::int64_t batch, std::int64_t& mark);
  Result<std::int64_t> DictId(std::string_view text);
  Status BindNames(const SpanRecord& record);
  // Notes how far the trace and its spans reach if none of its project has reached as far.
  Status NoteReach(const LiveTrace& trace);
  std::uint32_t AddBody(LiveTrace& trace, const SpanRecord& record, const PreparedSpan& prepared);

  int day_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<SpanBodyReader> bodies_;
  std::unique_ptr<RollupCache> rollups_;
  Statement insert_span_, insert_trace_, update_trace_, update_trace_keys_, put_turn_, delete_turns_,
      delete_turn_, insert_batch_, insert_dict_, find_dict_, put_meta_, find_trace_, trace_by_key_,
      find_span_, spans_of_, keys_of_batch_, put_reach_;

  bool in_transaction_ = false;
  std::int64_t last_batch_ = 0;
  std::int64_t rows_upto_ = 0;
  std::int64_t rollups_upto_ = 0;
  std::int64_t next_key_ = 1;
  BlockBuilder block_;
  ContentsBuilder contents_;
  std::set<std::int64_t> block_keys_;
  std::vector<SpanId> block_spans_;
  std::unordered_map<std::string, std::int64_t> dict_;  // at most kMaxDictCache texts
  // Of a project's traces, in nanoseconds.
  struct Reach {
    std::int64_t longest = 0;
    std::int64_t lead = 0;
  };
  std::unordered_map<ProjectKey, Reach> reach_;
};

}  // namespace repartee::server
