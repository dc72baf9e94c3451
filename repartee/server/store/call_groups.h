// Calls that belong together, by session or by caller: what the rows of their
// conversations sum to.
//
// Thread: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "repartee/server/store/trace_scope.h"

namespace repartee::server {

enum class GroupBy : std::uint8_t {
  kSession,
  kCaller
};

struct CallGroup {
  std::string id;  // of the session, or the caller
  std::int64_t first_start_ns = 0;
  std::int64_t last_start_ns = 0;
  std::int64_t calls = 0;
  std::int64_t turns = 0;
  std::int64_t interrupted_turns = 0;
  std::int64_t errors = 0;
  std::int64_t length_ns = 0;           // of all calls together
  std::int64_t cost = -1;               // 1e-12 USD; -1: nothing priced
  std::int64_t ub_latency_max_us = -1;  // the slowest reply
  std::string environment;              // of the latest call
  std::string last_line;
};

// Where a page ended: the next one begins behind it.
struct GroupPlace {
  std::int64_t last_start_ns = 0;
  std::string id;
};

// Of the calls that the scope has.
struct CallGroupQuery : TraceScope {
  GroupBy by = GroupBy::kSession;
  std::string search{};  // in the id; ASCII without case
  std::optional<GroupPlace> behind{};
  std::size_t limit = 50;
};

struct CallGroupPage {
  std::vector<CallGroup> rows;  // the latest first
  std::size_t total = 0;        // without `behind` and limit
};

}  // namespace repartee::server
