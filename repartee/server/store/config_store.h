// ConfigStore: what people set up, beside what programs send: prompts, datasets,
// score configs, comments, models. JSON documents in meta.db, by project, kind and id.
//
// Thread: any; calls wait for each other and for the disk, so not on a connection's
// thread. Who reads and then writes holds LockForEdit meanwhile.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/status.h"
#include "repartee/server/store/span_record.h"
#include "repartee/server/store/sqlite/database.h"

namespace repartee::server {

struct ConfigItem {
  std::string id;           // unique in its project and kind
  std::string name;         // looked up; need not be unique
  std::string parent;       // what it belongs to; may be empty
  std::int64_t number = 0;  // a version, or any other order
  std::int64_t created_ns = 0;
  std::int64_t updated_ns = 0;
  std::string body;  // JSON
};

struct ConfigQuery {
  ProjectKey project = 0;
  std::string_view kind;
  std::optional<std::string> name{};
  std::optional<std::string> parent{};
  std::optional<std::string> parent_prefix{};  // how `parent` begins
  bool oldest_first = false;                   // by time of making, then by number
  std::size_t offset = 0;
  std::size_t limit = 50;
};

struct ConfigPage {
  std::vector<ConfigItem> items;
  std::size_t total = 0;
};

class ConfigStore {
 public:
  // `path` is meta.db, whose folder exists.
  static Result<std::unique_ptr<ConfigStore>> Open(const std::string& path);

  Result<std::optional<ConfigItem>> Find(ProjectKey project, std::string_view kind, std::string_view id);
  Result<ConfigPage> List(const ConfigQuery& query);
  // All or none; each replaces what has its id.
  Status Put(ProjectKey project, std::string_view kind, const std::vector<ConfigItem>& items);
  // False if there is none.
  Result<bool> Remove(ProjectKey project, std::string_view kind, std::string_view id);
  // Everything of that kind that belongs to `parent`.
  Status RemoveOf(ProjectKey project, std::string_view kind, std::string_view parent);
  // Everything of that kind whose parent begins so and that was made before that moment.
  Status RemoveBefore(ProjectKey project, std::string_view kind, std::string_view parent_prefix,
                      std::int64_t created_ns);

  [[nodiscard]] std::unique_lock<std::mutex> LockForEdit() { return std::unique_lock(edit_mutex_); }

 private:
  explicit ConfigStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}
  Status PutOne(ProjectKey project, std::string_view kind, const ConfigItem& item);

  std::mutex edit_mutex_;  // held around read-and-write; taken before mutex_
  std::mutex mutex_;
  std::unique_ptr<Database> database_;  // guarded by mutex_
};

}  // namespace repartee::server
