#include "repartee/server/api/config_resource.h"

#include "repartee/base/clock.h"
#include "repartee/server/model/time.h"

namespace repartee::server {

std::int64_t NowNs() { return Clock::System().WallNow().count(); }

ConfigItem NewItem(std::string id, std::string name, const Json& body) {
  const std::int64_t now = NowNs();
  return {.id = std::move(id),
          .name = std::move(name),
          .parent = {},
          .number = 0,
          .created_ns = now,
          .updated_ns = now,
          .body = body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Json BodyOf(const ConfigItem& item) {
  Result<Json> body = ParseJson(item.body);
  return body.ok() && body->is_object() ? *std::move(body) : Json::object();
}

Json ShowItem(const ConfigItem& item, const ApiCall& call) {
  Json json = {{"id", item.id}, {"projectId", call.project.id}};
  json["createdAt"] = FormatIsoTime(item.created_ns);
  json["updatedAt"] = FormatIsoTime(item.updated_ns);
  json.update(BodyOf(item));
  return json;
}

Json PageMeta(const PageRequest& asked, std::size_t total) {
  return {{"page", asked.page},
          {"limit", asked.limit},
          {"totalItems", total},
          {"totalPages", (total + asked.limit - 1) / asked.limit}};
}

Json ShowPage(const ConfigPage& page, const PageRequest& asked, const ApiCall& call,
              Json (*show)(const ConfigItem&, const ApiCall&)) {
  Json data = Json::array();
  for (const ConfigItem& item : page.items) data.push_back(show(item, call));
  return {{"data", std::move(data)}, {"meta", PageMeta(asked, page.total)}};
}

}  // namespace repartee::server
