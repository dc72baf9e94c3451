#include "repartee/server/api/dataset_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "repartee/base/random.h"
#include "repartee/server/api/config_resource.h"
#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

std::optional<ConfigItem> FirstOf(ConfigPage&& page) {
  if (page.items.empty()) return std::nullopt;
  return std::move(page.items.front());
}

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

Result<std::optional<ConfigItem>> DatasetStore::FindDataset(const std::string& name) {
  Result<ConfigPage> page =
      config_.List({.project = project_, .kind = kDatasetKind, .name = name, .limit = 1});
  if (!page.ok()) return std::move(page).status();
  return FirstOf(*std::move(page));
}

Result<std::optional<ConfigItem>> DatasetStore::FindRun(const std::string& dataset_id,
                                                        const std::string& run_name) {
  Result<ConfigPage> page = config_.List(
      {.project = project_, .kind = kRunKind, .name = run_name, .parent = dataset_id, .limit = 1});
  if (!page.ok()) return std::move(page).status();
  return FirstOf(*std::move(page));
}

Result<ConfigItem> DatasetStore::PutDataset(const std::string& name, const Json& fields) {
  const auto edit = config_.LockForEdit();
  Result<std::optional<ConfigItem>> known = FindDataset(name);
  if (!known.ok()) return std::move(known).status();
  ConfigItem item = *known ? **std::move(known) : NewItem(RandomUuid(), name, Json::object());
  Json body = BodyOf(item);
  body.update(fields);
  item.body = Dump(body);
  item.updated_ns = NowNs();
  if (Status status = config_.Put(project_, kDatasetKind, {item}); !status.ok()) return status;
  return item;
}

Status DatasetStore::KeepPast(const ConfigItem& item, std::int64_t until_ns) {
  ConfigItem past = item;
  past.id = fmt::format("{}@{}", until_ns, item.id);
  past.name = item.id;
  past.number = until_ns;
  return config_.Put(project_, kItemPastKind, {past});
}

Result<ConfigItem> DatasetStore::PutItem(const std::string& dataset_id, const std::string& id,
                                         const Json& fields) {
  const auto edit = config_.LockForEdit();
  Result<std::optional<ConfigItem>> known = Find(kItemKind, id);
  if (!known.ok()) return std::move(known).status();
  ConfigItem item = NewItem(id, "", Json::object());
  if (*known) {
    if ((*known)->parent != dataset_id)
      return Status::AlreadyExists("Dataset item {} belongs to another dataset", id);
    if (Status status = KeepPast(**known, item.updated_ns); !status.ok()) return status;
    item.created_ns = (*known)->created_ns;
    item.body = (*known)->body;
  }
  item.parent = dataset_id;
  Json body = BodyOf(item);
  body.update(fields);
  item.body = Dump(body);
  if (Status status = config_.Put(project_, kItemKind, {item}); !status.ok()) return status;
  return item;
}

Result<bool> DatasetStore::RemoveItem(const std::string& id) {
  const auto edit = config_.LockForEdit();
  const Result<std::optional<ConfigItem>> known = Find(kItemKind, id);
  if (!known.ok()) return known.status();
  if (!*known) return false;
  if (Status status = KeepPast(**known, NowNs()); !status.ok()) return status;
  return config_.Remove(project_, kItemKind, id);
}

Result<std::vector<ConfigItem>> DatasetStore::Items(const std::optional<std::string>& dataset_id,
                                                    std::optional<std::int64_t> at_ns) {
  Result<ConfigPage> now =
      config_.List({.project = project_, .kind = kItemKind, .parent = dataset_id, .limit = kMaxConfigItems});
  if (!now.ok()) return std::move(now).status();
  if (now->total > kMaxConfigItems)
    return Status::ResourceExhausted("more than {} dataset items: name a dataset", kMaxConfigItems);
  std::vector<ConfigItem> items = std::move(now->items);
  if (!at_ns) return items;
  std::erase_if(items, [at_ns](const ConfigItem& item) { return item.updated_ns > *at_ns; });
  Result<ConfigPage> past = config_.List(
      {.project = project_, .kind = kItemPastKind, .parent = dataset_id, .limit = kMaxConfigItems});
  if (!past.ok()) return std::move(past).status();
  for (ConfigItem& item : past->items) {
    if (item.updated_ns > *at_ns || item.number <= *at_ns) continue;
    item.id = item.name;
    items.push_back(std::move(item));
  }
  std::sort(items.begin(), items.end(), [](const ConfigItem& a, const ConfigItem& b) {
    return std::tie(b.created_ns, b.id) < std::tie(a.created_ns, a.id);
  });
  return items;
}

Result<ConfigItem> DatasetStore::PutRunItem(const std::string& dataset_id, const std::string& run_name,
                                            const Json& run_fields, const std::string& item_id,
                                            const Json& fields, std::optional<std::int64_t> created_ns) {
  const auto edit = config_.LockForEdit();
  Result<std::optional<ConfigItem>> known = FindRun(dataset_id, run_name);
  if (!known.ok()) return std::move(known).status();
  ConfigItem run = *known ? **std::move(known) : NewItem(RandomUuid(), run_name, Json::object());
  run.parent = dataset_id;
  Json run_body = BodyOf(run);
  run_body.update(run_fields);
  run.body = Dump(run_body);
  run.updated_ns = NowNs();
  if (Status status = config_.Put(project_, kRunKind, {run}); !status.ok()) return status;
  ConfigItem item = NewItem(RandomUuid(), item_id, fields);
  item.parent = run.id;
  item.created_ns = created_ns.value_or(item.created_ns);
  if (Status status = config_.Put(project_, kRunItemKind, {item}); !status.ok()) return status;
  return item;
}

Result<bool> DatasetStore::RemoveRun(const std::string& dataset_id, const std::string& run_name) {
  const auto edit = config_.LockForEdit();
  const Result<std::optional<ConfigItem>> run = FindRun(dataset_id, run_name);
  if (!run.ok()) return run.status();
  if (!*run) return false;
  if (Status status = config_.RemoveOf(project_, kRunItemKind, (*run)->id); !status.ok()) return status;
  return config_.Remove(project_, kRunKind, (*run)->id);
}

}  // namespace repartee::server
