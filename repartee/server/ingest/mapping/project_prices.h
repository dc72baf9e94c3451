// ProjectPrices: the price tables of the projects' own models, which win over the
// built-in one. Whoever changes a project's models sets its table anew.
//
// Thread: any.
#pragma once

#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <unordered_map>

#include "repartee/server/ingest/mapping/prices.h"

namespace repartee::server {

class ProjectPrices {
 public:
  // By the project's key; null if it has no models of its own. Shared with mappers, which
  // may outlive a change.
  std::shared_ptr<const PriceTable> Of(std::int64_t project) const;
  void Set(std::int64_t project, std::shared_ptr<const PriceTable> table);

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::int64_t, std::shared_ptr<const PriceTable>> tables_;  // guarded by mutex_
};

}  // namespace repartee::server
