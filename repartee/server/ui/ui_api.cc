#include "repartee/server/ui/ui_api.h"

#include <memory>

#include "repartee/base/encoding.h"
#include "repartee/server/api/json_writer.h"
#include "repartee/server/ui/view_json.h"

namespace repartee::server {
namespace {

constexpr std::string_view kPrefix = "/api/ui/";
constexpr std::string_view kSessionPath = "/api/ui/session";
constexpr std::size_t kMaxPathParts = 6;

// "*" stands for any one part.
struct UiRoute {
  std::vector<std::string_view> path;
  HttpResponse (*handler)(const UiCall&);  // null: it deletes the conversation
  std::string_view method = "GET";         // stands for HEAD too
  Role least = Role::kViewer;              // who may
};

const std::vector<UiRoute>& Routes() {
  static const std::vector<UiRoute> routes = {
      {{"conversations"}, UiConversations},
      {{"conversations", "*"}, UiConversation},
      {{"conversations", "*"}, nullptr, "DELETE", Role::kMember},
      {{"conversations", "*", "tombstone"}, UiTombstone},
      {{"conversations", "*", "notes"}, UiNotes},
      {{"conversations", "*", "comments"}, UiNewComment, "POST", Role::kMember},
      {{"conversations", "*", "scores"}, UiNewScore, "POST", Role::kMember},
      {{"conversations", "*", "audio"}, UiAudio},
      {{"conversations", "*", "audio", "*"}, UiRecording},
      {{"conversations", "*", "audio", "*", "peaks"}, UiPeaks},
      {{"conversations", "*", "spans"}, UiSpans},
      {{"conversations", "*", "spans", "*"}, UiSpan},
      {{"spans"}, UiSpanList},
      {{"span-points"}, UiSpanPoints},
      {{"sessions"}, UiSessions},
      {{"callers"}, UiCallers},
      {{"alerts"}, UiAlerts},
      {{"alerts"}, UiNewAlert, "POST", Role::kMember},
      {{"alerts", "*"}, UiMuteAlert, "PATCH", Role::kMember},
      {{"alerts", "*"}, UiRemoveAlert, "DELETE", Role::kMember},
      {{"alert-preview"}, UiAlertPreview},
      {{"facets"}, UiFacets},
      {{"retention"}, UiRetention},
      {{"retention"}, UiChangeRetention, "PATCH", Role::kOwner},
      {{"histogram"}, UiHistogram},
      {{"latency"}, UiLatency},
      {{"series"}, UiSeries},
      {{"heatmap"}, UiHeatmap},
      {{"reply-parts"}, UiReplyParts},
      {{"turns"}, UiTurns},
      {{"session"}, UiSession},
      {{"server"}, UiServer},
      {{"keys"}, UiKeys},
      {{"keys"}, UiNewKey, "POST", Role::kMember},
      {{"keys", "*"}, UiRevokeKey, "DELETE", Role::kMember},
      {{"projects"}, UiProjects},
      {{"projects"}, UiNewProject, "POST", Role::kOwner},
      {{"projects", "*"}, UiChangeProject, "PATCH", Role::kOwner},
      {{"organization"}, UiChangeOrganisation, "PATCH", Role::kOwner},
      {{"members"}, UiMembers},
      {{"members"}, UiNewMember, "POST", Role::kOwner},
      {{"members", "*"}, UiChangeMember, "PATCH", Role::kOwner},
      {{"members", "*"}, UiRemoveMember, "DELETE", Role::kOwner},
      {{"password"}, UiChangePassword, "POST"},
      {{"prices"}, UiPrices},
      {{"prices"}, UiNewPrice, "POST", Role::kMember},
      {{"prices", "*"}, UiRemovePrice, "DELETE", Role::kMember},
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

constexpr std::int64_t kMinuteMs = 60'000;

// Beside a refusal: one that was taken whole has neither reason nor fix.
void WriteReceived(JsonWriter& json, const ReceivedRequest& request) {
  json.BeginObject();
  WriteTimeMs(json.Key("time"), request.time_ns);
  json.Key("status").Integer(request.status);
  json.Key("reason").Text(request.reason);
  json.Key("fix").Text(request.status < 400 ? "" : FixOf(request.status));
  json.Key("from").Text(request.from);
  json.Key("path").Text(request.path);
  json.Key("bytes").Integer(request.effort.bytes);
  WriteDurationMs(json.Key("took"), ToSeconds(request.effort.took) * 1e3);
  json.EndObject();
}

void WriteHour(JsonWriter& json, const std::vector<IngestMinute>& minutes) {
  constexpr std::pair<const char*, std::int64_t IngestMinute::*> kCounts[] = {
      {"taken", &IngestMinute::taken}, {"refused", &IngestMinute::refused}};
  json.BeginObject();
  json.Key("from").Integer(minutes.front().minute * kMinuteMs);
  json.Key("step").Integer(kMinuteMs);
  for (const auto& [key, count] : kCounts) {
    json.Key(key).BeginArray();
    for (const IngestMinute& minute : minutes) json.Integer(minute.*count);
    json.EndArray();
  }
  json.EndObject();
}

}  // namespace

UiApi::UiApi(Store& store, KeyStore& keys, UserStore& users, ConfigStore& config, ProjectPrices& prices,
             UiOptions options)
    : store_(store),
      keys_(keys),
      users_(users),
      config_(config),
      prices_(prices),
      options_(std::move(options)),
      removal_(store, config, options_.media),
      door_(keys, users,
            {.public_urls = options_.public_urls, .listens_on_loopback = options_.listens_on_loopback}),
      sign_in_(store, users, door_, *options_.clock) {
  facts_.version = options_.version;
  facts_.data_folder = options_.data_folder;
  facts_.otlp_http_port = options_.otlp_http_port;
  facts_.agent_url = options_.agent_url;
  facts_.retention_days = options_.retention_days;
  facts_.started_ns = options_.clock->WallNow().count();
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
  if (request.path == kSessionPath && request.method == "POST")
    return sign_in_.Enter(std::move(request), std::move(answer));
  if (request.path == kSessionPath && request.method == "DELETE")
    return sign_in_.Leave(std::move(request), std::move(answer));
  Result<UiAccess> access = door_.Enter(request);
  if (!access.ok()) return answer(door_.Refuse(request, access.status()));
  std::vector<std::string> path = PathParts(request);
  const bool is_read = request.method == "GET" || request.method == "HEAD";
  if (is_read && path.size() == 1 && path[0] == "ingest-health") return answer(Health(*access));
  const UiRoute* route = nullptr;
  bool is_known = path.size() == 1 && path[0] == "ingest-health";
  for (const UiRoute& candidate : Routes()) {
    if (!Fits(candidate, path)) continue;
    is_known = true;
    if (candidate.method == request.method || (is_read && candidate.method == "GET")) route = &candidate;
  }
  if (!is_known) return answer(UiError(404, "No such path: " + request.path));
  if (route == nullptr) return answer(UiError(405, "Method not allowed"));
  if (!is_read) {
    if (std::optional<HttpResponse> refusal = door_.RefuseChange(request, *access, route->least))
      return answer(*std::move(refusal));
  }
  if (route->handler == nullptr) return Delete(access->project, std::move(path[1]), std::move(answer));
  // Here for a refusal, on the reader for the answer.
  auto shared = std::make_shared<Answer>(std::move(answer));
  const Status taken = store_.Read([this, route, shared, request = std::move(request), path = std::move(path),
                                    access = *std::move(access)](StoreReader& reader) {
    const UiCall call{.request = request,
                      .project = access.project,
                      .path = path,
                      .reader = reader,
                      .store = store_,
                      .mapping = options_.mapping,
                      .now_ns = options_.clock->WallNow().count(),
                      .access = access,
                      .door = door_,
                      .keys = keys_,
                      .users = users_,
                      .config = config_,
                      .prices = prices_,
                      .facts = facts_,
                      .recordings = options_.recordings};
    (*shared)(route->handler(call));
  });
  if (!taken.ok()) (*shared)(UiError(Status::Unavailable("{}", taken.message())));
}

void UiApi::Delete(const Project& project, std::string id, Answer answer) const {
  // Here for a refusal, in the store for the answer.
  auto shared = std::make_shared<Answer>(std::move(answer));
  const Status taken = removal_.Remove(project.key, {std::move(id)}, [shared](const Status& status) {
    (*shared)(status.ok() ? HttpResponse::Json(200, R"({"deleted":1})") : UiError(status));
  });
  if (!taken.ok()) (*shared)(UiError(Status::Unavailable("{}", taken.message())));
}

// Who came with keys sees what was sent with them; who is at home also what came without.
HttpResponse UiApi::Health(const UiAccess& access) const {
  if (options_.health == nullptr) return UiError(404, "this server takes no traces");
  const IngestHealth::Report report = options_.health->report();
  const auto shows = [&access](ProjectKey project) {
    return project == access.project.key || (!access.by_key && project == 0);
  };
  JsonWriter json;
  json.BeginObject();
  json.Key("requests").Integer(report.requests);
  json.Key("spans").Integer(static_cast<std::int64_t>(store_.stats().spans));
  json.Key("last_received");
  WriteOptionalTimeMs(json,
                      report.last_received_ns > 0 ? std::optional(report.last_received_ns) : std::nullopt);
  json.Key("refused").BeginArray();
  for (const Refusal& refusal : report.refused) {
    if (!shows(refusal.project)) continue;
    json.BeginObject();
    WriteTimeMs(json.Key("time"), refusal.time_ns);
    json.Key("status").Integer(refusal.status);
    json.Key("reason").Text(refusal.reason);
    json.Key("fix").Text(FixOf(refusal.status));
    json.Key("from").Text(refusal.from);
    json.Key("path").Text(refusal.path);
    json.Key("count").Integer(refusal.count);
    json.EndObject();
  }
  json.EndArray();
  json.Key("received").BeginArray();
  for (const ReceivedRequest& request : report.received)
    if (shows(request.project)) WriteReceived(json, request);
  json.EndArray();
  std::vector<ProjectKey> shown = {access.project.key};
  if (!access.by_key) shown.push_back(0);
  WriteHour(json.Key("hour"), options_.health->LastHour(shown, options_.clock->WallNow().count()));
  json.Key("damaged_days").BeginArray();
  for (const int day : store_.stats().damaged_days) json.Text(std::to_string(day));
  json.EndArray().EndObject();
  return HttpResponse::Json(200, json.Take());
}

}  // namespace repartee::server
