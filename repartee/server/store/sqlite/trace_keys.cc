#include "repartee/server/store/sqlite/trace_keys.h"

#include "repartee/server/store/sqlite/varint.h"

namespace repartee::server {

std::string WriteKeys(const std::set<std::int64_t>& keys) {
  std::string bytes;
  std::int64_t last = 0;
  for (const std::int64_t key : keys) {
    AppendVarint(bytes, static_cast<std::uint64_t>(key - last));
    last = key;
  }
  return bytes;
}

std::vector<std::int64_t> ReadKeys(std::string_view bytes) {
  std::vector<std::int64_t> keys;
  std::int64_t key = 0;
  while (const std::optional<std::uint64_t> step = ReadVarint(bytes)) {
    key += static_cast<std::int64_t>(*step);
    keys.push_back(key);
  }
  return keys;
}

}  // namespace repartee::server
