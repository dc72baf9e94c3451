#include "repartee/server/api/tombstones.h"

#include <algorithm>

#include "repartee/server/api/config_resource.h"

namespace repartee::server {
namespace {

constexpr std::string_view kKind = "tombstone";
// All have this parent, since what is old is removed by how the parent begins.
constexpr char kParent[] = "trace";
constexpr std::int64_t kLifeNs = kTombstoneDays * 86'400 * 1'000'000'000;

// Beyond so many the oldest go.
Status RemoveBeyond(ConfigStore& config, ProjectKey project) {
  ConfigQuery query{.project = project, .kind = kKind};
  query.offset = kMaxTombstones;
  query.limit = 1;
  const Result<ConfigPage> page = config.List(query);
  if (!page.ok()) return page.status();
  if (page->items.empty()) return OkStatus();
  return config.RemoveBefore(project, kKind, kParent, page->items.front().created_ns + 1);
}

}  // namespace

Status PutTombstones(ConfigStore& config, ProjectKey project, std::span<const Tombstone> tombstones) {
  if (tombstones.empty()) return OkStatus();
  std::vector<ConfigItem> items;
  std::int64_t latest = 0;
  for (const Tombstone& one : tombstones) {
    ConfigItem item;
    item.id = one.id.Hex();
    item.parent = kParent;
    item.number = one.turns;
    item.created_ns = one.deleted_ns;
    item.updated_ns = one.deleted_ns;
    item.body = Json{{"start", one.start_ns}, {"end", one.end_ns}}.dump();
    items.push_back(std::move(item));
    latest = std::max(latest, one.deleted_ns);
  }
  if (Status status = config.Put(project, kKind, items); !status.ok()) return status;
  if (Status status = config.RemoveBefore(project, kKind, kParent, latest - kLifeNs); !status.ok())
    return status;
  return RemoveBeyond(config, project);
}

Result<std::optional<Tombstone>> FindTombstone(ConfigStore& config, ProjectKey project, const TraceId& id,
                                               std::int64_t now_ns) {
  const Result<std::optional<ConfigItem>> item = config.Find(project, kKind, id.Hex());
  if (!item.ok()) return item.status();
  if (!*item || (*item)->created_ns < now_ns - kLifeNs) return std::optional<Tombstone>();
  const Json body = BodyOf(**item);
  Tombstone found;
  found.id = id;
  found.start_ns = body.value("start", std::int64_t{0});
  found.end_ns = body.value("end", std::int64_t{0});
  found.turns = (*item)->number;
  found.deleted_ns = (*item)->created_ns;
  return std::optional(found);
}

}  // namespace repartee::server
