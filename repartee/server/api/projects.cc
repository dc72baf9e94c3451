// The project that a key belongs to, by which clients check their keys and make
// links; and, with an organisation's key, its projects and their keys.
#include "repartee/server/api/body.h"
#include "repartee/server/api/request.h"
#include "repartee/server/api/route.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

Json ProjectJson(const Project& project) {
  Json json = Json::object();
  json["id"] = project.id;
  json["name"] = project.name;
  json["organization"] = {{"id", project.organisation_id}, {"name", project.organisation_name}};
  json["metadata"] = Json::object();
  if (project.retention_days > 0) json["retentionDays"] = project.retention_days;
  return json;
}

HttpResponse GetOwnProject(const ApiCall& call) {
  return JsonResponse(200, {{"data", Json::array({ProjectJson(call.project)})}});
}

// What may be said of a project; `fallback` where its retention is not said.
struct ProjectBody {
  std::string name;
  std::int64_t retention_days = kServersRetention;
};

ProjectBody ReadProjectBody(const HttpRequest& request, Faults& faults, std::int64_t fallback) {
  const Json json = ReadBody(request, faults);
  BodyReader body(json, faults);
  ProjectBody project;
  project.name = body.RequiredText("name", 60);
  const std::optional<std::int64_t> days = body.Integer("retention");
  project.retention_days = days.value_or(fallback);
  if (days && !IsRetention(*days))
    body.Fault("retention", *days < kLeastRetentionDays ? "too_small" : "too_big",
               "Expected 0 (for ever) or 3 to 36500 days");
  return project;
}

HttpResponse CreateProject(const ApiCall& call) {
  Faults faults;
  const ProjectBody body = ReadProjectBody(call.request, faults, kServersRetention);
  if (!faults.ok()) return faults.Refusal();
  const Result<Project> made =
      call.keys.CreateProject(call.project.organisation_id, "", body.name, body.retention_days);
  if (!made.ok()) return ErrorResponse(made.status());
  return JsonResponse(201, ProjectJson(*made));
}

// The project of the path, if it is the organisation's own.
std::optional<Project> OwnProject(const ApiCall& call) {
  std::optional<Project> project = call.keys.ProjectById(call.parts[0]);
  if (project && project->organisation_id != call.project.organisation_id) return std::nullopt;
  return project;
}

HttpResponse ProjectNotFound() {
  return NotFoundResponse("Project not found within authorized organization");
}

HttpResponse UpdateProject(const ApiCall& call) {
  const std::optional<Project> project = OwnProject(call);
  if (!project) return ProjectNotFound();
  Faults faults;
  const ProjectBody body = ReadProjectBody(call.request, faults, project->retention_days);
  if (!faults.ok()) return faults.Refusal();
  const Result<Project> changed = call.keys.UpdateProject(project->id, body.name, body.retention_days);
  if (!changed.ok()) return ErrorResponse(changed.status());
  return JsonResponse(200, ProjectJson(*changed));
}

HttpResponse ListOrganisationProjects(const ApiCall& call) {
  Json projects = Json::array();
  for (const Project& project : call.keys.projects()) {
    if (project.organisation_id != call.project.organisation_id) continue;
    Json json = {{"id", project.id}, {"name", project.name}, {"metadata", Json::object()}};
    json["createdAt"] = FormatIsoTime(project.created_ns);
    json["updatedAt"] = FormatIsoTime(project.created_ns);
    projects.push_back(std::move(json));
  }
  return JsonResponse(200, {{"projects", std::move(projects)}});
}

// Keys for which `is_wanted` holds.
template <class IsWanted>
HttpResponse KeysResponse(const ApiCall& call, IsWanted is_wanted) {
  const Result<std::vector<KeyInfo>> keys = call.keys.ListKeys();
  if (!keys.ok()) return ErrorResponse(keys.status());
  Json list = Json::array();
  for (const KeyInfo& key : *keys) {
    if (!is_wanted(key)) continue;
    Json json = {{"id", key.id}, {"createdAt", FormatIsoTime(key.created_ns)}, {"expiresAt", nullptr}};
    json["lastUsedAt"] = key.last_used_ns == 0 ? Json() : Json(FormatIsoTime(key.last_used_ns));
    json["note"] = key.note.empty() ? Json() : Json(key.note);
    json["publicKey"] = key.public_key;
    json["displaySecretKey"] = key.display;
    list.push_back(std::move(json));
  }
  return JsonResponse(200, {{"apiKeys", std::move(list)}});
}

HttpResponse ListOrganisationKeys(const ApiCall& call) {
  return KeysResponse(
      call, [&](const KeyInfo& key) { return key.organisation_id == call.project.organisation_id; });
}

HttpResponse ListProjectKeys(const ApiCall& call) {
  const std::optional<Project> project = OwnProject(call);
  if (!project) return ProjectNotFound();
  return KeysResponse(call, [&](const KeyInfo& key) { return key.project_id == project->id; });
}

HttpResponse CreateProjectKey(const ApiCall& call) {
  const std::optional<Project> project = OwnProject(call);
  if (!project) return ProjectNotFound();
  Faults faults;
  const Json json = call.request.body.empty() ? Json::object() : ReadBody(call.request, faults);
  BodyReader body(json, faults);
  const std::string note = body.Text("note").value_or("");
  const std::optional<std::string> public_key = body.Text("publicKey");
  const std::optional<std::string> secret_key = body.Text("secretKey");
  if (public_key.has_value() != secret_key.has_value())
    body.Fault(public_key ? "secretKey" : "publicKey", "invalid_type", "Give both keys of a pair or none");
  if (!faults.ok()) return faults.Refusal();
  std::optional<KeyPair> own;
  if (public_key) own = KeyPair{*public_key, *secret_key};
  const Result<KeyPair> pair = call.keys.CreateKey(project->key, note, std::move(own));
  if (!pair.ok()) return ErrorResponse(pair.status());
  const Result<std::vector<KeyInfo>> keys = call.keys.ListKeys();
  if (!keys.ok()) return ErrorResponse(keys.status());
  for (const KeyInfo& key : *keys) {
    if (key.public_key != pair->public_key) continue;
    return JsonResponse(201, {{"id", key.id},
                              {"createdAt", FormatIsoTime(key.created_ns)},
                              {"publicKey", pair->public_key},
                              {"secretKey", pair->secret_key},
                              {"displaySecretKey", key.display},
                              {"note", note.empty() ? Json() : Json(note)}});
  }
  return ErrorResponse(Status::NotFound("The key was removed at once"));
}

HttpResponse DeleteProjectKey(const ApiCall& call) {
  const std::optional<Project> project = OwnProject(call);
  if (!project) return ProjectNotFound();
  const Result<std::vector<KeyInfo>> keys = call.keys.ListKeys();
  if (!keys.ok()) return ErrorResponse(keys.status());
  for (const KeyInfo& key : *keys) {
    if (key.id != call.parts[1] || key.project_id != project->id) continue;
    if (Status status = call.keys.DeleteKey(key.id); !status.ok()) return ErrorResponse(status);
    return JsonResponse(200, {{"success", true}});
  }
  return NotFoundResponse("API key not found");
}

constexpr Route kRoutes[] = {
    {"GET", "projects", GetOwnProject},
    {"POST", "projects", CreateProject, Access::kOrganisation},
    {"PUT", "projects/{projectId}", UpdateProject, Access::kOrganisation},
    {"GET", "projects/{projectId}/apiKeys", ListProjectKeys, Access::kOrganisation},
    {"POST", "projects/{projectId}/apiKeys", CreateProjectKey, Access::kOrganisation},
    {"DELETE", "projects/{projectId}/apiKeys/{apiKeyId}", DeleteProjectKey, Access::kOrganisation},
    {"GET", "organizations/projects", ListOrganisationProjects, Access::kOrganisation},
    {"GET", "organizations/apiKeys", ListOrganisationKeys, Access::kOrganisation},
};

}  // namespace

std::span<const Route> ProjectRoutes() { return kRoutes; }

}  // namespace repartee::server
