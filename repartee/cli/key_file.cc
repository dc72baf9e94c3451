#include "repartee/cli/key_file.h"

#include <cstdio>
#include <filesystem>

namespace repartee::cli {

Result<std::unique_ptr<server::KeyStore>> OpenKeys(const std::string& data_folder) {
  const std::string path = data_folder + "/meta.db";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return Status::NotFound("no trace server's data in {}: start `repartee serve` once, or give --data",
                            data_folder);
  }
  return server::KeyStore::Open(path);
}

Result<server::Project> FindProject(const server::KeyStore& keys, const std::string& id) {
  std::string known;
  for (const server::Project& project : keys.projects()) {
    if (id.empty() || project.id == id) return project;
    known += (known.empty() ? "" : ", ") + project.id;
  }
  return Status::NotFound("no project {}; there are: {}", id, known.empty() ? "none" : known);
}

Json ToJson(const server::Project& project) {
  Json json = Json::object();
  json["id"] = project.id;
  json["name"] = project.name;
  json["organization_id"] = project.organisation_id;
  json["organization"] = project.organisation_name;
  const bool is_said = project.retention_days != server::kServersRetention;
  json["retention_days"] = is_said ? Json(project.retention_days) : Json();
  return json;
}

int Finish(const char* command, const Status& status) {
  if (status.ok()) return 0;
  fmt::print(stderr, "repartee {}: {}\n", command, status.message());
  return 1;
}

}  // namespace repartee::cli
