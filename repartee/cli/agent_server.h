// AgentServer: voice agents behind one port: the websocket that Pipecat's clients talk to, what they ask
// before, and a page to talk with.
//
//   GET  /ws       the conversation (RTVI, protobuf frames); with ?interruptions=off for clients that cannot
//                  read interruption frames
//   POST /connect  {"ws_url": ...}, for clients that ask where to connect
//   GET  /api/agent  what the page shows of the agent
//   GET  /         the page, and its files below /assets/
//   each line's path   media streams of a telephone company; asked without an upgrade, what the company is to
//                  do with a call (docs/agent-file.md)
//
// A request whose Host or Origin is neither this machine's nor one of `public_urls` is refused: else any web
// page could talk with the agent of whoever looks at it. Thread: Start and Stop from the owner's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "repartee/agent/agent_host.h"
#include "repartee/net/http_server.h"

namespace repartee::cli {

struct AgentServerOptions {
  std::string host = "127.0.0.1";
  int port = 7860;                         // 0 takes a free one
  std::vector<std::string> public_urls{};  // by which browsers reach the agent
  std::string dashboard_url{};             // where its traces are shown; empty: nowhere
  AgentHostOptions agents{};
};

class AgentServer {
 public:
  // Listens when it returns; blocks for seconds while the models are loaded. AlreadyExists when the port is
  // taken, else AgentStack::Load's errors.
  static Result<std::unique_ptr<AgentServer>> Start(AgentServerOptions options);
  // Over `stack`, for tests and programs that have their own.
  static Result<std::unique_ptr<AgentServer>> Start(AgentServerOptions options,
                                                    std::unique_ptr<AgentStack> stack);
  ~AgentServer();

  int port() const { return server_->port(); }
  AgentStack& stack() const { return agents_->stack(); }
  int conversations() const { return agents_->conversations(); }

  // Nobody new; what is being said is said to its end, for at most five seconds. Idempotent.
  void Stop();

 private:
  AgentServer(AgentServerOptions options, std::unique_ptr<AgentStack> stack);

  void Handle(HttpRequest request, HttpResponder responder) const;
  HttpResponse Answer(const HttpRequest& request) const;
  HttpResponse Connect(const HttpRequest& request) const;
  // As whoever asks reaches the agent.
  std::string WebsocketUrl(const HttpRequest& request, const std::string& path) const;
  // Null: no line's.
  const TelephonyLine* LineAt(const std::string& path) const;
  HttpResponse Info() const;
  HttpResponse Page(const HttpRequest& request) const;
  void Upgrade(const HttpRequest& request, WebSocketUpgrade upgrade);

  const AgentServerOptions options_;
  std::unique_ptr<AgentHost> agents_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace repartee::cli
