// Prices: the project's own models, the built-in ones, and what was used without a price.
#include <re2/re2.h>

#include <map>

#include "repartee/base/random.h"
#include "repartee/server/api/model_store.h"
#include "repartee/server/ui/ui_call.h"

namespace repartee::server {
namespace {

constexpr std::int64_t kUnpricedNs = std::int64_t{7} * 86'400'000'000'000;
constexpr std::size_t kMaxUnpriced = 100;

struct Unpriced {
  Stage stage = Stage::kNone;
  std::string provider;
  std::int64_t spans = 0;
  std::int64_t last_ns = 0;
};

std::string_view StageWord(Stage stage) {
  if (stage == Stage::kStt) return "stt";
  return stage == Stage::kTts ? "tts" : "llm";
}

// Services of the last days that name a model and came to no cost, though they did not fail.
Result<Json> UnpricedJson(const UiCall& call) {
  std::map<std::string, Unpriced> found;
  const VoiceQuery query{
      .project = call.project.key, .from_ns = call.now_ns - kUnpricedNs, .to_ns = INT64_MAX};
  const Result<ScanExtent> extent = call.reader.ScanVoice(query, [&found](const VoiceSample& sample) {
    const bool is_service = sample.facts.stage >= Stage::kStt && sample.facts.level != Level::kError;
    if (!is_service || sample.model.empty() || sample.facts.cost >= 0) return;
    const auto known = found.find(std::string(sample.model));
    if (known == found.end() && found.size() >= kMaxUnpriced) return;
    Unpriced& entry = known == found.end() ? found[std::string(sample.model)] : known->second;
    entry.stage = sample.facts.stage;
    entry.provider = sample.provider;
    entry.last_ns = std::max(entry.last_ns, sample.facts.start_ns);
    ++entry.spans;
  });
  if (!extent.ok()) return extent.status();
  Json list = Json::array();
  for (const auto& [model, entry] : found) {
    list.push_back({{"model", model},
                    {"provider", entry.provider.empty() ? Json() : Json(entry.provider)},
                    {"stage", StageWord(entry.stage)},
                    {"spans", entry.spans},
                    {"last", TimeMs(entry.last_ns)}});
  }
  return list;
}

Json PriceJson(const Json& model) {
  Json prices = Json::object();
  for (const auto& [unit, price] : model["prices"].items()) prices[unit] = price["price"];
  return {{"id", model["id"]},
          {"name", model["modelName"]},
          {"pattern", model["matchPattern"]},
          {"unit", model["unit"]},
          {"prices", std::move(prices)},
          {"tiers", model["pricingTiers"].size()},
          {"own", !model["isLangfuseManaged"].get<bool>()}};
}

// As the public API takes it; without a pattern the name itself counts, in any case.
Json PublicBody(const Json& json) {
  Json body = Json::object();
  for (const auto& [ours, theirs] : {std::pair("name", "modelName"),
                                     {"pattern", "matchPattern"},
                                     {"unit", "unit"},
                                     {"input_price", "inputPrice"},
                                     {"output_price", "outputPrice"},
                                     {"total_price", "totalPrice"}}) {
    if (json.contains(ours)) body[theirs] = json[ours];
  }
  const bool has_pattern = body.contains("matchPattern") && !body["matchPattern"].is_null();
  if (!has_pattern && json.contains("name") && json["name"].is_string())
    body["matchPattern"] = "(?i)^" + re2::RE2::QuoteMeta(json["name"].get<std::string>()) + "$";
  return body;
}

}  // namespace

HttpResponse UiPrices(const UiCall& call) {
  const Result<std::vector<Json>> own = ModelStore(call.config, call.prices).List(call.project.key);
  if (!own.ok()) return UiError(own.status());
  Result<Json> unpriced = UnpricedJson(call);
  if (!unpriced.ok()) return UiError(unpriced.status());
  Json models = Json::array();
  for (const std::vector<Json>* list : {&*own, &ModelStore::BuiltIn()}) {
    for (const Json& model : *list) models.push_back(PriceJson(model));
  }
  return JsonResponse(200, {{"models", std::move(models)}, {"unpriced", *std::move(unpriced)}});
}

HttpResponse UiNewPrice(const UiCall& call) {
  Faults faults;
  const Json json = PublicBody(ReadBody(call.request, faults));
  BodyReader body(json, faults);
  const Json model = ModelStore::Read(body);
  if (!faults.ok()) return UiError(400, faults.Text());
  const Result<Json> made = ModelStore(call.config, call.prices).Put(call.project.key, RandomUuid(), model);
  if (!made.ok()) return UiError(made.status());
  return JsonResponse(201, PriceJson(*made));
}

HttpResponse UiRemovePrice(const UiCall& call) {
  const Result<bool> removed = ModelStore(call.config, call.prices).Remove(call.project.key, call.path[1]);
  if (!removed.ok()) return UiError(removed.status());
  if (!*removed)
    return UiError(404, "this project has no model " + call.path[1].substr(0, 100), "built-in ones stay");
  return JsonResponse(200, {{"removed", call.path[1]}});
}

}  // namespace repartee::server
