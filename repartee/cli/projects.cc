#include "repartee/cli/projects.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "repartee/cli/key_file.h"
#include "repartee/server/trace_server.h"

namespace repartee::cli {
namespace {

struct ProjectsOptions {
  std::string data_folder = server::DefaultDataFolder();
  std::string name;
  std::string id;
  std::string organisation;
  std::optional<std::int64_t> retention_days;  // nothing: as it is
  bool json = false;
};

void Print(const server::Project& project, bool json) {
  if (json) {
    fmt::print("{}\n", ToJson(project).dump());
    return;
  }
  const std::string kept = project.retention_days == server::kServersRetention ? "as long as the server says"
                           : project.retention_days == 0                       ? "for ever"
                                                         : fmt::format("{} days", project.retention_days);
  fmt::print("{}  {}  of {}  kept {}\n", project.id, project.name, project.organisation_name, kept);
}

Status RunNew(const ProjectsOptions& options) {
  Result<std::unique_ptr<server::KeyStore>> keys = OpenKeys(options.data_folder);
  if (!keys.ok()) return std::move(keys).status();
  std::string organisation = options.organisation;
  if (organisation.empty()) {
    const std::vector<server::Organisation> known = (*keys)->ListOrganisations();
    if (known.empty()) return Status::NotFound("there is no organization: start `repartee serve` once");
    organisation = known.front().id;
  }
  const Result<server::Project> made = (*keys)->CreateProject(
      organisation, options.id, options.name, options.retention_days.value_or(server::kServersRetention));
  if (!made.ok()) return made.status();
  Print(*made, options.json);
  return OkStatus();
}

Status RunSet(const ProjectsOptions& options) {
  Result<std::unique_ptr<server::KeyStore>> keys = OpenKeys(options.data_folder);
  if (!keys.ok()) return std::move(keys).status();
  const Result<server::Project> known = FindProject(**keys, options.id);
  if (!known.ok()) return known.status();
  const std::int64_t days = options.retention_days.value_or(known->retention_days);
  const Result<server::Project> changed =
      (*keys)->UpdateProject(known->id, options.name.empty() ? known->name : options.name, days);
  if (!changed.ok()) return changed.status();
  Print(*changed, options.json);
  return OkStatus();
}

Status RunList(const ProjectsOptions& options) {
  Result<std::unique_ptr<server::KeyStore>> keys = OpenKeys(options.data_folder);
  if (!keys.ok()) return std::move(keys).status();
  Json json = Json::array();
  for (const server::Project& project : (*keys)->projects()) {
    json.push_back(ToJson(project));
    if (!options.json) Print(project, false);
  }
  if (options.json) fmt::print("{}\n", json.dump());
  return OkStatus();
}

}  // namespace

void AddProjectsCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ProjectsOptions>();
  CLI::App* projects = app.add_subcommand("projects", "Projects: makes, changes and lists them");
  projects->require_subcommand(1);
  projects->footer(
      "Examples:\n  repartee projects new \"Support line\" --retention 30\n  repartee projects list --json\n"
      "  repartee projects set ID --name \"Help line\"");
  const auto add = [&](const char* name, const char* about, Status (*run)(const ProjectsOptions&)) {
    CLI::App* command = projects->add_subcommand(name, about);
    command->add_option("--data", options->data_folder, "The server's folder")->capture_default_str();
    command->add_flag("--json", options->json, "JSON on standard output");
    command->callback([options, run, &exit_code] { exit_code = Finish("projects", run(*options)); });
    return command;
  };
  const auto retention = [&](CLI::App* command) {
    command
        ->add_option(
            "--retention", options->retention_days,
            "Days that traces are kept, 3 to 36500; 0: for ever; default: as long as the server says")
        ->transform(
            CLI::Transformer(std::map<std::string, std::int64_t>{{"default", server::kServersRetention}}))
        ->check(CLI::Range(server::kServersRetention, std::int64_t{0}) |
                CLI::Range(server::kLeastRetentionDays, server::kMaxRetentionDays));
  };
  CLI::App* make = add("new", "Makes a project", RunNew);
  make->add_option("name", options->name, "Its name")->required();
  make->add_option("--id", options->id, "Its id (default: made up)");
  make->add_option("--organization", options->organisation, "Id of its organization (default: the first)");
  retention(make);
  CLI::App* set = add("set", "Changes a project's name or retention", RunSet);
  set->add_option("id", options->id, "The project")->required();
  set->add_option("--name", options->name, "New name");
  retention(set);
  add("list", "Lists the projects", RunList);
}

}  // namespace repartee::cli
