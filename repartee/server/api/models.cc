// The models that are priced: a project's own, then the built-in ones.
#include "repartee/base/random.h"
#include "repartee/server/api/config_resource.h"
#include "repartee/server/api/model_store.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxModelId = 255;

HttpResponse ModelNotFound() { return NotFoundResponse("No model with this id found."); }

HttpResponse ListModels(const ApiCall& call) {
  QueryReader query(call.request);
  const PageRequest page = ReadPage(query);
  if (!query.ok()) return query.Refusal();
  Result<std::vector<Json>> all = ModelStore(call.config, call.prices).List(call.project.key);
  if (!all.ok()) return ErrorResponse(all.status());
  const std::vector<Json>& built_in = ModelStore::BuiltIn();
  all->insert(all->end(), built_in.begin(), built_in.end());
  Json data = Json::array();
  for (std::size_t i = page.offset(); i < std::min(all->size(), page.offset() + page.limit); ++i)
    data.push_back((*all)[i]);
  return JsonResponse(200, {{"data", std::move(data)}, {"meta", PageMeta(page, all->size())}});
}

HttpResponse GetModel(const ApiCall& call) {
  const Result<std::vector<Json>> own = ModelStore(call.config, call.prices).List(call.project.key);
  if (!own.ok()) return ErrorResponse(own.status());
  for (const std::vector<Json>* models : {&*own, &ModelStore::BuiltIn()}) {
    for (const Json& model : *models) {
      if (model["id"] == call.parts[0]) return JsonResponse(200, model);
    }
  }
  return ModelNotFound();
}

HttpResponse PutModel(const ApiCall& call, const std::string& id) {
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  const Json model = ModelStore::Read(body);
  if (!faults.ok()) return faults.Refusal();
  const Result<Json> made = ModelStore(call.config, call.prices).Put(call.project.key, id, model);
  if (!made.ok()) return ErrorResponse(made.status());
  return JsonResponse(200, *made);
}

HttpResponse CreateModel(const ApiCall& call) { return PutModel(call, RandomUuid()); }

HttpResponse ReplaceModel(const ApiCall& call) {
  if (call.parts[0].size() > kMaxModelId)
    return InvalidRequest("The id of a model has at most 255 characters");
  return PutModel(call, call.parts[0]);
}

HttpResponse DeleteModel(const ApiCall& call) {
  const Result<bool> removed = ModelStore(call.config, call.prices).Remove(call.project.key, call.parts[0]);
  if (!removed.ok()) return ErrorResponse(removed.status());
  if (!*removed) return ModelNotFound();
  return JsonResponse(200, {{"message", "Model deleted successfully"}});
}

constexpr Route kRoutes[] = {
    {"GET", "models", ListModels},          {"POST", "models", CreateModel},
    {"GET", "models/{id}", GetModel},       {"PUT", "models/{id}", ReplaceModel},
    {"DELETE", "models/{id}", DeleteModel},
};

}  // namespace

std::span<const Route> ModelRoutes() { return kRoutes; }

}  // namespace repartee::server
