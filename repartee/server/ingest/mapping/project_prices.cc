#include "repartee/server/ingest/mapping/project_prices.h"

#include <mutex>

namespace repartee::server {

std::shared_ptr<const PriceTable> ProjectPrices::Of(std::int64_t project) const {
  const std::shared_lock lock(mutex_);
  const auto found = tables_.find(project);
  return found == tables_.end() ? nullptr : found->second;
}

void ProjectPrices::Set(std::int64_t project, std::shared_ptr<const PriceTable> table) {
  const std::unique_lock lock(mutex_);
  tables_[project] = std::move(table);
}

}  // namespace repartee::server
