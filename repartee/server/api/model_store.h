// Models with prices: a project's own, kept in the ConfigStore, and the built-in ones;
// how the API reads and shows them, and the price table that is made of them.
//
// Thread: the store's reader threads; Load at the start.
#pragma once

#include <string>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/server/api/body.h"
#include "repartee/server/ingest/mapping/project_prices.h"
#include "repartee/server/store/config_store.h"

namespace repartee::server {

inline constexpr std::size_t kMaxOwnModels = 500;  // of a project; beyond, 400

class ModelStore {
 public:
  // Both are borrowed.
  ModelStore(ConfigStore& config, ProjectPrices& prices) : config_(config), prices_(prices) {}

  // The project's price table anew from its models.
  Status Load(ProjectKey project);
  // As the API shows them, latest first.
  Result<std::vector<Json>> List(ProjectKey project);
  // A new one, or in place of the project's own with that id. InvalidArgument beyond kMaxOwnModels,
  // and for a built-in one. Returns the model as the API shows it.
  Result<Json> Put(ProjectKey project, const std::string& id, const Json& model);
  // False if the project has no such model.
  Result<bool> Remove(ProjectKey project, std::string_view id);

  // The body of a request that makes a model; faults are gathered.
  static Json Read(BodyReader& body);
  // In the shape of the API; speech models last.
  static const std::vector<Json>& BuiltIn();

 private:
  ConfigStore& config_;
  ProjectPrices& prices_;
};

}  // namespace repartee::server
