// The Model Context Protocol as text: requests in JSON-RPC, and the answers to them as JSON or as
// server-sent events.
//
// What comes from a server is never trusted: of any answer the reader gives a value or a status that says
// what is wrong. No input or output, no clock. Thread: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/base/status.h"
#include "repartee/net/http.h"

namespace repartee::mcp {

inline constexpr char kRevision[] = "2025-06-18";
inline constexpr std::size_t kMaxAnswer = 256 << 10;  // bytes of one answer

// Each over a request of its own, so that all have one id.
Json Request(const std::string& method, Json params);

// The result of our request. NotFound on status 404 (the session is forgotten), Unavailable on another that
// is not 2xx or on an error of JSON-RPC, Malformed when there is no answer in it.
Result<Json> ParseAnswer(const HttpResponse& response);

struct ToolPage {
  // {"name", "description", "properties", "required"} of each tool, as LLMContext::SetTools takes it. One
  // whose name no model could be offered is left out, which is logged.
  std::vector<Json> schemas;
  std::string next_cursor;  // empty: the last page
};

// Of the result of tools/list. Malformed when it holds no list.
Result<ToolPage> ParseToolPage(const Json& result);

// What the model is told of the result of tools/call.
Json ToResult(const Json& result);

}  // namespace repartee::mcp
