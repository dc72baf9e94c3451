#include "repartee/agent/mcp_client.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
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
  explicit Server(MCPClientOptions given) : options(std::move(given)) {
    if (options.url.empty()) process.emplace(options.process);
  }

  const MCPClientOptions options;
  std::optional<MCPProcess> process;  // of a server that is none of HTTP

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
  Json hello = mcp::Greeting();
  const auto answer = co_await Post(loop, server, std::move(hello));
  if (!answer.ok()) co_return answer.status();
  if (const auto result = mcp::ParseAnswer(*answer); !result.ok()) co_return result.status();
  server->Begin(std::string(answer->headers.Get("Mcp-Session-Id")));
  Json ready = mcp::Notification("notifications/initialized");
  const auto taken = co_await Post(loop, server, std::move(ready));
  co_return taken.ok() ? OkStatus() : taken.status();
}

// A question to a process, from a conversation's loop. It is withdrawn when whoever waits is destroyed: then
// nothing is posted to the loop any more, which may be gone soon.
class Question {
 public:
  Question(EventLoop& loop, Server& server, std::string method, Json params)
      : answered_(loop, 1), hold_(loop), process_(*server.process), door_(std::make_shared<Door>(*this)) {
    auto done = [&loop, door = door_](Result<Json> answer) {
      loop.Post([door, answer = std::move(answer)]() mutable {
        if (door->question) door->question->answered_.Send(std::move(answer));
      });
    };
    id_ = process_.Ask(std::move(method), std::move(params), server.options.timeout, std::move(done));
  }
  ~Question() {
    process_.Forget(id_);
    door_->question = nullptr;
  }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  auto Answer() { return answered_.Receive(); }

 private:
  // Shared with what was posted: it may run when the question is gone. On the loop alone.
  struct Door {
    explicit Door(Question& asked) : question(&asked) {}
    Question* question;
  };

  Mailbox<Result<Json>> answered_;
  EventLoop::Hold hold_;
  MCPProcess& process_;
  std::shared_ptr<Door> door_;
  std::int64_t id_ = 0;
};

Task<Result<Json>> AskProcess(EventLoop& loop, ServerPtr server, std::string method, Json params) {
  Question question(loop, *server, std::move(method), std::move(params));
  auto answer = co_await question.Answer();
  co_return *std::move(answer);
}

Task<Result<Json>> Ask(EventLoop& loop, ServerPtr server, std::string method, Json params) {
  if (server->process) co_return co_await AskProcess(loop, server, std::move(method), std::move(params));
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

const std::string& NameOf(const MCPClientOptions& options) {
  return options.url.empty() ? options.process.command.front() : options.url;
}

Result<std::vector<DirectFunction>> GetMCPTools(MCPClientOptions options) {
  const std::string name = NameOf(options);
  const auto server = std::make_shared<Server>(std::move(options));
  EventLoop loop;
  auto task = List(loop, server);
  if (!task.Start(nullptr)) {
    loop.RunUntil([&task] { return task.done(); }, (kMaxPages + 4) * Nanos(server->options.timeout));
  }
  if (!task.done()) return Status::DeadlineExceeded("the tools of {} did not come in time", name);
  auto functions = task.Take();
  if (!functions.ok()) return Status(functions.status()).Annotate("the tools of {}", name);
  for (const std::string& tool : server->options.tools) {
    const bool there = std::ranges::any_of(
        *functions, [&tool](const DirectFunction& function) { return function.name == tool; });
    if (!there) return Status::NotFound("{} has no tool {}", name, tool);
  }
  return functions;
}

}  // namespace repartee
