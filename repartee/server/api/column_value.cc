#include "repartee/server/api/column_value.h"

#include "repartee/server/api/observation_json.h"

namespace repartee::server::column_value {

FieldValue MetadataOf(const std::vector<MetadataEntry>& metadata, std::string_view key) {
  for (const auto& [name, value] : metadata) {
    if (name == key) return value;
  }
  for (const auto& [name, value] : FlattenMetadata(metadata)) {
    if (name == key) return value;
  }
  return Nothing();
}

}  // namespace repartee::server::column_value
