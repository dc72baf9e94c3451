// Sums of what clients send: times, money and counts may be as large as their type, so a sum
// stops at its ends instead of going over them. Thread: pure functions.
#pragma once

#include <cstdint>

namespace repartee::server {

constexpr std::int64_t SaturatingAdd(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? (b > 0 ? INT64_MAX : INT64_MIN) : sum;
}

constexpr void Accumulate(std::int64_t& sum, std::int64_t more) { sum = SaturatingAdd(sum, more); }

}  // namespace repartee::server
