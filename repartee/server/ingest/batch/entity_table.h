// EntityTable: the entities of a request or of a round, each once, in the order in
// which they came. Found by a hash: one request may name tens of thousands.
//
// Thread: that of its owner.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "repartee/server/ingest/batch/entity.h"

namespace repartee::server {

class EntityTable {
 public:
  // The one of that kind and id; without events if it is new. Good until the next call.
  Entity& At(EntityKind kind, const std::string& id);
  std::vector<Entity> Take() && { return std::move(entities_); }

 private:
  std::vector<Entity> entities_;
  std::unordered_map<std::string, std::size_t> places_;  // by kind and id
};

}  // namespace repartee::server
