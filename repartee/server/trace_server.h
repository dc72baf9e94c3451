// TraceServer: the whole trace server of one process: data folder, store, public
// API and OTLP ports.
//
// Thread: Start and Stop from the owner's; requests run on the server's own threads.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "repartee/base/status.h"
#include "repartee/net/http_server.h"
#include "repartee/server/api/public_api.h"
#include "repartee/server/auth/key_store.h"
#include "repartee/server/auth/rate_limit.h"
#include "repartee/server/auth/user_store.h"
#include "repartee/server/ingest/otlp_http.h"
#include "repartee/server/live/live_hub.h"
#include "repartee/server/media/recordings.h"
#include "repartee/server/retention_keeper.h"
#include "repartee/server/server_metrics.h"
#include "repartee/server/store/store.h"
#include "repartee/server/ui/pages.h"
#include "repartee/server/ui/ui_api.h"

namespace repartee::server {

struct TraceServerOptions {
  std::string data_folder;  // made if missing
  std::string host = "127.0.0.1";
  int port = 3000;                       // public API; 0 takes a free one
  int otlp_http_port = 4318;             // plain OTLP; 0 takes a free one
  int otlp_grpc_port = 4317;             // for the command, which brings gRPC; 0 takes a free one
  bool is_grpc_port_given = false;       // else the command goes on without when the usual one is taken
  std::vector<std::string> public_urls;  // by which browsers reach the server
  std::string agent_url;                 // that the dashboard talks with; empty: the one beside, if any
  bool otlp_anonymous = true;            // plain OTLP from loopback needs no key
  bool voice_additions = true;
  std::int64_t retention_days = 0;  // of projects without their own; 0: for ever
  double requests_per_second = 0;   // of one key; 0: no limit
  InitSettings init;
};

class TraceServer {
 public:
  // Listens when it returns. AlreadyExists when another server has the folder or a port;
  // the text says what to do.
  static Result<std::unique_ptr<TraceServer>> Start(TraceServerOptions options);
  ~TraceServer();

  int port() const { return api_server_->port(); }
  int otlp_http_port() const { return otlp_server_->port(); }
  // Project, and keys if this start made them.
  const InitOutcome& init() const { return init_; }

  // A request of the plain OTLP face that came over gRPC.
  void TakeOtlp(HttpRequest request, Reply reply) const;

  // GET /api/public/ready answers 500 from now on; all else goes on. Before Stop, for those
  // who send requests here through a balancer.
  void BeginDrain() { api_->BeginDrain(); }

  // What this process has beside the server, which the dashboard tells. 0: nothing.
  void set_otlp_grpc_port(int port) { ui_->set_otlp_grpc_port(port); }
  void set_agent_port(int port) { ui_->set_agent_port(port); }

  // Requests in hand are finished and committed, for at most ten seconds. Idempotent.
  void Stop();

 private:
  TraceServer() = default;
  Status OpenStore(const TraceServerOptions& options);
  Status Listen(const TraceServerOptions& options);
  void HandleApi(HttpRequest request, HttpResponder responder) const;
  void HandleEvents(HttpRequest request, HttpResponder responder) const;
  // Answers and notes what came, of so many bytes, and what was refused.
  Reply NotingReply(const HttpRequest& request, std::size_t bytes, Reply reply) const;
  // Answers and counts the answer.
  Reply ReplyTo(std::string_view face, HttpResponder responder) const;
  // Nothing if the key may send another request.
  std::optional<HttpResponse> RefuseByRate(const HttpRequest& request, OtlpFace face, bool is_otlp) const;
  HttpResponse Metrics(const HttpRequest& request) const;
  void HandlePlain(HttpRequest request, HttpResponder responder) const;
  void TakeMedia(HttpRequest request, Reply reply) const;

  // In the order in which they depend on each other.
  ProjectPrices prices_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<KeyStore> keys_;
  std::unique_ptr<UserStore> users_;
  std::unique_ptr<ConfigStore> config_;
  std::unique_ptr<OtlpHttp> otlp_;
  std::unique_ptr<BatchHttp> batch_;
  std::unique_ptr<MediaStore> media_;
  std::unique_ptr<Recordings> recordings_;
  std::unique_ptr<PublicApi> api_;
  std::unique_ptr<UiApi> ui_;
  std::unique_ptr<LiveHub> live_;
  std::unique_ptr<Pages> pages_;
  mutable IngestHealth health_;
  mutable ServerMetrics metrics_;
  std::unique_ptr<RateLimit> rate_;
  InitOutcome init_;
  std::vector<std::string> public_urls_;
  std::unique_ptr<RetentionKeeper> retention_;
  std::unique_ptr<HttpServer> api_server_;
  std::unique_ptr<HttpServer> otlp_server_;
};

// $XDG_DATA_HOME/repartee, or ~/.local/share/repartee.
std::string DefaultDataFolder();

}  // namespace repartee::server
