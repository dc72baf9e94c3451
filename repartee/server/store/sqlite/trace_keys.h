// The keys of the traces that a batch has spans of: rising numbers, each as its distance
// from the last. Thread: pure functions.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace repartee::server {

std::string WriteKeys(const std::set<std::int64_t>& keys);
// What is cut off at the end is left out.
std::vector<std::int64_t> ReadKeys(std::string_view bytes);

}  // namespace repartee::server
