// RollupCache: the roll-up rows and series of one day file. Rows are changed in memory
// and written together: the file's mark says up to which batch they count, so what a
// crash left out is added again from the spans, once.
//
// Thread: the writer's.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "repartee/server/store/rollups.h"
#include "repartee/server/store/sqlite/database.h"

namespace repartee::server {

class RollupCache {
 public:
  // `database` is borrowed and outlives the cache.
  static Result<std::unique_ptr<RollupCache>> Create(Database& database);

  // The number that the span's row keeps. Writes a new series, so within a transaction.
  Result<std::int64_t> SeriesId(ProjectKey project, const SpanRecord& record);
  // In the rows of minute, hour and day; `now_ns` tells which minutes are kept.
  Status Add(std::int64_t series, const SpanFacts& facts, std::int64_t now_ns);
  Status Remove(std::int64_t series, const SpanFacts& facts, std::int64_t now_ns);

  bool is_dirty() const { return dirty_ > 0; }
  // Writes all changed rows, within the transaction that sets the mark.
  Status Write();

 private:
  struct Key {
    std::int64_t series;
    std::int64_t start_ns;
    Resolution resolution;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct HashOfKey {
    std::size_t operator()(const Key& key) const noexcept {
      const auto mixed = static_cast<std::uint64_t>(key.start_ns) ^
                         (static_cast<std::uint64_t>(key.series) << 3) ^
                         static_cast<std::uint64_t>(key.resolution);
      return static_cast<std::size_t>(mixed * 0x9E3779B97F4A7C15ULL >> 7);
    }
  };
  struct Row {
    Rollup rollup;
    bool dirty = false;
  };

  explicit RollupCache(Database& database) : database_(database) {}
  Status LoadSeries();
  Result<std::int64_t> InsertSeries(const Series& series);
  Result<Row*> Find(const Key& key);
  template <class Change>
  Status ChangeRows(std::int64_t series, const SpanFacts& facts, std::int64_t now_ns, Change change);

  Database& database_;
  Statement insert_series_, select_, put_;
  std::unordered_map<std::string, std::int64_t> series_;  // by its text; at most kMaxSeries a project
  std::unordered_map<ProjectKey, std::size_t> series_of_;
  std::unordered_map<Key, Row, HashOfKey> rows_;  // clean ones go above kMaxRollupRows
  std::size_t dirty_ = 0;
};

// Columns of a row behind series, resolution and start, in the order of reading.
inline constexpr char kRollupColumns[] =
    "count,errors,interrupted,cost,priced,input_tokens,output_tokens,total_tokens,sketches";
// Columns of a series behind its id, in the order of reading.
inline constexpr char kSeriesColumns[] = "project,stage,type,environment,name,provider,model";
// Reads kSeriesColumns from `first` on.
Series ReadSeries(const Statement& statement, int first);
// Reads kRollupColumns from `first` on; Malformed if the sketches are damaged.
Result<Rollup> ReadRollup(const Statement& statement, int first);

}  // namespace repartee::server
