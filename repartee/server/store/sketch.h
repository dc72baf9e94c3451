// Sketch: a distribution in a few hundred bytes, after DDSketch: buckets that grow by
// 2 %, so every quantile is within 1 % of the exact one. Merging two gives what all
// values together would have given, and a value can be taken out again.
//
// Above 512 buckets (a range of 1 to 25,000) the lowest two become one.
// Thread: values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace repartee::server {

class Sketch {
 public:
  void Add(std::int64_t value);
  // Of a value that was added.
  void Remove(std::int64_t value);
  void Merge(const Sketch& other);

  std::int64_t count() const { return count_; }
  std::int64_t sum() const { return sum_; }  // exact, up to the ends of its type
  // Nearest rank, `q` from 0 to 1; nothing of nothing.
  std::optional<double> At(double q) const;

  // The value at that place in order, from 0; 0 of nothing.
  double AtRank(std::int64_t rank) const;

  // Each value that stands for a bucket, ascending, with how many lie there.
  void ForEach(const std::function<void(double value, std::int64_t count)>& visit) const;

  // Appends: zigzag sum, buckets, then for each its distance from the last and its count,
  // all varints.
  void AppendTo(std::string& out) const;
  // Takes one from the front; nothing if it is damaged.
  static std::optional<Sketch> ReadFrom(std::string_view& in);

  friend bool operator==(const Sketch&, const Sketch&) = default;

 private:
  struct Bucket {
    std::uint32_t index = 0;
    std::int64_t count = 0;
    friend bool operator==(const Bucket&, const Bucket&) = default;
  };
  void AddTo(std::uint32_t index, std::int64_t count);
  void Collapse();

  std::vector<Bucket> buckets_;  // by index; at most kMaxBuckets
  std::int64_t count_ = 0;
  std::int64_t sum_ = 0;
};

}  // namespace repartee::server
