// Projects and organisations, and what the server says of itself.
#include <filesystem>

#include "repartee/server/api/body.h"
#include "repartee/server/limits.h"
#include "repartee/server/ui/ui_call.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxNameBytes = 60;

Json ProjectJson(const UiCall& call, const Project& project) {
  const std::int64_t days = RetentionOf(project, call.facts.retention_days);
  return {{"id", project.id},
          {"name", project.name},
          {"organization", {{"id", project.organisation_id}, {"name", project.organisation_name}}},
          {"retention_days", days == 0 ? Json() : Json(days)},
          {"retention_is_default", project.retention_days == kServersRetention},
          {"created", TimeMs(project.created_ns)}};
}

// Days; 0, as null, is for ever. `fallback` if it is not said.
std::int64_t ReadRetention(BodyReader& body, const Json& json, std::int64_t fallback) {
  if (!json.contains("retention_days")) return fallback;
  const std::int64_t days = body.Integer("retention_days").value_or(0);
  if (!IsRetention(days))
    body.Fault("retention_days", "out_of_range", "Expected null (for ever) or 3 to 36500 days");
  return days;
}

Json Limit(std::string_view name, std::size_t most, std::string_view unit) {
  return {{"name", name}, {"most", most}, {"unit", unit}};
}

Json LimitsJson() {
  return Json::array({Limit("body of a traces request", kMaxBodyBytes, "bytes"),
                      Limit("spans in a request", kMaxSpansPerRequest, "spans"),
                      Limit("attributes of a span", kMaxAttributesPerSpan, "attributes"),
                      Limit("body of a batch", kMaxBatchBodyBytes, "bytes"),
                      Limit("one medium", kMaxMediaBytes, "bytes"),
                      Limit("waiting for the disk", kMaxQueuedBytes, "bytes"),
                      Limit("connections of a port", kMaxConnections, "connections"),
                      Limit("spans looked at by a query", kMaxSpansScanned, "spans")});
}

// What cannot be looked at counts nothing: files come and go meanwhile.
std::uintmax_t FolderBytes(const std::string& folder) {
  std::error_code ignored;
  std::uintmax_t bytes = 0;
  std::filesystem::recursive_directory_iterator files(folder, ignored);
  for (const auto end = std::filesystem::end(files); files != end; files.increment(ignored)) {
    const std::uintmax_t size = files->is_regular_file(ignored) ? files->file_size(ignored) : 0;
    if (size != static_cast<std::uintmax_t>(-1)) bytes += size;
    if (ignored) break;
  }
  return bytes;
}

}  // namespace

HttpResponse UiProjects(const UiCall& call) {
  Json list = Json::array();
  for (const Project& project : call.door.ProjectsOf(call.access)) list.push_back(ProjectJson(call, project));
  return JsonResponse(200, {{"projects", std::move(list)}});
}

HttpResponse UiNewProject(const UiCall& call) {
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  const std::string name = body.RequiredText("name", kMaxNameBytes);
  const std::int64_t days = ReadRetention(body, json, kServersRetention);
  if (!faults.ok()) return UiError(400, faults.Text());
  const Result<Project> made = call.keys.CreateProject(call.project.organisation_id, "", name, days);
  if (!made.ok()) return UiError(made.status());
  return JsonResponse(201, ProjectJson(call, *made));
}

HttpResponse UiChangeProject(const UiCall& call) {
  const std::optional<Project> known = call.keys.ProjectById(call.path[1]);
  if (!known || known->organisation_id != call.project.organisation_id)
    return UiError(404, "there is no project " + call.path[1].substr(0, 100));
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  const std::string name = json.contains("name") ? body.RequiredText("name", kMaxNameBytes) : known->name;
  const std::int64_t days = ReadRetention(body, json, known->retention_days);
  if (!faults.ok()) return UiError(400, faults.Text());
  const Result<Project> changed = call.keys.UpdateProject(known->id, name, days);
  if (!changed.ok()) return UiError(changed.status());
  return JsonResponse(200, ProjectJson(call, *changed));
}

HttpResponse UiChangeOrganisation(const UiCall& call) {
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  const std::string name = BodyReader(json, faults).RequiredText("name", kMaxNameBytes);
  if (!faults.ok()) return UiError(400, faults.Text());
  const std::string& id = call.project.organisation_id;
  if (Status status = call.keys.RenameOrganisation(id, name); !status.ok()) return UiError(status);
  return JsonResponse(200, {{"id", id}, {"name", name}});
}

HttpResponse UiServer(const UiCall& call) {
  Json json = {{"version", call.facts.version}, {"started", TimeMs(call.facts.started_ns)}};
  const auto port = [](int number) { return number == 0 ? Json() : Json(number); };
  json["ports"] = {{"http", port(call.request.local_port)},
                   {"otlp_http", port(call.facts.otlp_http_port)},
                   {"otlp_grpc", port(call.facts.otlp_grpc_port)}};
  Json data = {{"folder", nullptr}, {"bytes", nullptr}, {"free_bytes", nullptr}};
  // A key's holder need not know where things lie.
  if (!call.facts.data_folder.empty() && !call.access.by_key) {
    std::error_code unknown;
    const std::filesystem::space_info space = std::filesystem::space(call.facts.data_folder, unknown);
    data["folder"] = call.facts.data_folder;
    data["bytes"] = FolderBytes(call.facts.data_folder);
    if (!unknown) data["free_bytes"] = space.available;
  }
  json["data"] = std::move(data);
  json["limits"] = LimitsJson();
  return JsonResponse(200, json);
}

}  // namespace repartee::server
