// What the resources over the ConfigStore have in common: pages of documents, each
// shown as its body with its id, project and times. Thread: the store's reader threads.
#pragma once

#include <string>
#include <string_view>

#include "repartee/base/json.h"
#include "repartee/server/api/request.h"
#include "repartee/server/api/route.h"
#include "repartee/server/store/config_store.h"

namespace repartee::server {

// A document made now, with a body.
ConfigItem NewItem(std::string id, std::string name, const Json& body);
// The body as JSON; an object even if the file was damaged.
Json BodyOf(const ConfigItem& item);
// `body` with id, projectId, createdAt and updatedAt.
Json ShowItem(const ConfigItem& item, const ApiCall& call);
// {"data":[...],"meta":{page...}}; `show` turns an item into JSON.
Json ShowPage(const ConfigPage& page, const PageRequest& asked, const ApiCall& call,
              Json (*show)(const ConfigItem&, const ApiCall&));
Json PageMeta(const PageRequest& asked, std::size_t total);

// Wall time, ns.
std::int64_t NowNs();

}  // namespace repartee::server
