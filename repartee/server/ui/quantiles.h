// Quantiles, nearest rank: exact ones of single values, within 1 % of sketches.
//
// Thread: values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "repartee/server/store/sketch.h"

namespace repartee::server {

class Quantiles {
 public:
  void Add(std::int64_t us) {
    values_.push_back(static_cast<std::uint32_t>(std::clamp<std::int64_t>(us, 0, 0xffffffff)));
  }
  // Either values or sketches, not both.
  void Add(const Sketch& sketch) { sketch_.Merge(sketch); }
  std::size_t count() const { return values_.size() + static_cast<std::size_t>(sketch_.count()); }
  // Milliseconds; nothing of nothing. `q` from 0 to 1.
  std::optional<double> At(double q) {
    if (const std::optional<double> us = sketch_.At(q)) return *us / 1e3;
    if (values_.empty()) return std::nullopt;
    const auto rank = static_cast<std::ptrdiff_t>(q * static_cast<double>(values_.size() - 1) + 0.5);
    std::nth_element(values_.begin(), values_.begin() + rank, values_.end());
    return static_cast<double>(values_[static_cast<std::size_t>(rank)]) / 1e3;
  }
  // How many lie below each of `edges` (ascending, milliseconds) and not below the one before; last those
  // above all.
  std::vector<std::int64_t> Histogram(std::span<const std::int64_t> edges) const {
    std::vector<std::int64_t> counts(edges.size() + 1);
    const auto add = [&](double us, std::int64_t count) {
      const auto edge = std::upper_bound(edges.begin(), edges.end(), us, [](double value, std::int64_t ms) {
        return value < static_cast<double>(ms) * 1e3;
      });
      counts[static_cast<std::size_t>(edge - edges.begin())] += count;
    };
    for (const std::uint32_t us : values_) add(us, 1);
    sketch_.ForEach(add);
    return counts;
  }

 private:
  std::vector<std::uint32_t> values_;  // microseconds
  Sketch sketch_;                      // of microseconds
};

}  // namespace repartee::server
