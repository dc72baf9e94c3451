// What the dashboard says of the server itself. Thread: immutable, but for what other
// programs of this process announce after the start.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "repartee/base/status.h"
#include "repartee/net/http.h"

namespace repartee::server {

struct ServerFacts {
  std::string version;
  std::string data_folder;
  int otlp_http_port = 0;              // 0: not listening
  std::atomic<int> otlp_grpc_port{0};  // 0: not listening
  std::atomic<int> agent_port{0};      // 0: no agent beside the server
  std::string agent_url;               // origin of an agent elsewhere, before one beside; empty: none
  std::int64_t started_ns = 0;
  std::int64_t retention_days = 0;  // of projects without their own; 0: for ever
};

// http://NAME:port, the name being that by which the browser reached this server; empty for port 0.
std::string AtPort(const HttpRequest& request, int port);

// Origin of the agent that one may talk with in the dashboard; empty if there is none.
std::string AgentOrigin(const HttpRequest& request, const ServerFacts& facts);

// http(s)://host[:port] of an agent's URL, be it its page's or its websocket's. InvalidArgument that says
// what is wrong.
Result<std::string> OriginOfAgent(std::string_view url);

}  // namespace repartee::server
