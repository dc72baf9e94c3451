// Events of batch ingestion: one request carries many, each creating or updating a
// trace, an observation or a score. Thread: pure functions and values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/base/status.h"
#include "repartee/server/model/observation.h"

namespace repartee::server {

enum class EntityKind : unsigned char {
  kTrace,
  kObservation,
  kScore,
  kLog  // what an SDK says of itself; taken and dropped
};

struct BatchEvent {
  std::string id;         // of the event
  std::string type;       // as sent: "trace-create", "span-update", ...
  std::string timestamp;  // as sent
  std::int64_t time_ns = 0;
  EntityKind kind = EntityKind::kLog;
  bool is_create = true;
  ObservationType observation_type = ObservationType::kSpan;
  Json body;

  // Of the trace, observation or score; empty if none was given.
  std::string EntityId() const;
  // Events are ordered no finer than this: SDKs differ in the digits that they send.
  std::int64_t time_ms() const { return time_ns / 1'000'000; }
};

// InvalidArgument says what is wrong with the envelope or the body.
Result<BatchEvent> ParseEvent(const Json& json);

// The order in which events of one entity count: by time, creations first.
bool CountsBefore(const BatchEvent& a, const BatchEvent& b);

}  // namespace repartee::server
