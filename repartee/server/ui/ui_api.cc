#include "repartee/server/ui/ui_api.h"

#include <memory>

#include "repartee/base/encoding.h"
#include "repartee/server/api/json_writer.h"
#include "repartee/server/auth/host_check.h"
#include "repartee/server/ui/view_json.h"

namespace repartee::server {
namespace {

constexpr std::string_view kPrefix = "/api/ui/";
constexpr std::size_t kMaxPathParts = 6;

// "*" stands for any one part.
struct UiRoute {
  std::vector<std::string_view> path;
  HttpResponse (*handler)(const UiCall&);
};

const std::vector<UiRoute>& Routes() {
  static const std::vector<UiRoute> routes = {
      {{"conversations"}, UiConversations},
      {{"conversations", "*"}, UiConversation},
      {{"conversations", "*", "spans"}, UiSpans},
      {{"conversations", "*", "spans", "*"}, UiSpan},
      {{"facets"}, UiFacets},
      {{"histogram"}, UiHistogram},
      {{"latency"}, UiLatency},
      {{"series"}, UiSeries},
  };
  return routes;
}

// Ids may hold an escaped slash: split first, decode after.
std::vector<std::string> PathParts(const HttpRequest& request) {
  std::string_view left = std::string_view(request.target).substr(0, request.target.find('?'));
  left.remove_prefix(std::min(kPrefix.size(), left.size()));
  std::vector<std::string> parts;
  while (!left.empty() && parts.size() <= kMaxPathParts) {
    const std::size_t slash = std::min(left.find('/'), left.size());
    parts.push_back(PercentDecode(left.substr(0, slash)));
    left.remove_prefix(std::min(slash + 1, left.size()));
  }
  return parts;
}

bool Fits(const UiRoute& route, const std::vector<std::string>& path) {
  return std::equal(route.path.begin(), route.path.end(), path.begin(), path.end(),
                    [](std::string_view pattern, const std::string& part) {
                      return pattern == "*" ? !part.empty() : pattern == part;
                    });
}

void WriteProject(JsonWriter& json, const Project& project) {
  json.BeginObject();
  json.Key("id").Text(project.id);
  json.Key("name").Text(project.name);
  json.EndObject();
}

// As the browser reached us: over a public URL, which may be https, or plainly.
std::string OwnUrl(std::string_view host, const std::vector<std::string>& public_urls) {
  for (const std::string& text : public_urls) {
    const Result<Url> url = ParseUrl(text);
    if (url.ok() && url->Authority() == host) return url->scheme + "://" + url->Authority();
  }
  return "http://" + std::string(host);
}

std::string WithPort(std::string_view host, int port) {
  const bool is_v6 = host.starts_with('[');
  const std::string_view name = is_v6 ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  return "http://" + std::string(name) + ":" + std::to_string(port);
}

}  // namespace

Result<Project> UiApi::Authorise(const HttpRequest& request) const {
  if (request.headers.Has("authorization")) return keys_.Authenticate(request.headers.Get("authorization"));
  if (Status status = CheckHost(request.headers, options_.public_urls); !status.ok()) return status;
  if (!options_.listens_on_loopback || !request.from_loopback)
    return Status::Unauthenticated("the dashboard is open without keys on this machine alone");
  const std::string id = request.QueryParameter("project");
  if (id.empty()) return keys_.first_project();
  for (Project& project : keys_.projects()) {
    if (project.id == id) return std::move(project);
  }
  return Status::NotFound("there is no project {}", id.substr(0, 100));
}

void UiApi::Handle(HttpRequest request, Answer answer) const {
  Answer with_headers = [answer = std::move(answer)](HttpResponse response) mutable {
    response.headers.Set("Cache-Control", "no-store");
    response.headers.Set("X-Content-Type-Options", "nosniff");
    response.headers.Set("Cross-Origin-Resource-Policy", "same-origin");
    answer(std::move(response));
  };
  Route(std::move(request), std::move(with_headers));
}

void UiApi::Route(HttpRequest request, Answer answer) const {
  Result<Project> project = Authorise(request);
  if (!project.ok()) return answer(UiError(project.status()));
  if (request.method != "GET" && request.method != "HEAD") return answer(UiError(405, "Method not allowed"));
  std::vector<std::string> path = PathParts(request);
  HttpResponse (*handler)(const UiCall&) = nullptr;
  for (const UiRoute& route : Routes()) {
    if (Fits(route, path)) handler = route.handler;
  }
  const bool is_session = path.size() == 1 && path[0] == "session";
  const bool is_health = path.size() == 1 && path[0] == "ingest-health";
  if (is_health) return answer(Health(request, *project));
  if (handler == nullptr && !is_session) return answer(UiError(404, "No such path: " + request.path));
  // Here for a refusal, on the reader for the answer.
  auto shared = std::make_shared<Answer>(std::move(answer));
  const Status taken = store_.Read([this, handler, shared, request = std::move(request),
                                    path = std::move(path),
                                    project = *std::move(project)](StoreReader& reader) {
    const UiCall call{request, project, path, reader, options_.mapping, options_.clock->WallNow().count()};
    (*shared)(handler != nullptr ? handler(call) : Session(call));
  });
  if (!taken.ok()) (*shared)(UiError(Status::Unavailable("{}", taken.message())));
}

// Who came with keys sees what was sent with them; who is at home also what came without.
HttpResponse UiApi::Health(const HttpRequest& request, const Project& project) const {
  if (options_.health == nullptr) return UiError(404, "this server takes no traces");
  const IngestHealth::Report report = options_.health->report();
  const bool at_home = !request.headers.Has("authorization");
  JsonWriter json;
  json.BeginObject();
  json.Key("requests").Integer(report.requests);
  json.Key("spans").Integer(static_cast<std::int64_t>(store_.stats().spans));
  json.Key("last_received");
  WriteOptionalTimeMs(json,
                      report.last_received_ns > 0 ? std::optional(report.last_received_ns) : std::nullopt);
  json.Key("refused").BeginArray();
  for (const Refusal& refusal : report.refused) {
    if (refusal.project != project.key && !(at_home && refusal.project == 0)) continue;
    json.BeginObject();
    json.Key("time");
    WriteTimeMs(json, refusal.time_ns);
    json.Key("status").Integer(refusal.status);
    json.Key("reason").Text(refusal.reason);
    json.Key("fix").Text(FixOf(refusal.status));
    json.Key("from").Text(refusal.from);
    json.Key("path").Text(refusal.path);
    json.Key("count").Integer(refusal.count);
    json.EndObject();
  }
  json.EndArray().EndObject();
  return HttpResponse::Json(200, json.Take());
}

HttpResponse UiApi::Session(const UiCall& call) const {
  const Result<TracePage> any = call.reader.ListConversations({.project = call.project.key, .limit = 1});
  if (!any.ok()) return UiError(any.status());
  const std::string_view host = call.request.headers.Get("host");
  JsonWriter json;
  json.BeginObject();
  json.Key("version").Text(options_.version);
  json.Key("project");
  WriteProject(json, call.project);
  json.Key("projects").BeginArray();
  // Keys open one project; who needs none is at home.
  const bool has_keys = call.request.headers.Has("authorization");
  if (has_keys) WriteProject(json, call.project);
  if (!has_keys) {
    for (const Project& project : keys_.projects()) WriteProject(json, project);
  }
  json.EndArray();
  json.Key("public_key").Text(keys_.public_key(call.project.key));
  json.Key("endpoints").BeginObject();
  json.Key("http").Text(OwnUrl(host, options_.public_urls));
  json.Key("otlp_http");
  if (options_.otlp_http_port != 0) {
    json.Text(WithPort(host, options_.otlp_http_port));
  } else {
    json.Null();
  }
  json.Key("otlp_grpc").Null();
  json.EndObject();
  json.Key("talk_url");
  if (options_.talk_url.empty()) {
    json.Null();
  } else {
    json.Text(options_.talk_url);
  }
  json.Key("has_traces").Bool(!any->rows.empty());
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

}  // namespace repartee::server
