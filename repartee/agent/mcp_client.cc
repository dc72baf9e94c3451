#include "repartee/agent/mcp_client.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "repartee/base/log.h"
#include "repartee/base/mailbox.h"
#include "repartee/net/http_client.h"
#include "repartee/net/sse.h"

namespace repartee {
namespace {

constexpr char kRevision[] = "2025-06-18";
constexpr int kRequest = 1;  // the id: one request at a time in an answer
constexpr std::size_t kMaxAnswer = 256 << 10;
constexpr std::size_t kMaxFault = 300;  // of what a server says of an error
constexpr std::size_t kMaxTools = 128;
constexpr int kMaxPages = 16;

// What the conversations share of one server.
class Server {
 public:
  explicit Server(MCPClientOptions given) : options(std::move(given)) {}

  const MCPClientOptions options;

  bool begun() const {
    const std::lock_guard lock(mutex_);
    return begun_;
  }
  std::string session() const {
    const std::lock_guard lock(mutex_);
    return session_;
  }
  void Begin(std::string session) {
    const std::lock_guard lock(mutex_);
    session_ = std::move(session);
    begun_ = true;
  }
  void Forget() {
    const std::lock_guard lock(mutex_);
    session_.clear();
    begun_ = false;
  }

 private:
  mutable std::mutex mutex_;
  std::string session_;  // guarded by mutex_; empty: the server has none
  bool begun_ = false;   // guarded by mutex_
};
using ServerPtr = std::shared_ptr<Server>;  // shared by the functions of its tools and their calls

HttpRequest MakeRequest(const Server& server, const Json& message) {
  HttpRequest request;
  request.method = "POST";
  request.target = server.options.url;
  request.headers = server.options.headers;
  request.headers.Set("Content-Type", "application/json");
  request.headers.Set("Accept", "application/json, text/event-stream");
  request.headers.Set("MCP-Protocol-Version", kRevision);
  if (const std::string session = server.session(); !session.empty()) {
    request.headers.Set("Mcp-Session-Id", session);
  }
  request.body = message.dump(-1, ' ', false, Json::error_handler_t::replace);
  return request;
}

// The message that answers our request, alone or among a stream's events; nothing if none does.
std::optional<Json> AnswerIn(const HttpResponse& response) {
  std::optional<Json> answer;
  const auto take = [&answer](std::string_view text) {
    auto message = ParseJson(text);
    if (message.ok() && message->is_object() && message->value("id", Json()) == kRequest) {
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

Result<Json> ResultIn(const HttpResponse& response) {
  if (response.status < 200 || response.status > 299) {
    const StatusCode code = response.status == 404 ? StatusCode::kNotFound : StatusCode::kUnavailable;
    return Status(code, fmt::format("{} {}: {}", response.status, HttpStatusText(response.status),
                                    response.body.substr(0, kMaxFault)));
  }
  auto answer = AnswerIn(response);
  if (!answer) return Status::Malformed("the answer is no JSON-RPC");
  if (answer->contains("error")) {
    return Status::Unavailable("{}", (*answer)["error"].dump().substr(0, kMaxFault));
  }
  return answer->value("result", Json::object());
}

Task<Result<HttpResponse>> Post(EventLoop& loop, ServerPtr server, Json message) {
  HttpClientOptions limits;
  limits.max_response_bytes = kMaxAnswer;
  HttpClient http(loop, limits);
  Mailbox<Result<HttpResponse>> answered(loop, 1);
  HttpCallOptions options;
  options.timeout = server->options.timeout;
  const auto call = http.Fetch(MakeRequest(*server, message), options,
                               [&answered](Result<HttpResponse> got) { answered.Send(std::move(got)); });
  auto answer = co_await answered.Receive();
  co_return *std::move(answer);
}

Json Message(const std::string& method, Json params) {
  return {{"jsonrpc", "2.0"}, {"id", kRequest}, {"method", method}, {"params", std::move(params)}};
}

Task<Status> Begin(EventLoop& loop, ServerPtr server) {
  const Json client{{"name", "repartee"}, {"version", "1"}};
  const Json params{{"protocolVersion", kRevision}, {"capabilities", Json::object()}, {"clientInfo", client}};
  Json hello = Message("initialize", params);
  const auto answer = co_await Post(loop, server, std::move(hello));
  if (!answer.ok()) co_return answer.status();
  if (const auto result = ResultIn(*answer); !result.ok()) co_return result.status();
  server->Begin(std::string(answer->headers.Get("Mcp-Session-Id")));
  Json ready{{"jsonrpc", "2.0"}, {"method", "notifications/initialized"}};
  const auto taken = co_await Post(loop, server, std::move(ready));
  co_return taken.ok() ? OkStatus() : taken.status();
}

Task<Result<Json>> Ask(EventLoop& loop, ServerPtr server, std::string method, Json params) {
  for (int attempt = 0;; ++attempt) {
    if (!server->begun()) {
      Status begun = co_await Begin(loop, server);
      if (!begun.ok()) co_return begun;
    }
    Json message = Message(method, params);
    const auto answer = co_await Post(loop, server, std::move(message));
    if (!answer.ok()) co_return answer.status();
    Result<Json> result = ResultIn(*answer);
    const bool forgotten = !result.ok() && result.status().code() == StatusCode::kNotFound;
    if (!forgotten || attempt > 0) co_return result;
    server->Forget();
  }
}

// ---------------------------------------------------------------- calls

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

Json ResultOf(const Result<Json>& answer) {
  if (!answer.ok()) return "The tool could not be asked: " + answer.status().message();
  if (!answer->is_object()) return "The tool gave no answer.";
  const std::string texts = TextsOf(*answer);
  if (answer->value("isError", Json()) == true) return "The tool failed: " + texts;
  if (answer->contains("structuredContent")) return (*answer)["structuredContent"];
  if (auto json = ParseJson(texts); json.ok()) return *std::move(json);
  return texts.empty() ? "done" : texts;
}

Task<Status> CallTool(ServerPtr server, std::string name, FunctionCallParams call) {
  Json params{{"name", std::move(name)}, {"arguments", call.arguments}};
  const auto answer = co_await Ask(*EventLoop::Current(), std::move(server), "tools/call", std::move(params));
  call.result_callback(ResultOf(answer));
  co_return OkStatus();
}

// ---------------------------------------------------------------- the list

bool CanBeNamed(const std::string& name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  return !name.empty() && name.size() <= 64 && name.find_first_not_of(kLetters) == std::string::npos;
}

// Null: a tool that no model can be offered.
std::optional<DirectFunction> ToFunction(const ServerPtr& server, const Json& tool) {
  const Json name = tool.is_object() ? tool.value("name", Json()) : Json();
  if (!name.is_string() || !CanBeNamed(name.get<std::string>())) {
    LogWarning("{}: a tool is left out, for its name cannot be offered to a model: {}", server->options.url,
               name.dump().substr(0, kMaxFault));
    return std::nullopt;
  }
  const Json schema = tool.value("inputSchema", Json::object());
  const auto part = [&schema](const char* key, Json otherwise) {
    Json found = schema.is_object() ? schema.value(key, Json()) : Json();
    return found.type() == otherwise.type() ? found : otherwise;
  };
  const Json description = tool.value("description", Json());
  DirectFunction made;
  made.name = name;
  made.schema = {{"name", name},
                 {"description", description.is_string() ? description : Json("")},
                 {"properties", part("properties", Json::object())},
                 {"required", part("required", Json::array())}};
  made.options = server->options.function;
  made.handler = [server, name = made.name](FunctionCallParams call) {
    return CallTool(server, name, std::move(call));
  };
  return made;
}

bool Wanted(const MCPClientOptions& options, const std::string& name) {
  return options.tools.empty() || std::ranges::find(options.tools, name) != options.tools.end();
}

Task<Result<std::vector<DirectFunction>>> List(EventLoop& loop, ServerPtr server) {
  std::vector<DirectFunction> functions;
  Json params = Json::object();
  for (int page = 0; page < kMaxPages; ++page) {
    const auto answer = co_await Ask(loop, server, "tools/list", params);
    if (!answer.ok()) co_return answer.status();
    const Json tools = answer->is_object() ? answer->value("tools", Json()) : Json();
    if (!tools.is_array()) co_return Status::Malformed("the list of tools is none");
    for (const Json& tool : tools) {
      auto function = ToFunction(server, tool);
      if (!function || !Wanted(server->options, function->name)) continue;
      if (functions.size() >= kMaxTools) co_return Status::ResourceExhausted("more than {} tools", kMaxTools);
      functions.push_back(*std::move(function));
    }
    Json cursor = answer->value("nextCursor", Json());
    if (!cursor.is_string()) break;
    params = Json{{"cursor", std::move(cursor)}};
  }
  co_return functions;
}

}  // namespace

Result<std::vector<DirectFunction>> GetMCPTools(MCPClientOptions options) {
  const std::string url = options.url;
  const auto server = std::make_shared<Server>(std::move(options));
  EventLoop loop;
  auto task = List(loop, server);
  if (!task.Start(nullptr)) {
    loop.RunUntil([&task] { return task.done(); }, (kMaxPages + 4) * Nanos(server->options.timeout));
  }
  if (!task.done()) return Status::DeadlineExceeded("the tools of {} did not come in time", url);
  auto functions = task.Take();
  if (!functions.ok()) return Status(functions.status()).Annotate("the tools of {}", url);
  for (const std::string& name : server->options.tools) {
    const bool there = std::ranges::any_of(
        *functions, [&name](const DirectFunction& function) { return function.name == name; });
    if (!there) return Status::NotFound("{} has no tool {}", url, name);
  }
  return functions;
}

}  // namespace repartee
