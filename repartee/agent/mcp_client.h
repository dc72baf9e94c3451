// MCPClient: tools of the model that a server offers by the Model Context Protocol (revision 2025-06-18):
// over streamable HTTP, where JSON-RPC by POST is answered as JSON or as a server-sent event, or as a program
// that is run (MCPProcess).
//
// The tools are asked for once, when an agent starts; each call of one is a request of its conversation's. A
// session that the server has forgotten is begun anew, once a call. What goes wrong in a call is told to the
// model in a sentence, and it goes on.
//
// Limits: the time limit of each request, 128 tools, 16 pages of them, 256 KiB of an answer. Thread:
// GetMCPTools blocks, any; the functions run on their conversations' loops and share the session.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "repartee/agent/mcp_process.h"
#include "repartee/base/status.h"
#include "repartee/net/http.h"
#include "repartee/services/direct_function.h"

namespace repartee {

struct MCPClientOptions {
  std::string url{};                 // http or https, or
  MCPProcessOptions process{};       // the program to run, which the functions share and which ends with them
  HttpHeaders headers{};             // with each request: Authorization
  std::vector<std::string> tools{};  // names of those that are wanted; empty: all
  std::chrono::milliseconds timeout{10000};
  FunctionOptions function{};  // of each tool
};

// The server as people know it: its URL, or its program.
const std::string& NameOf(const MCPClientOptions& options);

// Unavailable or DeadlineExceeded when the server cannot be asked, Malformed when it does not speak the
// protocol, NotFound when it has not a tool that is wanted; each names the server.
Result<std::vector<DirectFunction>> GetMCPTools(MCPClientOptions options);

}  // namespace repartee
