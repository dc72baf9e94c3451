#include "repartee/server/store/sqlite/rollup_cache.h"

#include <fmt/format.h>

#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

constexpr Resolution kResolutions[] = {Resolution::kMinute, Resolution::kHour, Resolution::kDay};

std::string TextOf(const Series& series) {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", series.project, static_cast<int>(series.stage),
                     static_cast<int>(series.type), series.environment, series.name, series.provider,
                     series.model);
}

}  // namespace

Series ReadSeries(const Statement& s, int first) {
  return {.project = s.Integer(first),
          .stage = static_cast<Stage>(s.Integer(first + 1)),
          .type = static_cast<ObservationType>(s.Integer(first + 2)),
          .environment = std::string(s.Text(first + 3)),
          .name = std::string(s.Text(first + 4)),
          .provider = std::string(s.Text(first + 5)),
          .model = std::string(s.Text(first + 6))};
}

Result<Rollup> ReadRollup(const Statement& statement, int first) {
  Rollup rollup;
  std::int64_t* const numbers[] = {&rollup.count,         &rollup.errors,      &rollup.interrupted,
                                   &rollup.cost,          &rollup.priced,      &rollup.input_tokens,
                                   &rollup.output_tokens, &rollup.total_tokens};
  int column = first;
  for (std::int64_t* const number : numbers) *number = statement.Integer(column++);
  std::string_view bytes = statement.Blob(column);
  std::optional<Sketch> duration = Sketch::ReadFrom(bytes);
  std::optional<Sketch> wait = duration ? Sketch::ReadFrom(bytes) : std::nullopt;
  if (!wait || !bytes.empty()) return Status::Malformed("a roll-up's sketches are damaged");
  rollup.duration = *std::move(duration);
  rollup.wait = *std::move(wait);
  return rollup;
}

Result<std::unique_ptr<RollupCache>> RollupCache::Create(Database& database) {
  std::unique_ptr<RollupCache> cache(new RollupCache(database));
  const Database::Prepared statements[] = {
      {&cache->insert_series_, fmt::format("INSERT INTO series({}) VALUES(?,?,?,?,?,?,?)", kSeriesColumns)},
      {&cache->select_,
       fmt::format("SELECT {} FROM rollup WHERE series=? AND resolution=? AND start=?", kRollupColumns)},
      {&cache->put_, fmt::format("INSERT OR REPLACE INTO rollup(series,resolution,start,{}) "
                                 "VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
                                 kRollupColumns)},
  };
  if (Status status = database.PrepareAll(statements); !status.ok()) return status;
  if (Status status = cache->LoadSeries(); !status.ok()) return status;
  return cache;
}

Status RollupCache::LoadSeries() {
  Result<Statement> all = database_.Prepare(fmt::format("SELECT id,{} FROM series", kSeriesColumns));
  if (!all.ok()) return std::move(all).status();
  return EachRow(*all, [&] {
    const Series series = ReadSeries(*all, 1);
    series_.emplace(TextOf(series), all->Integer(0));
    ++series_of_[series.project];
  });
}

Result<std::int64_t> RollupCache::InsertSeries(const Series& series) {
  insert_series_.Bind(1, series.project);
  insert_series_.Bind(2, static_cast<std::int64_t>(series.stage));
  insert_series_.Bind(3, static_cast<std::int64_t>(series.type));
  insert_series_.BindText(4, series.environment);
  insert_series_.BindText(5, series.name);
  insert_series_.BindText(6, series.provider);
  insert_series_.BindText(7, series.model);
  if (Status status = insert_series_.Run(); !status.ok()) return status;
  const std::int64_t id = database_.last_insert_id();
  series_.emplace(TextOf(series), id);
  ++series_of_[series.project];
  return id;
}

Result<std::int64_t> RollupCache::SeriesId(ProjectKey project, const SpanRecord& record) {
  const Series series = SeriesOf(project, record);
  if (const auto known = series_.find(TextOf(series)); known != series_.end()) return known->second;
  if (series_of_[project] < kMaxSeries) return InsertSeries(series);
  const Series other = OtherSeries(project, record);
  if (const auto known = series_.find(TextOf(other)); known != series_.end()) return known->second;
  return InsertSeries(other);
}

Result<RollupCache::Row*> RollupCache::Find(const Key& key) {
  if (const auto known = rows_.find(key); known != rows_.end()) return &known->second;
  const StatementUse use(select_);
  select_.Bind(1, key.series);
  select_.Bind(2, static_cast<std::int64_t>(key.resolution));
  select_.Bind(3, key.start_ns);
  Result<bool> row = select_.Step();
  if (!row.ok()) return std::move(row).status();
  Row found;
  if (*row) {
    Result<Rollup> rollup = ReadRollup(select_, 0);
    if (!rollup.ok()) return std::move(rollup).status();
    found.rollup = *std::move(rollup);
  }
  return &(rows_[key] = std::move(found));
}

template <class Change>
Status RollupCache::ChangeRows(std::int64_t series, const SpanFacts& facts, std::int64_t now_ns,
                               Change change) {
  if (!IsCounted(facts)) return OkStatus();
  for (const Resolution resolution : kResolutions) {
    if (resolution == Resolution::kMinute && facts.start_ns < now_ns - kMinutesKeptNs) continue;
    Result<Row*> row = Find({series, BucketOf(resolution, facts.start_ns), resolution});
    if (!row.ok()) return std::move(row).status();
    change((*row)->rollup);
    if (!(*row)->dirty) ++dirty_;
    (*row)->dirty = true;
  }
  return OkStatus();
}

Status RollupCache::Add(std::int64_t series, const SpanFacts& facts, std::int64_t now_ns) {
  return ChangeRows(series, facts, now_ns, [&facts](Rollup& rollup) { rollup.Add(facts); });
}

Status RollupCache::Remove(std::int64_t series, const SpanFacts& facts, std::int64_t now_ns) {
  return ChangeRows(series, facts, now_ns, [&facts](Rollup& rollup) { rollup.Remove(facts); });
}

Status RollupCache::Write() {
  std::string sketches;
  for (auto& [key, row] : rows_) {
    if (!row.dirty) continue;
    const Rollup& rollup = row.rollup;
    sketches.clear();
    rollup.duration.AppendTo(sketches);
    rollup.wait.AppendTo(sketches);
    const std::int64_t numbers[] = {key.series,          static_cast<std::int64_t>(key.resolution),
                                    key.start_ns,        rollup.count,
                                    rollup.errors,       rollup.interrupted,
                                    rollup.cost,         rollup.priced,
                                    rollup.input_tokens, rollup.output_tokens,
                                    rollup.total_tokens};
    int index = 1;
    for (const std::int64_t number : numbers) put_.Bind(index++, number);
    put_.BindBlob(index, sketches);
    if (Status status = put_.Run(); !status.ok()) return status;
    row.dirty = false;
  }
  dirty_ = 0;
  if (rows_.size() > kMaxRollupRows) rows_.clear();
  return OkStatus();
}

}  // namespace repartee::server
