#include "repartee/server/ingest/batch/entity_table.h"

namespace repartee::server {

Entity& EntityTable::At(EntityKind kind, const std::string& id) {
  const std::string key = static_cast<char>(kind) + id;
  const auto [place, is_new] = places_.try_emplace(key, entities_.size());
  if (is_new) entities_.push_back({.kind = kind, .id = id, .trace_id = {}, .events = {}});
  return entities_[place->second];
}

}  // namespace repartee::server
