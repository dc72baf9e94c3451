// The keys of a data folder, for the commands that administer them. The file may be
// in use by a server: it sees the change within a second. Thread: the main one.
#pragma once

#include <memory>
#include <string>

#include "repartee/base/json.h"
#include "repartee/server/auth/key_store.h"

namespace repartee::cli {

// NotFound, with what to do, when there is no server's data.
Result<std::unique_ptr<server::KeyStore>> OpenKeys(const std::string& data_folder);

// The project of that id; without an id the first one. NotFound names those that exist.
Result<server::Project> FindProject(const server::KeyStore& keys, const std::string& id);

Json ToJson(const server::Project& project);

// Prints the fault as "repartee COMMAND: ..."; returns the exit code.
int Finish(const char* command, const Status& status);

}  // namespace repartee::cli
