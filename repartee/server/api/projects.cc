// The project that a key belongs to: by it clients check their keys and make links.
#include "repartee/server/api/json_writer.h"
#include "repartee/server/api/route.h"

namespace repartee::server {
namespace {

HttpResponse ListProjects(const ApiCall& call) {
  const Project& project = call.project;
  JsonWriter json;
  json.BeginObject();
  json.Key("data").BeginArray().BeginObject();
  json.Key("id").Text(project.id);
  json.Key("name").Text(project.name);
  json.Key("organization").BeginObject();
  json.Key("id").Text(project.organisation_id);
  json.Key("name").Text(project.organisation_name);
  json.EndObject();
  json.Key("metadata").BeginObject().EndObject();
  if (project.retention_days > 0) json.Key("retentionDays").Integer(project.retention_days);
  json.EndObject().EndArray().EndObject();
  return HttpResponse::Json(200, json.Take());
}

constexpr Route kRoutes[] = {{"GET", "projects", ListProjects}};

}  // namespace

std::span<const Route> ProjectRoutes() { return kRoutes; }

}  // namespace repartee::server
