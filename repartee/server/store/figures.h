// What figures and charts are counted from: narrow facts of conversations and of their
// turns and services, newest conversations first, up to a limit.
//
// Thread: values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/server/model/ids.h"
#include "repartee/server/model/observation.h"
#include "repartee/server/store/span_record.h"

namespace repartee::server {

// What a list says of a conversation at a glance. The texts are good during the call.
struct ConversationFacts {
  std::int64_t start_ns = 0;
  std::int64_t last_update_ns = 0;
  bool complete = false;
  std::int64_t errors = 0;
  std::int64_t warnings = 0;
  std::int64_t turns = 0;
  std::int64_t interrupted_turns = 0;
  std::int64_t ub_latency_p95_us = -1;
  std::string_view environment;
  std::string_view release;
  std::string_view version;
  std::vector<std::string> tags;
  TraceId id{};
};

// A turn, or a service's span in one. The texts are good during the call.
struct VoiceSample {
  TraceId trace;
  SpanId span = 0;
  SpanFacts facts;
  std::string_view provider;
  std::string_view model;
};

struct VoiceQuery {
  ProjectKey project = 0;
  std::int64_t from_ns = 0;                 // start of the conversation >= from
  std::int64_t to_ns = 0;                   // and < to
  std::vector<std::string> environments{};  // any of them
};

// Turns that began in the range, whose reply took so long; without an upper end those of
// calls that began in it.
struct ReplyQuery {
  VoiceQuery range{};
  std::int64_t from_us = 0;             // at least
  std::optional<std::int64_t> to_us{};  // below
  std::size_t limit = 20;               // the slowest
};

struct SlowTurn {
  TraceId trace;
  SpanId span = 0;
  std::int32_t number = -1;
  std::int64_t start_ns = 0;
  std::int64_t reply_us = 0;
};

// How far a scan came: conversations that start before were not looked at.
struct ScanExtent {
  std::optional<std::int64_t> stopped_at_ns{};  // nothing: it saw all
};

using ConversationVisitor = std::function<void(const ConversationFacts&)>;
using VoiceVisitor = std::function<void(const VoiceSample&)>;

}  // namespace repartee::server
