// What day files of the first versions lack: contents of their blocks (before version 2)
// and the series of their spans (before version 3).
#include <fmt/format.h>

#include <algorithm>

#include "repartee/server/store/sqlite/day_file.h"
#include "repartee/server/store/sqlite/rows.h"
#include "repartee/server/store/sqlite/schema.h"

namespace repartee::server {
namespace {

// Keys of traces ascend, so the first spans tell whether any is of before.
constexpr char kLastBareBatch[] =
    "SELECT CASE WHEN EXISTS(SELECT 1 FROM (SELECT series FROM span ORDER BY tkey LIMIT 100) WHERE series IS "
    "NULL) THEN (SELECT max(batch) FROM span WHERE series IS NULL) ELSE 0 END";

Result<std::int64_t> ReadMark(Database& database, std::string_view name, std::int64_t fallback) {
  return database.QueryInteger(fmt::format("SELECT value FROM meta WHERE name='{}'", name), fallback);
}

}  // namespace

Result<std::int64_t> LastBareBatch(Database& database) {
  Result<std::int64_t> known = ReadMark(database, kBareUpto, -1);
  if (!known.ok() || *known >= 0) return known;
  const Result<std::int64_t> version = database.QueryInteger("PRAGMA user_version", 0);
  if (!version.ok()) return version;
  return database.QueryInteger(*version < 3 ? "SELECT max(number) FROM batch" : kLastBareBatch, 0);
}

Result<bool> WantsWordsAnew(Database& database) {
  const Result<std::int64_t> wanted = ReadMark(database, kWordsAnew, 0);
  if (!wanted.ok()) return wanted.status();
  return *wanted != 0;
}

Result<std::vector<DayFile::StoredSpanRow>> DayFile::SpansOfBatch(std::int64_t batch) {
  Result<std::vector<std::int64_t>> keys = KeysOfBatch(batch);
  if (!keys.ok()) return std::move(keys).status();
  std::vector<StoredSpanRow> found;
  for (const std::int64_t key : *keys) {
    Result<std::vector<StoredSpanRow>> spans = SpansOf(key);
    if (!spans.ok()) return spans;
    for (StoredSpanRow& span : *spans) {
      if (span.row.batch != batch) continue;
      span.key = key;
      found.push_back(std::move(span));
    }
  }
  std::sort(found.begin(), found.end(),
            [](const StoredSpanRow& a, const StoredSpanRow& b) { return a.row.item < b.row.item; });
  return found;
}

Status DayFile::SetSeries(std::int64_t key, SpanId id, std::int64_t series) {
  return database_->Execute(
      fmt::format("UPDATE span SET series={} WHERE tkey={} AND span_id={}", series, key, ToStored(id)));
}

Result<bool> DayFile::HasContents(std::int64_t batch) {
  Result<std::int64_t> item =
      database_->QueryInteger(fmt::format("SELECT contents FROM batch WHERE number={}", batch), -1);
  if (!item.ok()) return std::move(item).status();
  return *item >= 0;
}

Status DayFile::AddContents(std::int64_t batch, const std::set<std::uint32_t>& spans,
                            std::string_view contents) {
  BlockBuilder builder;
  {
    Result<Statement> select =
        database_->Prepare(fmt::format("SELECT raw_bytes,block FROM batch WHERE number={}", batch));
    if (!select.ok()) return std::move(select).status();
    Result<bool> row = select->Step();
    if (!row.ok()) return std::move(row).status();
    if (!*row) return OkStatus();
    const Result<Block> block = Block::Open(select->Blob(1), static_cast<std::size_t>(select->Integer(0)));
    if (!block.ok()) return block.status();
    for (std::uint32_t item = 0; item < block->items(); ++item)
      spans.contains(item) ? builder.AddSpan(*block->Item(item)) : builder.AddText(*block->Item(item));
  }
  const std::uint32_t number = builder.AddSpan(contents);
  std::size_t raw_bytes = 0;
  const std::string rewritten = builder.Finish(raw_bytes);
  Result<Statement> update =
      database_->Prepare("UPDATE batch SET raw_bytes=?,block=?,contents=? WHERE number=?");
  if (!update.ok()) return std::move(update).status();
  update->Bind(1, static_cast<std::int64_t>(raw_bytes));
  update->BindBlob(2, rewritten);
  update->Bind(3, number);
  update->Bind(4, batch);
  return update->Run();
}

Status DayFile::WriteBareBefore(std::int64_t batch) {
  Result<std::int64_t> next =
      database_->QueryInteger(fmt::format("SELECT max(number) FROM batch WHERE number<{}", batch), 0);
  if (!next.ok()) return std::move(next).status();
  return database_->Execute(fmt::format("INSERT OR REPLACE INTO meta VALUES('{}',{}),('{}',{})", kBareUpto,
                                        *next, kWordsAnew, *next == 0 ? 1 : 0));
}

Status DayFile::ForgetWordsAnew() {
  return database_->Execute(fmt::format("UPDATE meta SET value=0 WHERE name='{}'", kWordsAnew));
}

}  // namespace repartee::server
