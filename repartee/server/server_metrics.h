// ServerMetrics: what the server counts of itself, and /metrics in Prometheus' text
// format: numbers alone, nothing of what was stored.
//
// Thread: any.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "repartee/server/ingest/ingest_health.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

class ServerMetrics {
 public:
  // An answer of one of the faces: "api", "otlp_http", "otlp_grpc", "ui", "pages".
  void CountAnswer(std::string_view face, int status);

  // Prometheus' text exposition format 0.0.4.
  std::string Text(const Store& store, const IngestHealth& health) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::uint64_t> answers_;  // by face and status; guarded by mutex_
};

}  // namespace repartee::server
