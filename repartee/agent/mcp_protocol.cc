#include "repartee/agent/mcp_protocol.h"

#include <optional>
#include <utility>

#include "repartee/base/log.h"
#include "repartee/net/sse.h"

namespace repartee::mcp {
namespace {

constexpr int kId = 1;
constexpr int kMethodNotFound = -32601;  // of JSON-RPC
constexpr std::size_t kMaxFault = 300;   // of what a server says of an error
constexpr std::size_t kMaxName = 64;

std::optional<Json> AnswerIn(const HttpResponse& response) {
  std::optional<Json> answer;
  const auto take = [&answer](std::string_view text) {
    auto message = ParseJson(text);
    if (message.ok() && message->is_object() && message->value("id", Json()) == kId) {
      answer = *std::move(message);
    }
  };
  if (!response.headers.Get("Content-Type").starts_with("text/event-stream")) {
    take(response.body);
    return answer;
  }
  SseParser events(kMaxAnswer);
  static_cast<void>(events.Feed(response.body, [&take](const SseEvent& event) { take(event.data); }));
  return answer;
}

std::string TextsOf(const Json& result) {
  std::string texts;
  const auto content = result.find("content");
  if (content == result.end() || !content->is_array()) return texts;
  for (const Json& part : *content) {
    const Json text = part.is_object() ? part.value("text", Json()) : Json();
    if (text.is_string()) texts += (texts.empty() ? "" : "\n") + text.get<std::string>();
  }
  return texts;
}

bool CanBeNamed(const Json& name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  if (!name.is_string()) return false;
  const auto& text = name.get_ref<const std::string&>();
  return !text.empty() && text.size() <= kMaxName && text.find_first_not_of(kLetters) == std::string::npos;
}

std::string Dumped(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, kMaxFault);
}

// Of an answer, which is an object.
Result<Json> ResultIn(const Json& answer) {
  if (answer.contains("error")) return Status::Unavailable("{}", Dumped(answer["error"]));
  return answer.value("result", Json::object());
}

Json SchemaOf(const Json& tool) {
  const Json input = tool.value("inputSchema", Json::object());
  const auto part = [&input](const char* key, Json otherwise) {
    Json found = input.is_object() ? input.value(key, Json()) : Json();
    return found.type() == otherwise.type() ? found : otherwise;
  };
  const Json description = tool.value("description", Json());
  return {{"name", tool.value("name", Json())},
          {"description", description.is_string() ? description : Json("")},
          {"properties", part("properties", Json::object())},
          {"required", part("required", Json::array())}};
}

}  // namespace

Json Request(const std::string& method, Json params, std::int64_t id) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}};
}

Json Greeting(std::int64_t id) {
  const Json client{{"name", "repartee"}, {"version", "1"}};
  Json params{{"protocolVersion", kRevision}, {"capabilities", Json::object()}, {"clientInfo", client}};
  return Request("initialize", std::move(params), id);
}

Json Notification(const std::string& method, Json params) {
  Json message{{"jsonrpc", "2.0"}, {"method", method}};
  if (!params.is_null()) message["params"] = std::move(params);
  return message;
}

std::string ToLine(const Json& message) {
  return message.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Line> ParseLine(std::string_view text) {
  const auto message = ParseJson(text);
  if (!message.ok() || !message->is_object()) {
    return Status::Malformed("the line is no JSON-RPC: {}", text.substr(0, kMaxFault));
  }
  const Json method = message->value("method", Json());
  return Line{.id = message->value("id", Json()),
              .method = method.is_string() ? method.get<std::string>() : std::string(),
              .result = ResultIn(*message)};
}

Json AnswerTo(const Json& id, const std::string& method) {
  Json answer{{"jsonrpc", "2.0"}, {"id", id}};
  if (method == "ping") {
    answer["result"] = Json::object();
  } else {
    answer["error"] = Json{{"code", kMethodNotFound}, {"message", "there is no such method"}};
  }
  return answer;
}

Result<Json> ParseAnswer(const HttpResponse& response) {
  if (response.status < 200 || response.status > 299) {
    const StatusCode code = response.status == 404 ? StatusCode::kNotFound : StatusCode::kUnavailable;
    return Status(code, fmt::format("{} {}: {}", response.status, HttpStatusText(response.status),
                                    response.body.substr(0, kMaxFault)));
  }
  const auto answer = AnswerIn(response);
  if (!answer) return Status::Malformed("the answer is no JSON-RPC");
  return ResultIn(*answer);
}

Result<ToolPage> ParseToolPage(const Json& result) {
  const Json tools = result.is_object() ? result.value("tools", Json()) : Json();
  if (!tools.is_array()) return Status::Malformed("the list of tools is none");
  ToolPage page;
  for (const Json& tool : tools) {
    if (tool.is_object() && CanBeNamed(tool.value("name", Json()))) {
      page.schemas.push_back(SchemaOf(tool));
    } else {
      LogWarning("a tool is left out, for its name cannot be offered to a model: {}", Dumped(tool));
    }
  }
  const Json cursor = result.value("nextCursor", Json());
  if (cursor.is_string()) page.next_cursor = cursor;
  return page;
}

Json ToResult(const Json& result) {
  if (!result.is_object()) return "The tool gave no answer.";
  const std::string texts = TextsOf(result);
  if (result.value("isError", Json()) == true) return "The tool failed: " + texts;
  if (const auto content = result.find("structuredContent"); content != result.end()) return *content;
  if (auto json = ParseJson(texts); json.ok()) return *std::move(json);
  return texts.empty() ? "done" : texts;
}

}  // namespace repartee::mcp
