// Datasets, their items with every version that was, and runs over them, as documents
// of the ConfigStore. Thread: as the ConfigStore.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/server/store/config_store.h"

namespace repartee::server {

inline constexpr std::string_view kDatasetKind = "dataset";
inline constexpr std::string_view kItemKind = "dataset-item";           // belongs to a dataset
inline constexpr std::string_view kItemPastKind = "dataset-item-past";  // what an item was until `number`, ns
inline constexpr std::string_view kRunKind = "dataset-run";             // belongs to a dataset
inline constexpr std::string_view kRunItemKind = "dataset-run-item";    // belongs to a run

class DatasetStore {
 public:
  // `config` is borrowed.
  DatasetStore(ConfigStore& config, ProjectKey project) : config_(config), project_(project) {}

  Result<std::optional<ConfigItem>> FindDataset(const std::string& name);
  Result<std::optional<ConfigItem>> Find(std::string_view kind, const std::string& id) {
    return config_.Find(project_, kind, id);
  }
  Result<std::optional<ConfigItem>> FindRun(const std::string& dataset_id, const std::string& run_name);

  // A new one, or the one of that name with the given fields replaced.
  Result<ConfigItem> PutDataset(const std::string& name, const Json& fields);
  // A new item, or a new version of the one with that id; AlreadyExists if it belongs to
  // another dataset.
  Result<ConfigItem> PutItem(const std::string& dataset_id, const std::string& id, const Json& fields);
  // False if there is none. What it was stays to be seen.
  Result<bool> RemoveItem(const std::string& id);
  // Items of a dataset, or of all, as they are now or as they were then; newest first.
  Result<std::vector<ConfigItem>> Items(const std::optional<std::string>& dataset_id,
                                        std::optional<std::int64_t> at_ns);

  // Makes the run if it is new.
  Result<ConfigItem> PutRunItem(const std::string& dataset_id, const std::string& run_name,
                                const Json& run_fields, const std::string& item_id, const Json& fields,
                                std::optional<std::int64_t> created_ns);
  Result<bool> RemoveRun(const std::string& dataset_id, const std::string& run_name);

 private:
  Status KeepPast(const ConfigItem& item, std::int64_t until_ns);

  ConfigStore& config_;
  const ProjectKey project_;
};

}  // namespace repartee::server
