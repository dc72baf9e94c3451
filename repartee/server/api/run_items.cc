#include "repartee/server/api/run_items.h"

#include "repartee/server/api/config_resource.h"
#include "repartee/server/api/dataset_store.h"
#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

Result<ConfigPage> AllOf(const ApiCall& call, std::string_view kind) {
  return call.config.List({.project = call.project.key, .kind = kind, .limit = kMaxConfigItems});
}

std::string TextOf(const Json& body, const char* key) {
  const auto found = body.find(key);
  return found != body.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The value as a JSON text; empty if there is none.
std::string JsonTextOf(const Json& body, const char* key) {
  const auto found = body.find(key);
  return found != body.end() && !found->is_null() ? found->dump() : std::string();
}

ExperimentFacts FactsOf(const ConfigItem& run) {
  const Json body = BodyOf(run);
  ExperimentFacts facts;
  facts.id = run.id;
  facts.name = run.name;
  facts.description = TextOf(body, "description");
  facts.metadata = JsonTextOf(body, "metadata");
  facts.dataset_id = run.parent;
  return facts;
}

}  // namespace

Result<RunItems> RunItems::Load(const ApiCall& call) {
  RunItems loaded;
  const Result<ConfigPage> runs = AllOf(call, kRunKind);
  if (!runs.ok()) return runs.status();
  if (runs->items.empty()) return loaded;
  std::unordered_map<std::string, std::size_t> places;
  for (const ConfigItem& run : runs->items) {
    places.emplace(run.id, loaded.runs_.size());
    loaded.runs_.push_back(FactsOf(run));
  }
  const Result<ConfigPage> items = AllOf(call, kRunItemKind);
  if (!items.ok()) return items.status();
  for (const ConfigItem& item : items->items) {
    const auto run = places.find(item.parent);
    if (run == places.end()) continue;
    const Json body = BodyOf(item);
    const std::string span = TextOf(body, "observationId");
    const std::optional<SpanId> id = span.empty() ? std::nullopt : std::optional(SpanIdFromText(span));
    loaded.items_[TraceIdFromText(TextOf(body, "traceId"))].push_back({id, item.name, run->second});
  }
  return loaded;
}

std::optional<ExperimentFacts> RunItems::Of(const TraceRow& trace, const SpanRow& span) const {
  const auto items = items_.find(trace.id);
  if (items == items_.end()) return std::nullopt;
  const bool is_root = (span.facts.flags & kFlagsLogicalRoot) != 0;
  for (const Item& item : items->second) {
    const bool stands_for_it = item.span ? *item.span == span.id : is_root;
    if (!stands_for_it) continue;
    ExperimentFacts facts = runs_[item.run];
    facts.item_id = item.item_id;
    return facts;
  }
  return std::nullopt;
}

Status AddDatasetItem(const ApiCall& call, ExperimentFacts& facts) {
  const Result<std::optional<ConfigItem>> item = call.config.Find(call.project.key, kItemKind, facts.item_id);
  if (!item.ok()) return item.status();
  if (!*item) return OkStatus();
  const Json body = BodyOf(**item);
  facts.item_metadata = JsonTextOf(body, "metadata");
  facts.expected_output = JsonTextOf(body, "expectedOutput");
  return OkStatus();
}

}  // namespace repartee::server
