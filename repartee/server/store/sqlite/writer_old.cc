// What day files of the first versions lack is added behind everything else, a batch at
// a time, the newest first: the words of their spans, and their part of the roll-ups.
// Each batch is one transaction with its mark, so a stop loses nothing and counts nothing twice.
#include <filesystem>
#include <set>
#include <tuple>

#include "repartee/base/log.h"
#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/contents.h"
#include "repartee/server/store/sqlite/writer.h"

namespace repartee::server {
namespace {

// Without opening it for writing, which brings tables up to date and takes a cache.
Result<bool> LacksAnything(const std::string& path) {
  Result<std::unique_ptr<Database>> file =
      Database::Open(path, {.read_only = true, .create = false, .cache_kib = 256});
  if (!file.ok()) return std::move(file).status();
  const Result<std::int64_t> batch = LastBareBatch(**file);
  if (!batch.ok()) return batch.status();
  if (*batch > 0) return true;
  return WantsWordsAnew(**file);
}

}  // namespace

// A step each time that nobody waits, and now and then if somebody always does.
void Writer::CompleteOldDays(bool is_idle) {
  if (old_days_.empty()) return;
  if (!is_idle && ++groups_since_old_ < kGroupsPerOldBatch) return;
  groups_since_old_ = 0;
  const Result<bool> more = CompleteSome(old_days_.back());
  if (!more.ok())
    LogWarning("store: {} stays without words or roll-ups: {}", DayPath(options_.folder, old_days_.back()),
               more.status().message());
  if (!more.ok() || !*more) old_days_.pop_back();
  if (days_.size() > kMaxOpenDays) CloseIdleDay();
}

Result<bool> Writer::CompleteSome(int number) {
  const std::string path = DayPath(options_.folder, number);
  if (!std::filesystem::exists(path)) return false;
  if (!days_.contains(number)) {
    Result<bool> lacks = LacksAnything(path);
    if (!lacks.ok() || !*lacks) return lacks;
  }
  Result<OpenDay*> day = Day(number);
  if (!day.ok()) return std::move(day).status();
  Database& database = (*day)->file->database();
  const Result<std::int64_t> batch = LastBareBatch(database);
  if (!batch.ok()) return batch.status();
  if (*batch > 0) {
    Status status = CommitAlone(**day, CompleteBatch(**day, *batch));
    if (!status.ok()) return status;
    return true;
  }
  Result<bool> anew = WantsWordsAnew(database);
  if (!anew.ok() || !*anew) return anew;
  if (Status status = MakeWordsAnew(number); !status.ok()) return status;
  if (Status status = (*day)->file->ForgetWordsAnew(); !status.ok()) return status;
  return false;
}

// The index has passed these batches by; from the first one on it takes them all.
Status Writer::MakeWordsAnew(int number) {
  for (const char* part : {"-shm", "-wal", ""}) {
    std::error_code error;
    std::filesystem::remove(TextPath(options_.folder, number) + part, error);
    if (error)
      return Status::Unavailable("{}{}: {}", TextPath(options_.folder, number), part, error.message());
  }
  LogInfo("{}: words and roll-ups are complete", DayPath(options_.folder, number));
  text_.Reopen(number);
  ++*options_.dropped_files;
  return OkStatus();
}

Status Writer::CompleteBatch(OpenDay& day, std::int64_t batch) {
  DayFile& file = *day.file;
  if (Status status = file.Begin(); !status.ok()) return status;
  Result<std::vector<DayFile::StoredSpanRow>> spans = file.SpansOfBatch(batch);
  if (!spans.ok()) return std::move(spans).status();
  const Result<bool> has_contents = file.HasContents(batch);
  if (!has_contents.ok()) return has_contents.status();
  ContentsBuilder contents;
  std::set<std::uint32_t> items;
  std::set<std::tuple<std::int64_t, std::uint64_t, std::uint64_t>> said;  // of a trace, by its hash
  for (const DayFile::StoredSpanRow& span : *spans) {
    Result<std::unique_ptr<StoredRecord>> stored = ReadRecord(day, span.key, span.row);
    if (!stored.ok()) return std::move(stored).status();
    items.insert(static_cast<std::uint32_t>(span.row.item));
    contents.AddSpan(span.key, static_cast<std::uint32_t>(span.row.item));
    if (!(*stored)->record) continue;
    const SpanRecord& record = *(*stored)->record;
    for (const TextPart& part : FindTexts(record).parts) {
      const TextHash hash = HashText(part.bytes);
      if (said.emplace(span.key, hash.high, hash.low).second) contents.AddText(part.bytes, part.is_escaped);
    }
    if (Status status = CountOld(day, span, record); !status.ok()) return status;
  }
  if (!*has_contents) {
    if (Status status = file.AddContents(batch, items, contents.Finish()); !status.ok()) return status;
  }
  if (Status status = file.WriteBareBefore(batch); !status.ok()) return status;
  return WriteRows(day);
}

Status Writer::CountOld(OpenDay& day, const DayFile::StoredSpanRow& span, const SpanRecord& record) {
  if (span.series >= 0) return OkStatus();
  Result<std::optional<TraceRow>> trace = day.file->TraceByKey(span.key);
  if (!trace.ok()) return std::move(trace).status();
  if (!*trace) return OkStatus();
  Result<std::int64_t> series = day.file->rollups().SeriesId((*trace)->project, record);
  if (!series.ok()) return std::move(series).status();
  if (Status status = day.file->SetSeries(span.key, span.row.id, *series); !status.ok()) return status;
  day.write_rollups = true;
  return day.file->rollups().Add(*series, span.row.facts, options_.clock->WallNow().count());
}

}  // namespace repartee::server
