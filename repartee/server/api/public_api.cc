#include "repartee/server/api/public_api.h"

#include <memory>

#include "repartee/base/encoding.h"
#include "repartee/server/api/request.h"

namespace repartee::server {
namespace {

constexpr std::string_view kPrefix = "/api/public/";

struct ReadRoute {
  std::string_view resource;
  HttpResponse (*list)(const ApiCall&);
  HttpResponse (*get)(const ApiCall&);
};

constexpr ReadRoute kReadRoutes[] = {
    {"traces", ListTraces, GetTrace},
    {"observations", ListObservations, GetObservation},
};

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
  Route(std::move(request), std::move(with_origin));
}

void PublicApi::Route(HttpRequest request, Reply reply) const {
  // Ids may hold an escaped slash: split first, decode after.
  const std::string target = request.target.substr(0, request.target.find('?'));
  std::string_view path = target;
  if (!path.starts_with(kPrefix))
    return reply(ErrorResponse(404, "No such path: " + request.path, "LangfuseNotFoundError"));
  path.remove_prefix(kPrefix.size());
  if (IsOtlpPath(path)) return otlp_.Handle(std::move(request), OtlpFace::kLangfuse, std::move(reply));
  const bool is_read = request.method == "GET" || request.method == "HEAD";
  if (path == "health" || path == "ready") return reply(is_read ? Health() : MethodNotAllowed());
  const std::size_t slash = path.find('/');
  const std::string_view resource = path.substr(0, slash);
  const std::string_view rest = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  for (const ReadRoute& route : kReadRoutes) {
    if (route.resource != resource || rest.find('/') != std::string_view::npos) continue;
    if (!is_read) return reply(MethodNotAllowed());
    return Read(std::move(request), rest.empty() ? route.list : route.get, PercentDecode(rest),
                std::move(reply));
  }
  reply(ErrorResponse(404, "No such path: " + request.path, "LangfuseNotFoundError"));
}

HttpResponse PublicApi::Health() const {
  const Status health = store_.Health();
  JsonWriter json;
  json.BeginObject();
  json.Key("status").Text(health.ok() ? "OK" : health.message());
  json.Key("version").Text(options_.compatible_version);
  json.EndObject();
  return HttpResponse::Json(health.ok() ? 200 : 503, json.Take());
}

void PublicApi::Read(HttpRequest request, HttpResponse (*handler)(const ApiCall&), std::string id,
                     Reply reply) const {
  Result<Project> project = keys_.Authenticate(request.headers.Get("authorization"));
  if (!project.ok()) return reply(ErrorResponse(project.status()));
  auto shared =
      std::make_shared<Reply>(std::move(reply));  // here for a refusal, on the reader for the answer
  const Status taken = store_.Read([this, handler, shared, request = std::move(request), id = std::move(id),
                                    project = *std::move(project)](StoreReader& reader) {
    (*shared)(handler({request, project, id, reader, options_.mapping}));
  });
  if (taken.ok()) return;
  (*shared)(ErrorResponse(Status::Unavailable("{}", taken.message())));
}

}  // namespace repartee::server
