#include "repartee/agent/mcp_client.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "repartee/agent/mcp_protocol.h"
#include "repartee/base/mailbox.h"
#include "repartee/net/http_client.h"

namespace repartee {
namespace {

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
  request.headers.Set("MCP-Protocol-Version", mcp::kRevision);
  if (const std::string session = server.session(); !session.empty()) {
    request.headers.Set("Mcp-Session-Id", session);
  }
  request.body = message.dump(-1, ' ', false, Json::error_handler_t::replace);
  return request;
}

Task<Result<HttpResponse>> Post(EventLoop& loop, ServerPtr server, Json message) {
  HttpClientOptions limits;
  limits.max_response_bytes = mcp::kMaxAnswer;
  HttpClient http(loop, limits);
  Mailbox<Result<HttpResponse>> answered(loop, 1);
  HttpCallOptions options;
  options.timeout = server->options.timeout;
  const auto call = http.Fetch(MakeRequest(*server, message), options,
                               [&answered](Result<HttpResponse> got) { answered.Send(std::move(got)); });
  auto answer = co_await answered.Receive();
  co_return *std::move(answer);
}

Task<Status> Begin(EventLoop& loop, ServerPtr server) {
  const Json client{{"name", "repartee"}, {"version", "1"}};
  const Json params{
      {"protocolVersion", mcp::kRevision}, {"capabilities", Json::object()}, {"clientInfo", client}};
  Json hello = mcp::Request("initialize", params);
  const auto answer = co_await Post(loop, server, std::move(hello));
  if (!answer.ok()) co_return answer.status();
  if (const auto result = mcp::ParseAnswer(*answer); !result.ok()) co_return result.status();
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
    Json message = mcp::Request(method, params);
    const auto answer = co_await Post(loop, server, std::move(message));
    if (!answer.ok()) co_return answer.status();
    Result<Json> result = mcp::ParseAnswer(*answer);
    const bool forgotten = !result.ok() && result.status().code() == StatusCode::kNotFound;
    if (!forgotten || attempt > 0) co_return result;
    server->Forget();
  }
}

// ---------------------------------------------------------------- calls

Task<Status> CallTool(ServerPtr server, std::string name, FunctionCallParams call) {
  Json params{{"name", std::move(name)}, {"arguments", call.arguments}};
  const auto answer = co_await Ask(*EventLoop::Current(), std::move(server), "tools/call", std::move(params));
  call.result_callback(answer.ok() ? mcp::ToResult(*answer)
                                   : Json("The tool could not be asked: " + answer.status().message()));
  co_return OkStatus();
}

// ---------------------------------------------------------------- the list

DirectFunction ToFunction(const ServerPtr& server, Json schema) {
  DirectFunction made;
  made.name = schema["name"];
  made.schema = std::move(schema);
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
    auto tools = mcp::ParseToolPage(*answer);
    if (!tools.ok()) co_return tools.status();
    for (Json& schema : tools->schemas) {
      if (!Wanted(server->options, schema["name"])) continue;
      if (functions.size() >= kMaxTools) co_return Status::ResourceExhausted("more than {} tools", kMaxTools);
      functions.push_back(ToFunction(server, std::move(schema)));
    }
    if (tools->next_cursor.empty()) break;
    params = Json{{"cursor", tools->next_cursor}};
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
