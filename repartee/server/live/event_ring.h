// EventRing: the last events of one stream, so that who was away for a moment gets
// what he missed. Bounded in number and bytes; older ones are gone.
//
// Thread: that of its owner.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace repartee::server {

inline constexpr std::size_t kMaxKeptEvents = 1'000;
inline constexpr std::size_t kMaxKeptEventBytes = 4 << 20;

// One server-sent event; without an id if that is empty. `data` has no line ends.
std::string SseText(std::string_view id, std::string_view type, std::string_view data);

class EventRing {
 public:
  // `epoch` tells the ids of this ring from those of another, before a restart say.
  explicit EventRing(std::string epoch) : epoch_(std::move(epoch)) {}

  // Keeps the event; returns its text with its id.
  const std::string& Add(std::string_view type, std::string_view data);
  // What came after that id, joined; nothing if it is not known any more or never was.
  std::optional<std::string> Since(std::string_view id) const;
  // Forgets all: what happened in between is not known.
  void Break();
  std::string last_id() const { return IdOf(next_ - 1); }

 private:
  std::string IdOf(std::uint64_t number) const { return epoch_ + "-" + std::to_string(number); }

  const std::string epoch_;
  std::deque<std::string> events_;
  std::size_t bytes_ = 0;
  std::uint64_t next_ = 1;        // number of the next event
  std::uint64_t known_from_ = 0;  // the earliest id from which one can go on
};

}  // namespace repartee::server
