#include "repartee/server/live/event_ring.h"

#include <charconv>

namespace repartee::server {

std::string SseText(std::string_view id, std::string_view type, std::string_view data) {
  std::string text;
  text.reserve(data.size() + 80);
  if (!id.empty()) text.append("id: ").append(id).append("\n");
  text.append("event: ").append(type).append("\ndata: ").append(data).append("\n\n");
  return text;
}

const std::string& EventRing::Add(std::string_view type, std::string_view data) {
  events_.push_back(SseText(IdOf(next_++), type, data));
  bytes_ += events_.back().size();
  while (events_.size() > 1 && (events_.size() > kMaxKeptEvents || bytes_ > kMaxKeptEventBytes)) {
    bytes_ -= events_.front().size();
    events_.pop_front();
  }
  known_from_ = next_ - 1 - events_.size();
  return events_.back();
}

std::optional<std::string> EventRing::Since(std::string_view id) const {
  if (!id.starts_with(epoch_) || id.size() <= epoch_.size() || id[epoch_.size()] != '-') return std::nullopt;
  id.remove_prefix(epoch_.size() + 1);
  std::uint64_t seen = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), seen);
  if (error != std::errc() || end != id.data() + id.size()) return std::nullopt;
  if (seen < known_from_ || seen >= next_) return std::nullopt;
  std::string missed;
  for (std::size_t i = seen - known_from_; i < events_.size(); ++i) missed += events_[i];
  return missed;
}

void EventRing::Break() {
  events_.clear();
  bytes_ = 0;
  // An id before the break must not go on after it.
  known_from_ = ++next_ - 1;
}

}  // namespace repartee::server
