// What the page needs before its first request: who is here, what may be seen, where
// programs send traces.
#include <string>

#include "repartee/server/api/request.h"
#include "repartee/server/ui/sign_in.h"
#include "repartee/server/ui/ui_call.h"

namespace repartee::server {
namespace {

Json UrlOrNull(std::string url) { return url.empty() ? Json() : Json(std::move(url)); }

Json ProjectJson(const Project& project) { return {{"id", project.id}, {"name", project.name}}; }

}  // namespace

HttpResponse UiSession(const UiCall& call) {
  ConversationQuery newest;
  newest.project = call.project.key;
  newest.limit = 1;
  const Result<TracePage> any = call.reader.ListConversations(newest);
  if (!any.ok()) return UiError(any.status());
  Json json = {{"version", call.facts.version}, {"project", ProjectJson(call.project)}};
  Json projects = Json::array();
  for (const Project& project : call.door.ProjectsOf(call.access)) projects.push_back(ProjectJson(project));
  json["projects"] = std::move(projects);
  json["organization"] = {{"id", call.project.organisation_id}, {"name", call.project.organisation_name}};
  json["public_key"] = call.keys.public_key(call.project.key);
  json["endpoints"] = {{"http", call.door.OwnUrl(call.request)},
                       {"otlp_http", UrlOrNull(AtPort(call.request, call.facts.otlp_http_port))},
                       {"otlp_grpc", UrlOrNull(AtPort(call.request, call.facts.otlp_grpc_port))}};
  json["talk_url"] = UrlOrNull(AgentOrigin(call.request, call.facts));
  json["has_traces"] = !any->rows.empty();
  json["user"] = call.access.user ? UserJson(*call.access.user, call.access.role) : Json();
  json["role"] = RoleName(call.access.role);
  json["csrf_token"] = call.access.csrf_token;
  return JsonResponse(200, json);
}

}  // namespace repartee::server
