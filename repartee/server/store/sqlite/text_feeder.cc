#include "repartee/server/store/sqlite/text_feeder.h"

#include <algorithm>
#include <filesystem>

#include "repartee/base/log.h"
#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/day_file.h"
#include "repartee/server/store/sqlite/index_file.h"
#include "repartee/server/store/sqlite/trace_keys.h"

namespace repartee::server {
namespace {

constexpr int kBlocksPerCommit = 16;
constexpr std::size_t kCheckpointBytes = 4 << 20;

Status CollectIntegers(Database& database, std::string_view sql, std::set<std::int64_t>& numbers) {
  Result<Statement> select = database.Prepare(sql);
  if (!select.ok()) return std::move(select).status();
  return EachRow(*select, [&] { numbers.insert(select->Integer(0)); });
}

bool HoldsAny(std::string_view tkeys, const std::set<std::int64_t>& keys) {
  const std::vector<std::int64_t> held = ReadKeys(tkeys);
  return std::any_of(held.begin(), held.end(), [&keys](std::int64_t key) { return keys.contains(key); });
}

}  // namespace

void TextFeeder::Start(OnRemoved on_removed, OnRenewed on_renewed) {
  on_removed_ = std::move(on_removed);
  on_renewed_ = std::move(on_renewed);
  {
    // Damage that is found meanwhile is told here.
    const std::lock_guard lock(mutex_);
    for (const int day : ListDays(folder_)) waiting_.insert(day);
  }
  thread_ = std::thread([this] { Run(); });
}

void TextFeeder::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  days_.clear();
}

void TextFeeder::Notify(int day) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.insert(day);
  }
  wake_.notify_one();
}

void TextFeeder::Reopen(int day) {
  {
    const std::lock_guard lock(mutex_);
    reopen_.insert(day);
    waiting_.insert(day);
  }
  wake_.notify_one();
}

void TextFeeder::Renew(int day) {
  {
    const std::lock_guard lock(mutex_);
    damaged_.insert(day);
    waiting_.insert(day);
  }
  wake_.notify_one();
}

// Once a day file and run: what is damaged again at once is not mended by another try.
bool TextFeeder::RemoveDamaged(int number) {
  if (!renewed_.insert(number).second) return false;
  days_.erase(number);
  told_.erase(number);
  const std::string path = TextPath(folder_, number);
  std::error_code error;
  for (const char* part : {"-shm", "-wal", ""}) std::filesystem::remove(path + part, error);
  LogWarning("{} is damaged: it is made again from the day's blocks", path);
  on_renewed_();
  return true;
}

void TextFeeder::Run() {
  while (true) {
    std::set<int> days;
    std::set<int> reopened;
    std::set<int> damaged;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      // Small feeds make small segments, which cost more to merge.
      wake_.wait_for(lock, kTextFeedInterval, [this] { return stopping_; });
      days.swap(waiting_);
      reopened.swap(reopen_);
      damaged.swap(damaged_);
      if (stopping_ && days.empty()) return;
    }
    for (const int day : reopened) {
      days_.erase(day);
      told_.erase(day);
    }
    for (const int day : damaged) RemoveDamaged(day);
    // The newest first: they are asked for most.
    std::for_each(days.rbegin(), days.rend(), [this](int day) { CatchUp(day); });
  }
}

void TextFeeder::CatchUp(int number) {
  if (!std::filesystem::exists(DayPath(folder_, number))) {
    days_.erase(number);
    return;
  }
  Result<Day*> day = Open(number);
  Status status = day.ok() ? OkStatus() : std::move(day).status();
  while (status.ok()) {
    Result<bool> more = TakeSome(**day);
    if (!more.ok()) status = std::move(more).status();
    if (!more.ok() || *more) continue;
    status = RemoveDeleted(number, **day);
    if (status.ok()) failing_.erase(number);
    if (status.ok()) return;
  }
  if (IsOfText(status, folder_, number) && RemoveDamaged(number)) return Notify(number);
  if (failing_.insert(number).second) LogError("text of {}: {}", number, status.message());
  days_.erase(number);
}

Result<TextFeeder::Day*> TextFeeder::Open(int number) {
  if (const auto known = days_.find(number); known != days_.end()) return &known->second;
  Day day;
  const DatabaseOptions options{.read_only = true, .create = false, .cache_kib = 1'024};
  Result<std::unique_ptr<Database>> database = Database::Open(DayPath(folder_, number), options);
  if (!database.ok()) return std::move(database).status();
  day.database = *std::move(database);
  Result<std::unique_ptr<SpanBodyReader>> bodies = SpanBodyReader::Create(*day.database, kBlocksKeptToWrite);
  if (!bodies.ok()) return std::move(bodies).status();
  day.bodies = *std::move(bodies);
  Result<Statement> next =
      day.database->Prepare("SELECT number FROM batch WHERE number>? ORDER BY number LIMIT ?");
  if (!next.ok()) return std::move(next).status();
  day.next = *std::move(next);
  Result<std::unique_ptr<TextFile>> text = TextFile::Open(folder_, number);
  if (!text.ok()) return std::move(text).status();
  day.text = *std::move(text);
  if (days_.size() >= kMaxOpenDays) days_.erase(days_.begin());
  return &(days_[number] = std::move(day));
}

Result<bool> TextFeeder::TakeSome(Day& day) {
  std::vector<std::int64_t> batches;
  {
    const StatementUse use(day.next);
    day.next.Bind(1, day.text->upto());
    day.next.Bind(2, kBlocksPerCommit);
    Status read = EachRow(day.next, [&] { batches.push_back(day.next.Integer(0)); });
    if (!read.ok()) return read;
  }
  if (batches.empty()) return false;
  if (Status status = day.text->Begin(); !status.ok()) return status;
  Status status;
  for (const std::int64_t batch : batches) {
    if (status = TakeBatch(day, batch); !status.ok()) break;
  }
  if (status.ok()) status = day.text->Commit(batches.back());
  if (!status.ok()) {
    if (Status back = day.text->Rollback(); !back.ok()) LogDebug("{}", back.message());
    return status;
  }
  Database& database = day.text->database();
  if (database.wal_bytes() > kCheckpointBytes) {
    if (status = database.RunCheckpoint(Database::Checkpoint::kRestart); !status.ok()) return status;
  }
  return true;
}

Status TextFeeder::TakeBatch(Day& day, std::int64_t batch) {
  std::string bytes;
  const Result<BlockContents> contents = day.bodies->Contents(batch, bytes);
  if (!contents.ok()) return contents.status();
  const auto fetch = [&day](const TextPlace& place) { return day.bodies->Item(place); };
  if (Status status = day.text->AddBlock(batch, *contents, fetch); !status.ok()) return status;
  for (const TextPlace& place : contents->replaced) {
    if (Status status = RemoveReplaced(day, place); !status.ok()) return status;
  }
  return OkStatus();
}

Status TextFeeder::RemoveReplaced(Day& day, const TextPlace& place) {
  std::string bytes;
  const Result<BlockContents> contents = day.bodies->Contents(place.batch, bytes);
  if (!contents.ok()) return contents.status();
  const auto span = std::find_if(contents->spans.begin(), contents->spans.end(),
                                 [&place](const StoredSpan& s) { return s.item == place.item; });
  if (span == contents->spans.end()) return OkStatus();
  return day.text->Remove(place.batch, *span,
                          [&day](const TextPlace& text) { return day.bodies->Item(text); });
}

Status TextFeeder::RemoveFrom(Day& day, const std::vector<std::int64_t>& batches,
                              const std::set<std::int64_t>& keys) {
  for (const std::int64_t batch : batches) {
    std::string bytes;
    const Result<BlockContents> contents = day.bodies->Contents(batch, bytes);
    if (!contents.ok()) return contents.status();
    for (const StoredSpan& span : contents->spans) {
      if (!keys.contains(span.key)) continue;
      Status status =
          day.text->Remove(batch, span, [&day](const TextPlace& text) { return day.bodies->Item(text); });
      if (!status.ok()) return status;
    }
  }
  return OkStatus();
}

// The words first: they are taken out by the texts that the blocks still have.
Status TextFeeder::RemoveDeleted(int number, Day& day) {
  std::set<std::int64_t> keys;
  if (Status status = CollectIntegers(*day.database, "SELECT tkey FROM removed", keys); !status.ok())
    return status;
  std::erase_if(keys, [&told = told_[number]](std::int64_t key) { return told.contains(key); });
  if (keys.empty()) return OkStatus();
  told_[number].insert(keys.begin(), keys.end());
  Result<Statement> all = day.database->Prepare("SELECT number,tkeys FROM batch");
  if (!all.ok()) return std::move(all).status();
  std::vector<std::int64_t> batches;
  Status read = EachRow(*all, [&] {
    if (HoldsAny(all->Blob(1), keys)) batches.push_back(all->Integer(0));
  });
  if (!read.ok()) return read;
  for (std::size_t at = 0; at < batches.size(); at += kBlocksPerCommit) {
    const auto first = batches.begin() + static_cast<std::ptrdiff_t>(at);
    const std::vector<std::int64_t> some(first, first + static_cast<std::ptrdiff_t>(std::min<std::size_t>(
                                                            kBlocksPerCommit, batches.size() - at)));
    if (Status status = day.text->Begin(); !status.ok()) return status;
    Status status = RemoveFrom(day, some, keys);
    if (status.ok()) status = day.text->Commit(day.text->upto());
    if (!status.ok()) {
      if (Status back = day.text->Rollback(); !back.ok()) LogDebug("{}", back.message());
      return status;
    }
    if (status = on_removed_(number, some, keys); !status.ok()) return status;
  }
  Status status = on_removed_(number, {}, keys);
  // The kept blocks are of before.
  days_.erase(number);
  return status;
}

}  // namespace repartee::server
