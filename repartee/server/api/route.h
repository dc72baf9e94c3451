// Routes of the public API: a method and a path pattern lead to a handler. Each
// resource's file lists its own; a reading handler runs on a store reader's thread
// and its answer is whole.
//
// Thread: routes are constants; handlers run as said.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/net/http.h"
#include "repartee/server/api/trace_removal.h"
#include "repartee/server/auth/key_store.h"
#include "repartee/server/ingest/mapping/project_prices.h"
#include "repartee/server/ingest/mapping/span_mapper.h"
#include "repartee/server/ingest/otlp_http.h"
#include "repartee/server/store/config_store.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

// What a handler works with; all borrowed for the call.
struct ApiCall {
  const HttpRequest& request;
  const Project& project;
  // What stands for the pattern's names, decoded, in their order.
  const std::vector<std::string>& parts;
  StoreReader& reader;
  const MappingOptions& mapping;
  KeyStore& keys;
  ConfigStore& config;
  ProjectPrices& prices;
};

using ApiHandler = HttpResponse (*)(const ApiCall&);

// What changes the store works with; borrowed for the call, but for the store.
struct ApiChange {
  const HttpRequest& request;
  const Project& project;
  const std::vector<std::string>& parts;
  Store& store;
  const TraceRemoval& removal;
};

// Called on the connection's thread; the reply may come later, from the store's.
using ApiWriter = void (*)(const ApiChange&, Reply);

struct Route {
  std::string_view method;   // GET stands for HEAD too
  std::string_view pattern;  // below /api/public/, as "traces/{traceId}"
  ApiHandler handler;        // null: `writer` answers
  Access access = Access::kProject;
  ApiWriter writer = nullptr;
};

// Splits at '/' first and decodes after: ids may hold an escaped slash. False if the
// path is another. `path` stands below /api/public/.
bool MatchRoute(std::string_view pattern, std::string_view path, std::vector<std::string>& parts);

// Every route of the API that has a handler.
const std::vector<Route>& AllRoutes();

std::span<const Route> CommentRoutes();
std::span<const Route> DatasetRoutes();
std::span<const Route> DatasetRunRoutes();
std::span<const Route> ExperimentRoutes();
std::span<const Route> MetricsRoutes();
std::span<const Route> ModelRoutes();
std::span<const Route> ObservationRoutes();
std::span<const Route> ObservationV2Routes();
std::span<const Route> ProjectRoutes();
std::span<const Route> PromptRoutes();
std::span<const Route> ScoreConfigRoutes();
std::span<const Route> ScoreRoutes();
std::span<const Route> ScoreV3Routes();
std::span<const Route> SessionRoutes();
std::span<const Route> TraceRoutes();

}  // namespace repartee::server
