#include "repartee/cli/keys.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "repartee/cli/key_file.h"
#include "repartee/server/model/time.h"
#include "repartee/server/trace_server.h"

namespace repartee::cli {
namespace {

struct KeysOptions {
  std::string data_folder = server::DefaultDataFolder();
  std::string project;
  std::string organisation;
  std::string note;
  std::string public_key;
  std::string secret_key;
  std::string key;
  bool json = false;
};

Result<server::KeyPair> MakeKey(server::KeyStore& keys, const KeysOptions& options, std::string& owner) {
  if (!options.organisation.empty()) {
    owner = "organization " + options.organisation;
    for (const server::Organisation& known : keys.ListOrganisations()) {
      if (known.id == options.organisation) return keys.CreateOrganisationKey(known.id, options.note);
    }
    return Status::NotFound("no organization {}", options.organisation);
  }
  const Result<server::Project> project = FindProject(keys, options.project);
  if (!project.ok()) return project.status();
  owner = "project " + project->id;
  std::optional<server::KeyPair> own;
  if (!options.public_key.empty()) own = server::KeyPair{options.public_key, options.secret_key};
  return keys.CreateKey(project->key, options.note, std::move(own));
}

Status RunNew(const KeysOptions& options) {
  Result<std::unique_ptr<server::KeyStore>> keys = OpenKeys(options.data_folder);
  if (!keys.ok()) return std::move(keys).status();
  std::string owner;
  const Result<server::KeyPair> pair = MakeKey(**keys, options, owner);
  if (!pair.ok()) return pair.status();
  if (options.json) {
    Json json = Json::object();
    json["public_key"] = pair->public_key;
    json["secret_key"] = pair->secret_key;
    fmt::print("{}\n", json.dump());
    return OkStatus();
  }
  fmt::print("Public key    {}\nSecret key    {}   (shown this once)\nFor           {}\n", pair->public_key,
             pair->secret_key, owner);
  return OkStatus();
}

Json ToJson(const server::KeyInfo& key) {
  Json json = Json::object();
  json["id"] = key.id;
  json["public_key"] = key.public_key;
  json["display_secret_key"] = key.display;
  json["note"] = key.note;
  json["project_id"] = key.project_id.empty() ? Json() : Json(key.project_id);
  json["organization_id"] = key.organisation_id.empty() ? Json() : Json(key.organisation_id);
  json["created_at"] = server::FormatIsoTime(key.created_ns);
  json["last_used_at"] = key.last_used_ns == 0 ? Json() : Json(server::FormatIsoTime(key.last_used_ns));
  return json;
}

Status RunList(const KeysOptions& options) {
  Result<std::unique_ptr<server::KeyStore>> keys = OpenKeys(options.data_folder);
  if (!keys.ok()) return std::move(keys).status();
  const Result<std::vector<server::KeyInfo>> found = (*keys)->ListKeys();
  if (!found.ok()) return found.status();
  Json json = Json::array();
  for (const server::KeyInfo& key : *found) {
    if (!options.project.empty() && key.project_id != options.project) continue;
    json.push_back(ToJson(key));
    if (options.json) continue;
    fmt::print("{}  {}  {}  last used {}  {}\n", key.public_key, key.display,
               key.project_id.empty() ? "organization " + key.organisation_id : "project " + key.project_id,
               key.last_used_ns == 0 ? "never" : server::FormatIsoTime(key.last_used_ns), key.note);
  }
  if (options.json) fmt::print("{}\n", json.dump());
  return OkStatus();
}

Status RunRemove(const KeysOptions& options) {
  Result<std::unique_ptr<server::KeyStore>> keys = OpenKeys(options.data_folder);
  if (!keys.ok()) return std::move(keys).status();
  if (Status status = (*keys)->DeleteKey(options.key); !status.ok()) return status;
  if (options.json) {
    fmt::print("{}\n", Json{{"removed", options.key}}.dump());
  } else {
    fmt::print("Removed {}; a running server refuses it within a second\n", options.key);
  }
  return OkStatus();
}

}  // namespace

void AddKeysCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<KeysOptions>();
  CLI::App* keys = app.add_subcommand("keys", "API keys: makes, lists and removes them");
  keys->require_subcommand(1);
  keys->footer(
      "Examples:\n  repartee keys new --note laptop\n  repartee keys list --json\n"
      "  repartee keys remove pk-lf-...");
  const auto add = [&](const char* name, const char* about, Status (*run)(const KeysOptions&)) {
    CLI::App* command = keys->add_subcommand(name, about);
    command->add_option("--data", options->data_folder, "The server's folder")->capture_default_str();
    command->add_flag("--json", options->json, "JSON on standard output");
    command->callback([options, run, &exit_code] { exit_code = Finish("keys", run(*options)); });
    return command;
  };
  CLI::App* make = add("new", "Makes a key pair and shows its secret this once", RunNew);
  make->add_option("--project", options->project, "Id of the project (default: the first)");
  make->add_option("--organization", options->organisation,
                   "Id of the organization: a key to make projects with")
      ->excludes("--project");
  make->add_option("--note", options->note, "What it is for");
  CLI::Option* public_key = make->add_option("--public-key", options->public_key, "A pair of your own");
  CLI::Option* secret_key = make->add_option("--secret-key", options->secret_key, "Its secret");
  public_key->needs(secret_key);
  secret_key->needs(public_key);
  add("list", "Lists the keys, without secrets", RunList)
      ->add_option("--project", options->project, "Id of the project (default: all)");
  add("remove", "Takes a key away", RunRemove)
      ->add_option("key", options->key, "Its public key or id")
      ->required();
}

}  // namespace repartee::cli
