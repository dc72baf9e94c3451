#include "repartee/server/auth/rate_limit.h"

#include <algorithm>
#include <functional>

namespace repartee::server {

void RateLimit::ForgetFull(Nanos now) {
  std::erase_if(buckets_, [this, now](const auto& entry) {
    return entry.second.tokens + ToSeconds(now - entry.second.filled) * per_second_ >= burst();
  });
  // All of them in use: who sends garbage in so many names gets no memory for it.
  if (buckets_.size() >= kMaxKeys) buckets_.clear();
}

std::optional<Nanos> RateLimit::Take(std::string_view authorization) {
  if (per_second_ <= 0) return std::nullopt;
  const Nanos now = clock_.MonotonicNow();
  const std::size_t key = std::hash<std::string_view>()(authorization);
  const std::lock_guard lock(mutex_);
  if (buckets_.size() >= kMaxKeys && !buckets_.contains(key)) ForgetFull(now);
  const auto [entry, is_new] = buckets_.try_emplace(key, Bucket{burst(), now});
  Bucket& bucket = entry->second;
  bucket.tokens = std::min(burst(), bucket.tokens + ToSeconds(now - bucket.filled) * per_second_);
  bucket.filled = now;
  if (bucket.tokens < 1) return FromSeconds((1 - bucket.tokens) / per_second_);
  bucket.tokens -= 1;
  return std::nullopt;
}

}  // namespace repartee::server
