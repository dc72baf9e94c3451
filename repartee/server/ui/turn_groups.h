// Which spans make which turn. Children come before their turn, so a turn may be
// known by its children alone.
//
// Thread: pure functions.
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "repartee/server/store/store.h"

namespace repartee::server {

struct TurnGroup {
  SpanId id = 0;
  std::int32_t number = 0;
  const SpanRow* own = nullptr;         // null: the turn's own span has not come
  std::vector<const SpanRow*> members;  // without the turn's own, in order of start
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;

  // Ended with the conversation, which is over.
  bool hung_up = false;

  // The user's speech cut it short.
  bool is_interrupted() const {
    return own != nullptr && (own->facts.flags & kFlagInterrupted) != 0 && !hung_up;
  }
  // Its own span has not ended.
  bool is_open() const { return own == nullptr || (own->facts.flags & kFlagProvisional) != 0; }
};

struct TurnGroups {
  std::vector<TurnGroup> turns;                // in order of start
  std::unordered_map<SpanId, SpanId> turn_of;  // of each span that belongs to one, the turn's own included
};

// `spans` in order of start; the groups point into it.
TurnGroups GroupByTurn(std::span<const SpanRow> spans);

}  // namespace repartee::server
