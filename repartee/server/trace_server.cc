#include "repartee/server/trace_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "repartee/base/log.h"
#include "repartee/server/api/json_writer.h"
#include "repartee/server/api/model_store.h"
#include "repartee/server/api/request.h"
#include "repartee/server/auth/host_check.h"
#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/sqlite_store.h"
#include "repartee/web/assets.h"

namespace repartee::server {
namespace {

constexpr std::chrono::seconds kStopGrace{10};
constexpr char kInfoPath[] = "/api/repartee/info";

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

bool IsMediaPath(std::string_view path) {
  constexpr std::string_view kPublic = "/api/public/";
  return path.starts_with(kPublic) && MediaHttp::Takes(path.substr(kPublic.size()));
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
  server->rate_ = std::make_unique<RateLimit>(options.requests_per_second);
  if (Status status = server->OpenStore(options); !status.ok()) return status;
  if (Status status = server->Listen(options); !status.ok()) return status;
  return server;
}

Status TraceServer::OpenStore(const TraceServerOptions& options) {
  MappingOptions mapping;
  mapping.voice_additions = options.voice_additions;
  mapping.prices = &prices_;
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
  for (const Project& project : keys_->projects()) {
    if (Status status = ModelStore(*config_, prices_).Load(project.key); !status.ok()) return status;
  }
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
  batch_ = std::make_unique<BatchHttp>(*store_, *keys_, *config_, mapping);
  Result<std::unique_ptr<MediaStore>> media = MediaStore::Open(options.data_folder);
  if (!media.ok()) return std::move(media).status();
  media_ = *std::move(media);
  recordings_ = std::make_unique<Recordings>(*media_);
  PublicApiOptions api;
  api.mapping = mapping;
  api.media = media_.get();
  api_ = std::make_unique<PublicApi>(*store_, *keys_, *config_, prices_, *otlp_, *batch_, std::move(api));
  return OkStatus();
}

Status TraceServer::Listen(const TraceServerOptions& options) {
  const auto note_body = [this](std::string_view, std::string_view path, std::size_t received) {
    api_->NoteBody(path, received);
  };
  HttpServerOptions plain = ServerOptions(options, options.otlp_http_port);
  plain.on_body = note_body;
  Result<std::unique_ptr<HttpServer>> otlp =
      HttpServer::Listen(std::move(plain), [this](HttpRequest request, HttpResponder responder) {
        HandlePlain(std::move(request), std::move(responder));
      });
  if (!otlp.ok()) return std::move(otlp).status().Annotate("OTLP over HTTP (--otlp-http-port)");
  otlp_server_ = *std::move(otlp);
  // Last, since the dashboard says where traces go.
  UiOptions ui;
  if (!options.agent_url.empty()) {
    Result<std::string> agent = OriginOfAgent(options.agent_url);
    if (!agent.ok()) return std::move(agent).status().Annotate("--agent-url");
    ui.agent_url = *std::move(agent);
  }
  ui.mapping.voice_additions = options.voice_additions;
  ui.mapping.prices = &prices_;
  ui.version = REPARTEE_VERSION;
  ui.public_urls = options.public_urls;
  ui.listens_on_loopback = IsLoopbackHost(options.host) || options.host == "::1";
  ui.otlp_http_port = otlp_server_->port();
  ui.data_folder = options.data_folder;
  ui.health = &health_;
  ui.retention_days = options.retention_days;
  ui.recordings = recordings_.get();
  ui.media = media_.get();
  live_ = std::make_unique<LiveHub>(*store_);
  ui_ = std::make_unique<UiApi>(*store_, *keys_, *users_, *config_, prices_, std::move(ui));
  pages_ = std::make_unique<Pages>(web::ServeAsset, options.public_urls, [this](const HttpRequest& request) {
    return AgentOrigin(request, ui_->facts());
  });
  HttpServerOptions face = ServerOptions(options, options.port);
  face.on_body = note_body;
  Result<std::unique_ptr<HttpServer>> api =
      HttpServer::Listen(std::move(face), [this](HttpRequest request, HttpResponder responder) {
        HandleApi(std::move(request), std::move(responder));
      });
  if (!api.ok()) return std::move(api).status().Annotate("dashboard and API (--port)");
  api_server_ = *std::move(api);
  retention_ = std::make_unique<RetentionKeeper>(*store_, *keys_, *config_, *media_, options.retention_days);
  return OkStatus();
}

Reply TraceServer::ReplyTo(std::string_view face, HttpResponder responder) const {
  return [this, face, responder = std::move(responder)](HttpResponse response) mutable {
    metrics_.CountAnswer(face, response.status);
    responder.Send(std::move(response));
  };
}

std::optional<HttpResponse> TraceServer::RefuseByRate(const HttpRequest& request, OtlpFace face,
                                                      bool is_otlp) const {
  const std::optional<Nanos> wait = rate_->Take(request.headers.Get("authorization"));
  if (!wait) return std::nullopt;
  const auto seconds = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(*wait).count());
  const std::string message = fmt::format("Rate limit of {} requests a second exceeded", rate_->per_second());
  HttpResponse response =
      is_otlp ? OtlpRefusal(request, face, 429, message) : ErrorResponse(429, message, "RateLimitError");
  response.headers.Set("Retry-After", std::to_string(seconds));
  response.headers.Set("X-RateLimit-Limit", fmt::format("{}", rate_->burst()));
  response.headers.Set("X-RateLimit-Remaining", "0");
  response.headers.Set("X-RateLimit-Reset", std::to_string(seconds));
  return response;
}

// Totals of the whole server: for this machine, and for who administers an organisation.
HttpResponse TraceServer::Metrics(const HttpRequest& request) const {
  const bool has_key = request.headers.Has("authorization");
  if (has_key) {
    const Status status =
        keys_->Authenticate(request.headers.Get("authorization"), Access::kOrganisation).status();
    if (!status.ok()) return ErrorResponse(status);
  }
  const Status host = has_key ? OkStatus() : CheckHost(request.headers, public_urls_);
  if (!host.ok()) return ErrorResponse(host);
  if (!has_key && !request.from_loopback)
    return ErrorResponse(Status::Unauthenticated("From elsewhere metrics need an organization's keys"));
  HttpResponse response = HttpResponse::Text(200, metrics_.Text(*store_, health_));
  response.headers.Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  return response;
}

void TraceServer::HandleApi(HttpRequest request, HttpResponder responder) const {
  if (request.path == "/api/ui/events") return HandleEvents(std::move(request), std::move(responder));
  if (UiApi::IsUiPath(request.path))
    return ui_->Handle(std::move(request), ReplyTo("ui", std::move(responder)));
  if (request.path == "/metrics") return responder.Send(Metrics(request));
  if (Pages::IsPagePath(request.path)) return ReplyTo("pages", std::move(responder))(pages_->Handle(request));
  const bool is_otlp = request.path.starts_with("/api/public/otel");
  const bool brings_traces = is_otlp || (request.path == "/api/public/ingestion" && request.method == "POST");
  Reply reply = ReplyTo(is_otlp ? "otlp_http" : "api", std::move(responder));
  if (brings_traces) reply = NotingReply(request, request.body.size(), std::move(reply));
  const bool is_probe = request.path == "/api/public/health" || request.path == "/api/public/ready";
  if (!is_probe) {
    if (std::optional<HttpResponse> refusal = RefuseByRate(request, OtlpFace::kLangfuse, is_otlp))
      return reply(*std::move(refusal));
  }
  api_->Handle(std::move(request), std::move(reply));
}

void TraceServer::HandleEvents(HttpRequest request, HttpResponder responder) const {
  const Result<UiAccess> access = ui_->door().Enter(request);
  if (!access.ok()) return responder.Send(ui_->door().Refuse(request, access.status()));
  if (request.method != "GET") return responder.Send(UiError(405, "Method not allowed"));
  const ProjectKey project = access->project.key;
  const std::string last_event_id(request.headers.Get("last-event-id"));
  const auto may_watch = [this, project, request = std::move(request)] {
    const Result<UiAccess> still = ui_->door().Enter(request);
    return still.ok() && still->project.key == project;
  };
  live_->Watch(project, last_event_id, may_watch, std::move(responder));
}

Reply TraceServer::NotingReply(const HttpRequest& request, std::size_t bytes, Reply reply) const {
  HttpRequest head;
  head.path = request.path;
  head.remote_address = request.remote_address;
  const Result<Project> project = keys_->Authenticate(request.headers.Get("authorization"));
  const ProjectKey key = project.ok() ? project->key : 0;
  const Nanos begin = Clock::System().MonotonicNow();
  return [this, key, bytes, begin, head = std::move(head),
          reply = std::move(reply)](HttpResponse response) mutable {
    const IngestEffort effort{.bytes = static_cast<std::int64_t>(bytes),
                              .took = Clock::System().MonotonicNow() - begin};
    health_.Note(key, head, response, Clock::System().WallNow().count(), effort);
    reply(std::move(response));
  };
}

void TraceServer::HandlePlain(HttpRequest request, HttpResponder responder) const {
  Reply reply = ReplyTo("otlp_http", std::move(responder));
  if (request.path == kInfoPath) {
    const Status host = CheckHost(request.headers, public_urls_);
    return reply(host.ok() ? Info() : ErrorResponse(host));
  }
  if (IsMediaPath(request.path)) return TakeMedia(std::move(request), std::move(reply));
  reply = NotingReply(request, request.body.size(), std::move(reply));
  if (request.path != "/v1/traces")
    return reply(ErrorResponse(404, "No such path: " + request.path + "; traces go to /v1/traces", ""));
  if (std::optional<HttpResponse> refusal = RefuseByRate(request, OtlpFace::kPlain, true))
    return reply(*std::move(refusal));
  otlp_->Handle(std::move(request), OtlpFace::kPlain, std::move(reply));
}

// Recordings go to where the spans went. They are looked at elsewhere: who needs no key to bring one may not
// read what others brought.
void TraceServer::TakeMedia(HttpRequest request, Reply reply) const {
  const bool brings = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (!brings)
    return reply(ErrorResponse(405, "Media are only taken here, not read", "MethodNotAllowedError"));
  if (std::optional<HttpResponse> refusal = RefuseByRate(request, OtlpFace::kPlain, false))
    return reply(*std::move(refusal));
  Result<Project> caller = otlp_->Authorise(request, OtlpFace::kPlain);
  api_->TakeMedium(std::move(caller), std::move(request), std::move(reply));
}

void TraceServer::TakeOtlp(HttpRequest request, Reply reply) const {
  HttpRequest head;
  head.path = "gRPC TraceService/Export";
  head.remote_address = request.remote_address;
  if (request.headers.Has("authorization"))
    head.headers.Add("Authorization", std::string(request.headers.Get("authorization")));
  Reply counting = [this, reply = std::move(reply)](HttpResponse response) mutable {
    metrics_.CountAnswer("otlp_grpc", response.status);
    reply(std::move(response));
  };
  Reply noting = NotingReply(head, request.body.size(), std::move(counting));
  if (std::optional<HttpResponse> refusal = RefuseByRate(request, OtlpFace::kPlain, true))
    return noting(*std::move(refusal));
  otlp_->Handle(std::move(request), OtlpFace::kPlain, std::move(noting));
}

void TraceServer::Stop() {
  if (api_) api_->BeginDrain();
  if (api_server_) api_server_->Stop(kStopGrace);
  if (otlp_server_) otlp_server_->Stop(kStopGrace);
  retention_.reset();
  if (live_) live_->Stop();
  if (store_) store_->Stop();
}

TraceServer::~TraceServer() { Stop(); }

}  // namespace repartee::server
