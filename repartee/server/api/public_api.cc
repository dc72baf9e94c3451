#include "repartee/server/api/public_api.h"

#include <chrono>
#include <memory>

#include "repartee/base/clock.h"
#include "repartee/server/api/json_writer.h"
#include "repartee/server/api/openapi.h"
#include "repartee/server/api/request.h"

namespace repartee::server {
namespace {

constexpr std::string_view kPrefix = "/api/public/";
// What GET /health calls recent when it is asked for recent events.
constexpr std::chrono::minutes kRecentEvents{3};

bool IsOtlpPath(std::string_view path) {
  return path == "otel" || path == "otel/" || path == "otel/v1/traces" || path == "otel/v1/traces/";
}

HttpResponse MethodNotAllowed() { return ErrorResponse(405, "Method not allowed", "MethodNotAllowedError"); }

// Pages elsewhere may use the API with a key of their own, never with a cookie of ours.
void AllowOrigin(HttpResponse& response, const std::string& origin) {
  if (origin.empty()) return;
  response.headers.Set("Access-Control-Allow-Origin", origin);
  response.headers.Set("Vary", "Origin");
}

HttpResponse Preflight(const HttpRequest& request) {
  HttpResponse response;
  response.status = 204;
  response.headers.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS");
  const std::string_view asked = request.headers.Get("access-control-request-headers");
  if (!asked.empty()) response.headers.Set("Access-Control-Allow-Headers", std::string(asked));
  response.headers.Set("Access-Control-Max-Age", "600");
  return response;
}

}  // namespace

void PublicApi::Handle(HttpRequest request, Reply reply) const {
  const std::string origin(request.headers.Get("origin"));
  Reply with_origin = [reply = std::move(reply), origin](HttpResponse response) mutable {
    AllowOrigin(response, origin);
    reply(std::move(response));
  };
  if (request.method == "OPTIONS") return with_origin(Preflight(request));
  Dispatch(std::move(request), std::move(with_origin));
}

void PublicApi::Dispatch(HttpRequest request, Reply reply) const {
  // Ids may hold an escaped slash: split first, decode after.
  const std::string target = request.target.substr(0, request.target.find('?'));
  std::string_view path = target;
  if (!path.starts_with(kPrefix)) return reply(NotFoundResponse("No such path: " + request.path));
  path.remove_prefix(kPrefix.size());
  if (IsOtlpPath(path)) return otlp_.Handle(std::move(request), OtlpFace::kLangfuse, std::move(reply));
  if (path == "ingestion") return batch_.HandleBatch(std::move(request), std::move(reply));
  if (path == "scores" && request.method == "POST")
    return batch_.HandleScores(std::move(request), std::move(reply));
  const bool is_read = request.method == "GET" || request.method == "HEAD";
  if (media_ && MediaHttp::Takes(path)) return media_->Handle(std::move(request), std::move(reply));
  if (path == "health" || path == "ready") return reply(is_read ? Health(request) : MethodNotAllowed());
  if (path == "openapi.json")
    return reply(is_read ? HttpResponse::Json(200, std::string(kOpenApiDocument)) : MethodNotAllowed());
  bool is_known = false;
  std::vector<std::string> parts;
  for (const Route& route : AllRoutes()) {
    if (!MatchRoute(route.pattern, path, parts)) continue;
    is_known = true;
    if (route.method == request.method || (route.method == "GET" && is_read))
      return Run(route, std::move(request), std::move(parts), std::move(reply));
  }
  if (is_known) return reply(MethodNotAllowed());
  reply(NotFoundResponse("No such path: " + request.path));
}

HttpResponse PublicApi::Health(const HttpRequest& request) const {
  if (draining_ && request.path.ends_with("/ready"))
    return ErrorResponse(500, "The server is stopping", "InternalServerError");
  const Status health = store_.Health();
  const bool asks_events = request.QueryParameter("failIfNoRecentEvents") == "true";
  const std::int64_t now_ns = Clock::System().WallNow().count();
  const bool is_quiet = asks_events && store_.stats().last_commit_ns < now_ns - Nanos(kRecentEvents).count();
  const bool is_well = health.ok() && !is_quiet;
  // Anybody may ask: what is wrong with which file stands in the log.
  constexpr std::string_view kUnwell = "The store cannot be written to; the server's log says why";
  JsonWriter json;
  json.BeginObject();
  json.Key("status").Text(!health.ok() ? kUnwell : is_quiet ? "No recent events" : "OK");
  json.Key("version").Text(options_.compatible_version);
  json.EndObject();
  return HttpResponse::Json(is_well ? 200 : 503, json.Take());
}

void PublicApi::Run(const Route& route, HttpRequest request, std::vector<std::string> parts,
                    Reply reply) const {
  Result<Project> project = keys_.Authenticate(request.headers.Get("authorization"), route.access);
  if (!project.ok()) return reply(ErrorResponse(project.status()));
  if (route.writer != nullptr)
    return route.writer({request, *project, parts, store_, removal_}, std::move(reply));
  auto shared =
      std::make_shared<Reply>(std::move(reply));  // here for a refusal, on the reader for the answer
  const Status taken =
      store_.Read([this, handler = route.handler, shared, request = std::move(request),
                   parts = std::move(parts), project = *std::move(project)](StoreReader& reader) {
        (*shared)(handler({request, project, parts, reader, options_.mapping, keys_, config_, prices_}));
      });
  if (taken.ok()) return;
  (*shared)(ErrorResponse(Status::Unavailable("{}", taken.message())));
}

}  // namespace repartee::server
