#include "repartee/server/auth/attempt_limit.h"

#include <algorithm>

namespace repartee::server {

void AttemptLimit::Forget(std::deque<Nanos>& failures) const {
  const Nanos now = clock_.MonotonicNow();
  while (!failures.empty() && now - failures.front() >= kWindow) failures.pop_front();
}

std::optional<Nanos> AttemptLimit::WaitOf(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find(name);
  if (found == failures_.end()) return std::nullopt;
  Forget(found->second);
  const std::size_t count = found->second.size();
  if (count == 0) failures_.erase(found);
  if (count < kMaxFailures) return std::nullopt;
  return found->second.front() + kWindow - clock_.MonotonicNow();
}

void AttemptLimit::NoteFailure(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (failures_.size() >= kMaxNames && !failures_.contains(name)) {
    failures_.erase(std::min_element(failures_.begin(), failures_.end(), [](const auto& a, const auto& b) {
      return a.second.back() < b.second.back();
    }));
  }
  std::deque<Nanos>& failures = failures_[name];
  failures.push_back(clock_.MonotonicNow());
  if (failures.size() > kMaxFailures) failures.pop_front();
}

void AttemptLimit::Clear(const std::string& name) {
  const std::lock_guard lock(mutex_);
  failures_.erase(name);
}

}  // namespace repartee::server
