#include "repartee/server/store/sqlite/bounds_cache.h"

#include <sys/stat.h>

#include <algorithm>

namespace repartee::server {
namespace {

constexpr std::size_t kMaxKept = 10'000;
// Times of files go in steps of some milliseconds.
constexpr std::int64_t kSettledNs = 2'000'000'000;

}  // namespace

bool DayBounds::AreWithin(const TraceScope& scope) const {
  return scope.from_ns.value_or(first_start) <= first_start && scope.to_ns.value_or(INT64_MAX) > last_start;
}

BoundsCache::FileState BoundsCache::StateOf(const std::string& path) {
  FileState state;
  int part = 0;
  for (const char* const end : {"", "-wal"}) {
    struct stat found{};
    if (stat((path + end).c_str(), &found) == 0) {
      state.changed_ns[part] = found.st_mtim.tv_sec * 1'000'000'000LL + found.st_mtim.tv_nsec;
      state.bytes[part] = found.st_size;
    }
    ++part;
  }
  return state;
}

const DayBounds* BoundsCache::Find(ProjectKey project, int day, const FileState& state) const {
  const auto known = kept_.find({day, project});
  return known != kept_.end() && known->second.state == state ? &known->second.bounds : nullptr;
}

void BoundsCache::Keep(ProjectKey project, const DayBounds& bounds, const FileState& state,
                       std::int64_t now_ns) {
  if (std::max(state.changed_ns[0], state.changed_ns[1]) > now_ns - kSettledNs) return;
  if (kept_.size() >= kMaxKept) kept_.clear();
  kept_.insert_or_assign({bounds.day, project}, Kept{bounds, state});
}

}  // namespace repartee::server
