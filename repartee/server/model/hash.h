// A fast hash of bytes for recognising equal content: multiply and fold, 16 bytes
// a step. Not for secrets. Its values are stored in day files: do not change it.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace repartee::server {

std::uint64_t Hash64(std::string_view bytes, std::uint64_t seed);

}  // namespace repartee::server
