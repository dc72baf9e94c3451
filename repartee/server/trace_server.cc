#include "repartee/server/trace_server.h"

#include <chrono>
#include <cstdlib>

#include "repartee/base/log.h"
#include "repartee/server/api/json_writer.h"
#include "repartee/server/api/request.h"
#include "repartee/server/auth/host_check.h"
#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/sqlite_store.h"
#include "repartee/web/assets.h"

namespace repartee::server {
namespace {

constexpr std::chrono::seconds kStopGrace{10};
constexpr char kInfoPath[] = "/api/repartee/info";

Reply ReplyTo(HttpResponder responder) {
  return [responder = std::move(responder)](HttpResponse response) mutable {
    responder.Send(std::move(response));
  };
}

std::size_t BodyLimit(std::string_view, std::string_view path) {
  const bool is_ingest = path.starts_with("/v1/traces") || path.starts_with("/api/public/otel");
  if (path == "/api/public/ingestion") return kMaxBatchBodyBytes;
  if (path.starts_with("/api/public/media/upload/")) return kMaxMediaBytes;
  return is_ingest ? kMaxBodyBytes : kMaxApiBodyBytes;
}

HttpServerOptions ServerOptions(const TraceServerOptions& options, int port) {
  HttpServerOptions server;
  server.host = options.host;
  server.port = port;
  server.threads = kHttpThreads;
  server.max_body_bytes = kMaxApiBodyBytes;
  server.body_limit = BodyLimit;
  server.max_connections = kMaxConnections;
  return server;
}

HttpResponse Info() {
  JsonWriter json;
  json.BeginObject();
  json.Key("name").Text("repartee");
  json.Key("version").Text(REPARTEE_VERSION);
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

}  // namespace

std::string DefaultDataFolder() {
  const char* data = std::getenv("XDG_DATA_HOME");
  if (data != nullptr && *data != '\0') return std::string(data) + "/repartee";
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : ".") + "/.local/share/repartee";
}

Result<std::unique_ptr<TraceServer>> TraceServer::Start(TraceServerOptions options) {
  std::unique_ptr<TraceServer> server(new TraceServer);
  server->public_urls_ = options.public_urls;
  if (Status status = server->OpenStore(options); !status.ok()) return status;
  if (Status status = server->Listen(options); !status.ok()) return status;
  return server;
}

Status TraceServer::OpenStore(const TraceServerOptions& options) {
  const MappingOptions mapping{.voice_additions = options.voice_additions};
  SqliteStoreOptions store_options;
  store_options.folder = options.data_folder;
  store_options.mapping = mapping;
  // First, since it takes the folder's lock.
  Result<std::unique_ptr<Store>> store = OpenSqliteStore(std::move(store_options));
  if (!store.ok()) return std::move(store).status();
  store_ = *std::move(store);
  Result<std::unique_ptr<KeyStore>> keys = KeyStore::Open(options.data_folder + "/meta.db");
  if (!keys.ok()) return std::move(keys).status();
  keys_ = *std::move(keys);
  // On a reader's thread, which may wait for the disk; a full queue leaves it for the next minute.
  keys_->set_on_use_due([this] {
    (void)store_->Read([this](StoreReader&) {
      if (Status status = keys_->WriteLastUse(); !status.ok()) LogWarning("keys: {}", status.message());
    });
  });
  Result<std::unique_ptr<ConfigStore>> config = ConfigStore::Open(options.data_folder + "/meta.db");
  if (!config.ok()) return std::move(config).status();
  config_ = *std::move(config);
  Result<InitOutcome> init = keys_->Initialise(options.init);
  if (!init.ok()) return std::move(init).status();
  init_ = *std::move(init);
  Result<std::unique_ptr<UserStore>> users = UserStore::Open(options.data_folder + "/meta.db");
  if (!users.ok()) return std::move(users).status();
  users_ = *std::move(users);
  if (Status status = users_->Initialise(options.init, init_.project.organisation_id); !status.ok())
    return status;
  OtlpOptions otlp;
  otlp.mapping = mapping;
  otlp.anonymous = options.otlp_anonymous;
  otlp.public_urls = options.public_urls;
  otlp_ = std::make_unique<OtlpHttp>(*store_, *keys_, std::move(otlp));
  batch_ = std::make_unique<BatchHttp>(*store_, *keys_, mapping);
  Result<std::unique_ptr<MediaStore>> media = MediaStore::Open(options.data_folder);
  if (!media.ok()) return std::move(media).status();
  media_ = *std::move(media);
  media_http_ = std::make_unique<MediaHttp>(*store_, *keys_, *media_);
  PublicApiOptions api;
  api.mapping = mapping;
  api_ = std::make_unique<PublicApi>(*store_, *keys_, *config_, *otlp_, *batch_, std::move(api));
  return OkStatus();
}

Status TraceServer::Listen(const TraceServerOptions& options) {
  Result<std::unique_ptr<HttpServer>> otlp = HttpServer::Listen(
      ServerOptions(options, options.otlp_http_port), [this](HttpRequest request, HttpResponder responder) {
        HandlePlain(std::move(request), std::move(responder));
      });
  if (!otlp.ok()) return std::move(otlp).status().Annotate("OTLP over HTTP (--otlp-http-port)");
  otlp_server_ = *std::move(otlp);
  // Last, since the dashboard says where traces go.
  UiOptions ui;
  ui.mapping.voice_additions = options.voice_additions;
  ui.version = REPARTEE_VERSION;
  ui.public_urls = options.public_urls;
  ui.listens_on_loopback = IsLoopbackHost(options.host) || options.host == "::1";
  ui.otlp_http_port = otlp_server_->port();
  ui.data_folder = options.data_folder;
  ui.health = &health_;
  live_ = std::make_unique<LiveHub>(*store_);
  pages_ = std::make_unique<Pages>(web::ServeAsset, options.public_urls);
  ui_ = std::make_unique<UiApi>(*store_, *keys_, *users_, *config_, std::move(ui));
  Result<std::unique_ptr<HttpServer>> api = HttpServer::Listen(
      ServerOptions(options, options.port), [this](HttpRequest request, HttpResponder responder) {
        HandleApi(std::move(request), std::move(responder));
      });
  if (!api.ok()) return std::move(api).status().Annotate("dashboard and API (--port)");
  api_server_ = *std::move(api);
  return OkStatus();
}

void TraceServer::HandleApi(HttpRequest request, HttpResponder responder) const {
  if (request.path == "/api/ui/events") return HandleEvents(std::move(request), std::move(responder));
  if (UiApi::IsUiPath(request.path)) return ui_->Handle(std::move(request), ReplyTo(std::move(responder)));
  if (Pages::IsPagePath(request.path)) return responder.Send(pages_->Handle(request));
  constexpr std::string_view kPublic = "/api/public/";
  if (request.path.starts_with(kPublic) &&
      MediaHttp::Takes(std::string_view(request.path).substr(kPublic.size())))
    return media_http_->Handle(std::move(request), ReplyTo(std::move(responder)));
  const bool brings_traces = request.path.starts_with("/api/public/otel") ||
                             (request.path == "/api/public/ingestion" && request.method == "POST");
  Reply reply = brings_traces ? NotingReply(request, std::move(responder)) : ReplyTo(std::move(responder));
  api_->Handle(std::move(request), std::move(reply));
}

void TraceServer::HandleEvents(HttpRequest request, HttpResponder responder) const {
  const Result<UiAccess> access = ui_->door().Enter(request);
  if (!access.ok()) return responder.Send(ui_->door().Refuse(request, access.status()));
  if (request.method != "GET") return responder.Send(UiError(405, "Method not allowed"));
  live_->Watch(access->project.key, std::string(request.headers.Get("last-event-id")), std::move(responder));
}

Reply TraceServer::NotingReply(const HttpRequest& request, HttpResponder responder) const {
  HttpRequest head;
  head.path = request.path;
  head.remote_address = request.remote_address;
  const Result<Project> project = keys_->Authenticate(request.headers.Get("authorization"));
  const ProjectKey key = project.ok() ? project->key : 0;
  return
      [this, key, head = std::move(head), responder = std::move(responder)](HttpResponse response) mutable {
        health_.Note(key, head, response, Clock::System().WallNow().count());
        responder.Send(std::move(response));
      };
}

void TraceServer::HandlePlain(HttpRequest request, HttpResponder responder) const {
  if (request.path == "/v1/traces") {
    Reply reply = NotingReply(request, std::move(responder));
    return otlp_->Handle(std::move(request), OtlpFace::kPlain, std::move(reply));
  }
  if (request.path != kInfoPath) {
    return NotingReply(request, std::move(responder))(
        ErrorResponse(404, "No such path: " + request.path + "; traces go to /v1/traces", ""));
  }
  const Status host = CheckHost(request.headers, public_urls_);
  responder.Send(host.ok() ? Info() : ErrorResponse(host));
}

void TraceServer::TakeOtlp(HttpRequest request, Reply reply) const {
  otlp_->Handle(std::move(request), OtlpFace::kPlain, std::move(reply));
}

void TraceServer::Stop() {
  if (api_server_) api_server_->Stop(kStopGrace);
  if (otlp_server_) otlp_server_->Stop(kStopGrace);
  if (live_) live_->Stop();
  if (store_) store_->Stop();
}

TraceServer::~TraceServer() { Stop(); }

}  // namespace repartee::server
