// The Model Context Protocol as text: requests in JSON-RPC, and the answers to them as JSON, as
// server-sent events, or as the lines of a process.
//
// What comes from a server is never trusted: of any answer the reader gives a value or a status that says
// what is wrong. No input or output, no clock. Thread: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/base/status.h"
#include "repartee/net/http.h"

namespace repartee::mcp {

inline constexpr char kRevision[] = "2025-06-18";
inline constexpr std::size_t kMaxAnswer = 256 << 10;  // bytes of one answer

// Over HTTP each is a request of its own, so that all have one id.
Json Request(const std::string& method, Json params, std::int64_t id = 1);
// "initialize", the first request.
Json Greeting(std::int64_t id = 1);
// What is not answered. Without params (null) they are left out.
Json Notification(const std::string& method, Json params = nullptr);

// One line, with its end.
std::string ToLine(const Json& message);

// What a process says in a line: an answer to a request of ours, or a request or notification of its own.
struct Line {
  Json id;              // of what is answered or asked; null: a notification
  std::string method;   // empty: an answer
  Result<Json> result;  // of an answer, as ParseAnswer gives it
};
// Malformed unless it is a JSON object.
Result<Line> ParseLine(std::string_view text);
// What we say to a request of the server's: we are there ("ping"), and offer nothing else.
Json AnswerTo(const Json& id, const std::string& method);

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
