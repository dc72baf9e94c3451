#include "repartee/cli/users.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "repartee/cli/key_file.h"
#include "repartee/cli/password_prompt.h"
#include "repartee/server/auth/user_store.h"
#include "repartee/server/model/time.h"
#include "repartee/server/trace_server.h"

namespace repartee::cli {
namespace {

struct UsersOptions {
  std::string data_folder = server::DefaultDataFolder();
  std::string email;
  std::string name;
  std::string role;
  std::string organisation;
  bool json = false;
};

// Users, and the organisation that the command is about.
struct Door {
  std::unique_ptr<server::UserStore> users;
  std::string organisation;
};

Result<Door> Open(const UsersOptions& options) {
  const Result<std::unique_ptr<server::KeyStore>> keys = OpenKeys(options.data_folder);
  if (!keys.ok()) return keys.status();
  std::string known;
  Door door;
  for (const server::Organisation& organisation : (*keys)->ListOrganisations()) {
    if (door.organisation.empty() &&
        (options.organisation.empty() || organisation.id == options.organisation))
      door.organisation = organisation.id;
    known += (known.empty() ? "" : ", ") + organisation.id;
  }
  if (door.organisation.empty())
    return Status::NotFound("no organization {}; there are: {}", options.organisation, known);
  Result<std::unique_ptr<server::UserStore>> users =
      server::UserStore::Open(options.data_folder + "/meta.db");
  if (!users.ok()) return std::move(users).status();
  door.users = *std::move(users);
  return door;
}

Json ToJson(const server::User& user, const std::string& organisation) {
  Json json = {{"id", user.id}, {"email", user.email}, {"name", user.name}};
  json["organization_id"] = organisation;
  json["role"] = server::RoleName(user.roles.at(organisation));
  json["created_at"] = server::FormatIsoTime(user.created_ns);
  json["last_sign_in_at"] =
      user.last_sign_in_ns == 0 ? Json() : Json(server::FormatIsoTime(user.last_sign_in_ns));
  return json;
}

Status RunAdd(const UsersOptions& options) {
  Result<Door> door = Open(options);
  if (!door.ok()) return std::move(door).status();
  const bool is_first = !door->users->has_users();
  server::NewUser user{options.email, options.name, ""};
  if (!door->users->Find(options.email)) {
    Result<std::string> password = AskNewPassword("Password");
    if (!password.ok()) return std::move(password).status();
    user.password = *std::move(password);
  }
  // The first one would be alone: nobody could add another.
  const std::string_view fallback = is_first ? "owner" : "member";
  const auto role = server::ParseRole(options.role.empty() ? fallback : options.role);
  const Result<server::User> made =
      door->users->AddUser(user, door->organisation, role.value_or(server::Role::kViewer));
  if (!made.ok()) return made.status();
  if (options.json) {
    fmt::print("{}\n", ToJson(*made, door->organisation).dump());
    return OkStatus();
  }
  fmt::print("{} may sign in as {}\n", made->email, server::RoleName(made->roles.at(door->organisation)));
  if (is_first) fmt::print("From now on the dashboard needs a sign-in; keys open it as before\n");
  return OkStatus();
}

Status RunList(const UsersOptions& options) {
  const Result<Door> door = Open(options);
  if (!door.ok()) return door.status();
  Json json = Json::array();
  for (const server::User& user : door->users->Members(door->organisation)) {
    json.push_back(ToJson(user, door->organisation));
    if (options.json) continue;
    fmt::print("{}  {}  {}  last sign-in {}\n", user.email,
               server::RoleName(user.roles.at(door->organisation)), user.name,
               user.last_sign_in_ns == 0 ? "never" : server::FormatIsoTime(user.last_sign_in_ns));
  }
  if (options.json) fmt::print("{}\n", json.dump());
  return OkStatus();
}

Status RunRemove(const UsersOptions& options) {
  const Result<Door> door = Open(options);
  if (!door.ok()) return door.status();
  if (Status status = door->users->RemoveMember(options.email, door->organisation); !status.ok())
    return status;
  if (options.json) {
    fmt::print("{}\n", Json{{"removed", options.email}}.dump());
  } else {
    fmt::print("Removed {}; a running server refuses the session within a second\n", options.email);
  }
  return OkStatus();
}

Status RunPassword(const UsersOptions& options) {
  const Result<Door> door = Open(options);
  if (!door.ok()) return door.status();
  const auto user = door->users->Find(options.email);
  if (!user) return Status::NotFound("no user {}", options.email);
  const Result<std::string> password = AskNewPassword("New password");
  if (!password.ok()) return password.status();
  if (Status status = door->users->SetPassword(user->id, *password); !status.ok()) return status;
  if (options.json) {
    fmt::print("{}\n", Json{{"changed", user->email}}.dump());
  } else {
    fmt::print("{} has a new password; all sessions have ended\n", user->email);
  }
  return OkStatus();
}

}  // namespace

void AddUsersCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<UsersOptions>();
  CLI::App* users = app.add_subcommand("users", "Users of the dashboard: adds, lists and removes them");
  users->require_subcommand(1);
  users->footer(
      "The password is asked for, or read as one line where there is no terminal.\n\n"
      "Examples:\n  repartee users add --email ann@example.com\n"
      "  repartee users add --email bob@example.com --role viewer < password.txt\n"
      "  repartee users list --json\n  repartee users passwd ann@example.com");
  const auto add = [&](const char* name, const char* about, Status (*run)(const UsersOptions&)) {
    CLI::App* command = users->add_subcommand(name, about);
    command->add_option("--data", options->data_folder, "The server's folder")->capture_default_str();
    command->add_option("--organization", options->organisation,
                        "Id of the organization (default: the first)");
    command->add_flag("--json", options->json, "JSON on standard output");
    command->callback([options, run, &exit_code] { exit_code = Finish("users", run(*options)); });
    return command;
  };
  CLI::App* make = add("add", "Adds a user; the first one is an owner", RunAdd);
  make->add_option("--email", options->email, "By which the user signs in")->required();
  make->add_option("--name", options->name, "How the user is called");
  make->add_option("--role", options->role, "owner, member (the default) or viewer")
      ->check(CLI::IsMember({"owner", "member", "viewer"}));
  add("list", "Lists the users", RunList);
  add("remove", "Takes a user out", RunRemove)->add_option("email", options->email, "The user")->required();
  add("passwd", "Gives a user a new password and ends all sessions", RunPassword)
      ->add_option("email", options->email, "The user")
      ->required();
}

}  // namespace repartee::cli
