// What the dashboard says of the server itself. Thread: immutable, but for what other
// programs of this process announce after the start.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace repartee::server {

struct ServerFacts {
  std::string version;
  std::string data_folder;
  int otlp_http_port = 0;              // 0: not listening
  std::atomic<int> otlp_grpc_port{0};  // 0: not listening
  std::atomic<int> agent_port{0};      // 0: no agent beside the server
  std::int64_t started_ns = 0;
  std::int64_t retention_days = 0;  // of projects without their own; 0: for ever
};

}  // namespace repartee::server
