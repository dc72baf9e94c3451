#include "repartee/cli/agent_server.h"

#include <algorithm>
#include <utility>

#include "repartee/base/json.h"
#include "repartee/net/websocket.h"
#include "repartee/server/auth/host_check.h"
#include "repartee/web/assets.h"

namespace repartee::cli {
namespace {

constexpr std::chrono::seconds kStopGrace{5};
constexpr std::size_t kMaxBodyBytes = 64 << 10;
// Beside our own files the recorder's and the player's audio worklets, which their library makes as blobs.
constexpr char kPagePolicy[] =
    "default-src 'none'; script-src 'self' blob:; worker-src 'self' blob:; style-src 'self'; font-src "
    "'self'; "
    "img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

// What Pipecat's client shows of a failure.
HttpResponse Failure(int status, const std::string& detail) {
  return HttpResponse::Json(status, Json{{"detail", detail}}.dump());
}

bool IsSecure(const std::string& authority, const std::vector<std::string>& public_urls) {
  for (const std::string& text : public_urls) {
    const auto url = ParseUrl(text);
    if (url.ok() && url->secure() && url->Authority() == authority) return true;
  }
  return false;
}

// For a page of another port or name that is ours too; others were refused before.
void AllowOrigin(const HttpRequest& request, HttpResponse& response) {
  if (!request.headers.Has("origin")) return;
  response.headers.Set("Access-Control-Allow-Origin", std::string(request.headers.Get("origin")));
  response.headers.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS");
  response.headers.Set("Access-Control-Allow-Headers", "content-type, authorization");
  response.headers.Add("Vary", "Origin");
}

}  // namespace

Result<std::unique_ptr<AgentServer>> AgentServer::Start(AgentServerOptions options) {
  if (Status status = AddMCPTools(options.agents.agent); !status.ok()) return status;
  auto stack = AgentStack::Load(options.agents.agent);
  if (!stack.ok()) return std::move(stack).status();
  return Start(std::move(options), *std::move(stack));
}

Result<std::unique_ptr<AgentServer>> AgentServer::Start(AgentServerOptions options,
                                                        std::unique_ptr<AgentStack> stack) {
  HttpServerOptions http;
  http.host = options.host;
  http.port = options.port;
  http.max_body_bytes = kMaxBodyBytes;
  std::unique_ptr<AgentServer> server(new AgentServer(std::move(options), std::move(stack)));
  AgentServer& agent = *server;
  http.on_websocket = [&agent](HttpRequest request, WebSocketUpgrade upgrade) {
    agent.Upgrade(request, std::move(upgrade));
  };
  auto listening =
      HttpServer::Listen(std::move(http), [&agent](HttpRequest request, HttpResponder responder) {
        agent.Handle(std::move(request), std::move(responder));
      });
  if (!listening.ok()) return std::move(listening).status();
  server->server_ = *std::move(listening);
  return server;
}

AgentServer::AgentServer(AgentServerOptions options, std::unique_ptr<AgentStack> stack)
    : options_(std::move(options)), agents_(std::make_unique<AgentHost>(std::move(stack), options_.agents)) {}

AgentServer::~AgentServer() { Stop(); }

void AgentServer::Stop() {
  if (server_) server_->Stop(std::chrono::milliseconds(500));
  agents_->Stop(kStopGrace);
}

void AgentServer::Upgrade(const HttpRequest& request, WebSocketUpgrade upgrade) {
  if (const Status host = server::CheckHost(request.headers, options_.public_urls); !host.ok()) {
    return upgrade.Refuse(Failure(403, host.message()));
  }
  ClientKind client;
  client.line = LineAt(request.path);
  client.send_interruptions = request.QueryParameter("interruptions") != "off";
  if (!client.line && request.path != "/ws") {
    return upgrade.Refuse(Failure(404, "the agent's websocket is at /ws"));
  }
  agents_->Take(std::move(upgrade), client);
}

const TelephonyLine* AgentServer::LineAt(const std::string& path) const {
  const auto& lines = options_.agents.agent.telephony;
  const auto line = std::ranges::find(lines, path, &TelephonyLine::path);
  return line == lines.end() ? nullptr : &*line;
}

void AgentServer::Handle(HttpRequest request, HttpResponder responder) const {
  if (const Status host = server::CheckHost(request.headers, options_.public_urls); !host.ok()) {
    return responder.Send(Failure(403, host.message()));
  }
  HttpResponse response = Answer(request);
  AllowOrigin(request, response);
  responder.Send(std::move(response));
}

HttpResponse AgentServer::Answer(const HttpRequest& request) const {
  if (request.method == "OPTIONS") return {.status = 204, .headers = {}, .body = {}};
  // Companies ask with either method.
  if (const TelephonyLine* line = LineAt(request.path)) {
    return AnswerToCall(*line, WebsocketUrl(request, line->path));
  }
  if (request.path == "/connect" || request.path == "/start") {
    return request.method == "POST" ? Connect(request) : Failure(405, "ask with POST");
  }
  if (request.method != "GET" && request.method != "HEAD") return Failure(405, "ask with GET");
  if (request.path == "/api/agent") return Info();
  if (request.path == "/ws") return Failure(426, "this is a websocket: connect with a Pipecat client");
  return Page(request);
}

// The talk page alone: the dashboard, which lies beside it, has its own server.
HttpResponse AgentServer::Page(const HttpRequest& request) const {
  const bool is_page = request.path == "/" || request.path == "/talk";
  const bool is_file = request.path.starts_with("/assets/") || request.path == "/favicon.svg";
  auto file =
      is_page || is_file ? web::ServeAsset(request, is_page ? "/talk.html" : request.path) : std::nullopt;
  if (file && is_page) {
    file->headers.Set("Content-Security-Policy", kPagePolicy);
    file->headers.Set("Permissions-Policy", "microphone=(self)");
  }
  if (file) return *std::move(file);
  if (!is_page) return Failure(404, "no such path: " + request.path);
  return HttpResponse::Text(
      200, "A voice agent listens here, built without its page: connect a Pipecat client to /ws.\n");
}

// Nothing but the address: the client refuses an answer with keys that it does not know.
HttpResponse AgentServer::Connect(const HttpRequest& request) const {
  return HttpResponse::Json(200, Json{{"ws_url", WebsocketUrl(request, "/ws")}}.dump());
}

std::string AgentServer::WebsocketUrl(const HttpRequest& request, const std::string& path) const {
  const std::string authority(request.headers.Get("host"));
  const bool secure = IsSecure(authority, options_.public_urls);
  return (secure ? "wss://" : "ws://") + authority + path;
}

HttpResponse AgentServer::Info() const {
  return HttpResponse::Json(200, Json{{"name", options_.agents.agent.name},
                                      {"language_model", agents_->stack().language_model()},
                                      {"greeting", options_.agents.agent.greeting},
                                      {"conversations", agents_->conversations()},
                                      {"dashboard_url", options_.dashboard_url}}
                                     .dump());
}

}  // namespace repartee::cli
