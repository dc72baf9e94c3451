// TextFile: text-YYYYMMDD.db, the words of one day's spans. Derived from the blocks
// of the day file, block by block; `upto` says how far.
//
// Documents are numbered densely in the order of the blocks; a row a block tells the
// first number and for each document the trace and the item of its span:
//
//   places := { varint zigzag(key - last key), varint item }   key 0: removed
//
// Thread: one at a time (the feeder writes, readers have connections of their own).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "repartee/server/store/sqlite/contents.h"
#include "repartee/server/store/sqlite/database.h"

namespace repartee::server {

// ".../text-20260102.db"
std::string TextPath(const std::string& folder, int day);

// Whether the fault is that file's, and damage.
bool IsOfText(const Status& status, const std::string& folder, int day);

struct DocumentPlace {
  std::int64_t key = 0;
  std::uint32_t item = 0;
};
std::string EncodePlaces(const std::vector<DocumentPlace>& places);
std::vector<DocumentPlace> DecodePlaces(std::string_view bytes);

class TextFile {
 public:
  static Result<std::unique_ptr<TextFile>> Open(const std::string& folder, int day);

  // The last batch that is in.
  std::int64_t upto() const { return upto_; }
  Status Begin() { return database_->Execute("BEGIN IMMEDIATE"); }
  // All since Begin, with the batches up to `batch`.
  Status Commit(std::int64_t batch);
  // After a failure: as it was before Begin.
  Status Rollback();

  // ---- within a transaction ----
  Status AddBlock(std::int64_t batch, const BlockContents& contents, const FetchText& fetch);
  // OK also if the span has no document. `span` is as the block of that batch tells.
  Status Remove(std::int64_t batch, const StoredSpan& span, const FetchText& fetch);

  Database& database() { return *database_; }

 private:
  explicit TextFile(std::unique_ptr<Database> database) : database_(std::move(database)) {}
  Status Prepare();
  Status LoadMarks();

  std::unique_ptr<Database> database_;
  Statement add_, delete_, add_block_, find_block_, put_places_, put_mark_;
  std::int64_t upto_ = 0;
  std::int64_t next_doc_ = 1;
};

// Names of the marks: the last batch that is in, and the number of the next document.
inline constexpr char kTextUpto[] = "upto";
inline constexpr char kNextDocument[] = "next_doc";

}  // namespace repartee::server
