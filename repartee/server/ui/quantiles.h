// Quantiles: exact ones of a few hundred thousand values at most, nearest rank.
//
// Thread: values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace repartee::server {

class Quantiles {
 public:
  void Add(std::int64_t us) {
    values_.push_back(static_cast<std::uint32_t>(std::clamp<std::int64_t>(us, 0, 0xffffffff)));
  }
  std::size_t count() const { return values_.size(); }
  // Milliseconds; nothing of nothing. `q` from 0 to 1.
  std::optional<double> At(double q) {
    if (values_.empty()) return std::nullopt;
    const auto rank = static_cast<std::ptrdiff_t>(q * static_cast<double>(values_.size() - 1) + 0.5);
    std::nth_element(values_.begin(), values_.begin() + rank, values_.end());
    return static_cast<double>(values_[static_cast<std::size_t>(rank)]) / 1e3;
  }

 private:
  std::vector<std::uint32_t> values_;  // microseconds
};

}  // namespace repartee::server
