#include "repartee/server/ingest/score_config.h"

#include "repartee/server/ingest/score_body.h"

namespace repartee::server {
namespace {

Result<Json> FindConfig(const std::string& id, ProjectKey project, ConfigStore& store) {
  const Result<std::optional<ConfigItem>> item = store.Find(project, kScoreConfigKind, id);
  if (!item.ok()) return item.status();
  if (!*item) return Status::InvalidArgument("configId: there is no score config {}", id.substr(0, 100));
  Result<Json> config = ParseJson((*item)->body);
  if (!config.ok() || !config->is_object()) return Status::Internal("score config {} cannot be read", id);
  if (config->value("isArchived", false))
    return Status::InvalidArgument("configId: the score config is archived");
  return config;
}

Status CheckRange(const Json& config, double value) {
  const Json least = config.value("minValue", Json());
  const Json most = config.value("maxValue", Json());
  if (least.is_number() && value < least.get<double>())
    return Status::InvalidArgument("value: {} is below the config's {}", value, least.get<double>());
  if (most.is_number() && value > most.get<double>())
    return Status::InvalidArgument("value: {} is above the config's {}", value, most.get<double>());
  return OkStatus();
}

// A category's label is the score's text, its number the score's value.
Status CheckCategory(const Json& config, ScoreRow& row) {
  const Json categories = config.value("categories", Json::array());
  for (const Json& category : categories) {
    if (category.value("label", Json()) != *row.string_value) continue;
    row.value = category.value("value", 0.0);
    return OkStatus();
  }
  return Status::InvalidArgument("value: {} is no category of the config", row.string_value->substr(0, 100));
}

Status CheckAgainst(const Json& config, ScoreRow& row) {
  if (row.name != config.value("name", ""))
    return Status::InvalidArgument("name: the config's is {}", config.value("name", ""));
  if (ScoreTypeName(row.type) != config.value("dataType", ""))
    return Status::InvalidArgument("dataType: the config's is {}", config.value("dataType", ""));
  if (row.type == ScoreType::kNumeric) return CheckRange(config, row.value);
  if (row.type == ScoreType::kCategorical) return CheckCategory(config, row);
  return OkStatus();
}

}  // namespace

Result<ScoreRow> ParseScoreByConfig(Json body, ProjectKey project, std::int64_t event_ns,
                                    ConfigStore& config) {
  const Json id = body.is_object() ? body.value("configId", Json()) : Json();
  if (!id.is_string() || id.get_ref<const std::string&>().empty()) return ParseScore(body, project, event_ns);
  Result<Json> found = FindConfig(id, project, config);
  if (!found.ok()) return std::move(found).status();
  const auto type = body.find("dataType");
  if (type == body.end() || type->is_null()) body["dataType"] = found->value("dataType", "NUMERIC");
  Result<ScoreRow> row = ParseScore(body, project, event_ns);
  if (!row.ok()) return row;
  if (Status status = CheckAgainst(*found, *row); !status.ok()) return status;
  return row;
}

}  // namespace repartee::server
