#include "repartee/server/store/sketch.h"

#include <algorithm>
#include <cmath>

#include "repartee/server/model/saturating.h"
#include "repartee/server/store/sqlite/varint.h"

namespace repartee::server {
namespace {

constexpr double kGamma = 1.02;
constexpr std::size_t kMaxBuckets = 512;
constexpr std::uint32_t kMaxIndex = 2'300;  // beyond the largest 64-bit number

// 0 is the bucket of zero and below; bucket i + 1 ends at gamma^i.
std::uint32_t IndexOf(std::int64_t value) {
  if (value <= 0) return 0;
  static const double kLogGamma = std::log(kGamma);
  return 1 + static_cast<std::uint32_t>(std::ceil(std::log(static_cast<double>(value)) / kLogGamma));
}

double ValueOf(std::uint32_t index) {
  if (index == 0) return 0;
  return 2 * std::pow(kGamma, static_cast<double>(index - 1)) / (kGamma + 1);
}

}  // namespace

void Sketch::AddTo(std::uint32_t index, std::int64_t count) {
  const auto place = std::lower_bound(buckets_.begin(), buckets_.end(), index,
                                      [](const Bucket& bucket, std::uint32_t i) { return bucket.index < i; });
  if (place != buckets_.end() && place->index == index) {
    place->count += count;
  } else {
    buckets_.insert(place, {index, count});
  }
}

// Long values matter more than short ones: what is lost is told apart at the bottom.
void Sketch::Collapse() {
  if (buckets_.size() <= kMaxBuckets) return;
  const std::size_t extra = buckets_.size() - kMaxBuckets;
  for (std::size_t i = 0; i < extra; ++i) buckets_[extra].count += buckets_[i].count;
  buckets_.erase(buckets_.begin(), buckets_.begin() + static_cast<std::ptrdiff_t>(extra));
}

void Sketch::Add(std::int64_t value) {
  AddTo(IndexOf(value), 1);
  Collapse();
  ++count_;
  Accumulate(sum_, value);
}

void Sketch::Remove(std::int64_t value) {
  if (buckets_.empty()) return;
  const std::uint32_t index = IndexOf(value);
  auto place = std::find_if(buckets_.begin(), buckets_.end(),
                            [index](const Bucket& bucket) { return bucket.index == index; });
  if (place == buckets_.end()) place = buckets_.begin();  // it was collapsed
  if (--place->count == 0) buckets_.erase(place);
  --count_;
  Accumulate(sum_, -value);
}

void Sketch::Merge(const Sketch& other) {
  for (const Bucket& bucket : other.buckets_) AddTo(bucket.index, bucket.count);
  Collapse();
  count_ += other.count_;
  Accumulate(sum_, other.sum_);
}

std::optional<double> Sketch::At(double q) const {
  if (count_ <= 0) return std::nullopt;
  return AtRank(static_cast<std::int64_t>(q * static_cast<double>(count_ - 1) + 0.5));
}

double Sketch::AtRank(std::int64_t rank) const {
  std::int64_t seen = 0;
  for (const Bucket& bucket : buckets_) {
    seen += bucket.count;
    if (seen > rank) return ValueOf(bucket.index);
  }
  return buckets_.empty() ? 0 : ValueOf(buckets_.back().index);
}

void Sketch::ForEach(const std::function<void(double, std::int64_t)>& visit) const {
  for (const Bucket& bucket : buckets_) visit(ValueOf(bucket.index), bucket.count);
}

void Sketch::AppendTo(std::string& out) const {
  AppendVarint(out, ToZigzag(sum_));
  AppendVarint(out, buckets_.size());
  std::uint32_t last = 0;
  for (const Bucket& bucket : buckets_) {
    AppendVarint(out, bucket.index - last);
    AppendVarint(out, static_cast<std::uint64_t>(bucket.count));
    last = bucket.index;
  }
}

std::optional<Sketch> Sketch::ReadFrom(std::string_view& in) {
  Sketch sketch;
  const std::optional<std::uint64_t> sum = ReadVarint(in);
  const std::optional<std::uint64_t> size = ReadVarint(in);
  if (!sum || !size || *size > kMaxBuckets) return std::nullopt;
  sketch.sum_ = FromZigzag(*sum);
  std::uint64_t index = 0;
  for (std::uint64_t i = 0; i < *size; ++i) {
    const std::optional<std::uint64_t> step = ReadVarint(in);
    const std::optional<std::uint64_t> count = ReadVarint(in);
    if (!step || !count || *step > kMaxIndex || index + *step > kMaxIndex) return std::nullopt;
    index += *step;
    sketch.buckets_.push_back({static_cast<std::uint32_t>(index), static_cast<std::int64_t>(*count)});
    sketch.count_ += static_cast<std::int64_t>(*count);
  }
  return sketch;
}

}  // namespace repartee::server
