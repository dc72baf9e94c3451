// Tombstones: what stays of a trace that was deleted, for who has a link to it: when it
// was, and when it was deleted. Nothing of what was said, and nobody's name.
//
// Kept for kTombstoneDays, and no more than kMaxTombstones of a project: the oldest go.
//
// Thread: any; calls wait for the disk.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "repartee/server/model/ids.h"
#include "repartee/server/store/config_store.h"

namespace repartee::server {

inline constexpr std::int64_t kTombstoneDays = 90;
inline constexpr std::size_t kMaxTombstones = 10'000;

struct Tombstone {
  TraceId id;
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::int64_t turns = 0;
  std::int64_t deleted_ns = 0;  // wall time
};

// Puts them up, and takes away those that are beyond the limits.
Status PutTombstones(ConfigStore& config, ProjectKey project, std::span<const Tombstone> tombstones);
// Nothing if no such trace was deleted within kTombstoneDays of `now_ns`.
Result<std::optional<Tombstone>> FindTombstone(ConfigStore& config, ProjectKey project, const TraceId& id,
                                               std::int64_t now_ns);

}  // namespace repartee::server
