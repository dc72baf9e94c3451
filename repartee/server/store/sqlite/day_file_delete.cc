// Deleting from a day file: the rows at once, the bodies behind.
#include <fmt/format.h>

#include "repartee/server/store/sqlite/contents.h"
#include "repartee/server/store/sqlite/day_file.h"
#include "repartee/server/store/sqlite/schema.h"

namespace repartee::server {
namespace {

// At most 128 MB at a time; what is left goes with the next deletion.
constexpr int kPagesPerShrink = 2'000;
constexpr int kMaxShrinkSteps = 8;

// The contents without the words of these traces.
std::string ContentsWithout(const BlockContents& contents, std::int64_t batch,
                            const std::set<std::int64_t>& keys) {
  ContentsBuilder builder;
  for (const StoredSpan& span : contents.spans) {
    builder.AddSpan(span.key, span.item);
    if (keys.contains(span.key)) continue;
    for (const StoredText& text : span.texts) {
      if (text.place.batch > 0) {
        builder.AddText(batch, text.place, text.is_escaped);
      } else {
        builder.AddText(text.bytes, text.is_escaped);
      }
    }
  }
  for (const TextPlace& place : contents.replaced) builder.AddReplaced(batch, place);
  return builder.Finish();
}

// The items numbered so; `contents` is the number of the last one.
Result<std::string> BlockWithout(const Block& block, std::uint32_t contents_item, std::int64_t batch,
                                 const std::set<std::int64_t>& keys, std::size_t& raw_bytes) {
  const Result<std::string_view> told = block.Item(contents_item);
  if (!told.ok()) return told.status();
  Result<BlockContents> contents = ReadContents(*told, batch);
  if (!contents.ok()) return std::move(contents).status();
  BlockBuilder builder;
  std::uint32_t item = 0;
  for (const StoredSpan& span : contents->spans) {
    const bool is_emptied = keys.contains(span.key);
    for (; item <= span.item; ++item) {
      const Result<std::string_view> bytes = block.Item(item);
      if (!bytes.ok()) return bytes.status();
      const std::string_view kept = is_emptied ? std::string_view() : *bytes;
      item < span.item ? builder.AddText(kept) : builder.AddSpan(kept);
    }
  }
  // Of spans that were replaced before blocks told what they hold.
  for (; item < contents_item; ++item) {
    const Result<std::string_view> bytes = block.Item(item);
    if (!bytes.ok()) return bytes.status();
    builder.AddText(*bytes);
  }
  builder.AddSpan(ContentsWithout(*contents, batch, keys));
  return builder.Finish(raw_bytes);
}

}  // namespace

Status DayFile::DeleteTrace(std::int64_t key) {
  for (const char* table : {"span", "turn", "trace"}) {
    Status status = database_->Execute(fmt::format("DELETE FROM {} WHERE tkey={}", table, key));
    if (!status.ok()) return status;
  }
  return database_->Execute(
      fmt::format("INSERT OR IGNORE INTO removed VALUES({}); INSERT OR REPLACE INTO meta VALUES('{}',{});",
                  key, kNextKey, next_key_));
}

Status DayFile::EmptyItems(std::int64_t batch, const std::set<std::int64_t>& keys) {
  std::size_t raw_bytes = 0;
  std::string rewritten;
  {
    Result<Statement> select =
        database_->Prepare(fmt::format("SELECT raw_bytes,block,contents FROM batch WHERE number={}", batch));
    if (!select.ok()) return std::move(select).status();
    Result<bool> row = select->Step();
    if (!row.ok()) return std::move(row).status();
    if (!*row || select->IsNull(2)) return OkStatus();
    Result<Block> block = Block::Open(select->Blob(1), static_cast<std::size_t>(select->Integer(0)));
    if (!block.ok()) return std::move(block).status().Annotate("batch {}", batch);
    const auto contents = static_cast<std::uint32_t>(select->Integer(2));
    Result<std::string> made = BlockWithout(*block, contents, batch, keys, raw_bytes);
    if (!made.ok()) return std::move(made).status().Annotate("batch {}", batch);
    rewritten = *std::move(made);
  }
  Result<Statement> update = database_->Prepare("UPDATE batch SET raw_bytes=?,block=? WHERE number=?");
  if (!update.ok()) return std::move(update).status();
  update->Bind(1, static_cast<std::int64_t>(raw_bytes));
  update->BindBlob(2, rewritten);
  update->Bind(3, batch);
  return update->Run();
}

Status DayFile::ForgetRemoved(const std::set<std::int64_t>& keys) {
  for (const std::int64_t key : keys) {
    Status status = database_->Execute(fmt::format("DELETE FROM removed WHERE tkey={}", key));
    if (!status.ok()) return status;
  }
  return OkStatus();
}

Status DayFile::DeleteMinutesBefore(std::int64_t ns) {
  return database_->Execute(fmt::format("DELETE FROM rollup WHERE resolution={} AND start<{}",
                                        static_cast<int>(Resolution::kMinute), ns));
}

Status DayFile::Shrink() {
  for (int step = 0; step < kMaxShrinkSteps; ++step) {
    Result<std::int64_t> unused = database_->QueryInteger("PRAGMA freelist_count", 0);
    if (!unused.ok()) return std::move(unused).status();
    if (*unused == 0) break;
    Status status = database_->Execute(fmt::format("PRAGMA incremental_vacuum({})", kPagesPerShrink));
    if (!status.ok()) return status;
  }
  return database_->RunCheckpoint(Database::Checkpoint::kTruncate);
}

}  // namespace repartee::server
