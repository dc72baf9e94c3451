// The question behind the dashboard's list: traces newest first, page after page from
// where the last one ended, so that rows that arrive meanwhile move nothing.
//
// Thread: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/server/store/trace_scope.h"

namespace repartee::server {

// What a row says at a glance; a trace that goes on is live, whatever its spans are.
enum class Outcome : std::uint8_t {
  kLive,
  kOk,
  kWarning,
  kError
};

// Services as lists show them: "deepgram · nova-3", or the one of the two that is known.
struct ServiceWanted {
  Stage stage = Stage::kStt;
  std::vector<std::string> labels{};  // any of them
};

// How many conversations had the service.
struct ServiceCount {
  Stage stage = Stage::kStt;
  std::string label;
  std::int64_t conversations = 0;
};
struct ServiceCounts {
  std::vector<ServiceCount> services;
  std::int64_t conversations = 0;  // that were looked at: the newest
};

// By what the list is ordered, the highest first unless it ascends; what is not known comes last.
enum class ListColumn : std::uint8_t {
  kStart,
  kLength,
  kTurns,
  kReplyP50,
  kReplyP95,
  kBargeIns,
  kCost,
  kSpans
};
struct ListOrder {
  ListColumn column = ListColumn::kStart;
  bool ascending = false;

  // Whether by another than the list's own: newest first.
  bool is_ranked() const { return column != ListColumn::kStart || ascending; }
};

// A place in the list: rank if it has one, start, then day file and key of the trace.
struct ListPlace {
  std::int64_t start_ns = 0;
  int day = 0;
  std::int64_t key = 0;
  std::int64_t rank = 0;  // of the list's order; 0 in its own
};

struct ConversationQuery : TraceScope {
  std::vector<Outcome> outcomes{};  // any of them
  std::int64_t live_after_ns = 0;   // without its root and with a span since then: live
  std::optional<std::int64_t> min_ub_latency_p95_us{};
  std::optional<std::int64_t> max_ub_latency_p95_us{};  // below
  std::int64_t min_interrupted_turns = 0;
  std::optional<std::int64_t> max_interrupted_turns{};  // below
  std::vector<ServiceWanted> services{};                // one of each stage's
  bool with_turns = false;
  // No others than these; nothing: any.
  std::optional<std::vector<TraceId>> among{};
  // Words of a transcript, an input, an output or the trace's name, user and session,
  // all in one of them, the last one as it begins; or how the id begins.
  std::string search{};
  ListOrder order{};
  std::optional<ListPlace> before{};  // only what comes after it in the list, uncounted
  // Older days are left when it has taken so long; nothing: all are looked at.
  std::optional<Nanos> most_time{};
  std::size_t limit = 50;
};

}  // namespace repartee::server
