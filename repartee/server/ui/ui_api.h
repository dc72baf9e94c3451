// UiApi: what the dashboard asks, under /api/ui: who may, which handler, and the
// headers that every answer has.
//
// A request with keys sees their project. One without is taken from this machine
// alone, while the server listens on loopback and nobody has to sign in, and only if
// Host and Origin are ours: else any web page could read the traces.
//
// Thread: Handle from any; answers come from the store's reader threads.
#pragma once

#include <string>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/base/unique_function.h"
#include "repartee/server/auth/key_store.h"
#include "repartee/server/ingest/ingest_health.h"
#include "repartee/server/ingest/mapping/span_mapper.h"
#include "repartee/server/store/store.h"
#include "repartee/server/ui/ui_call.h"

namespace repartee::server {

struct UiOptions {
  MappingOptions mapping;
  std::string version;
  std::vector<std::string> public_urls;
  bool listens_on_loopback = true;
  int otlp_http_port = 0;                // 0: not listening
  std::string talk_url;                  // empty: no agent beside the server
  const IngestHealth* health = nullptr;  // borrowed; outlives the API
  const Clock* clock = &Clock::System();
};

class UiApi {
 public:
  using Answer = UniqueFunction<void(HttpResponse)>;

  // Both are borrowed and outlive this and every request under way.
  UiApi(Store& store, const KeyStore& keys, UiOptions options)
      : store_(store), keys_(keys), options_(std::move(options)) {}

  static bool IsUiPath(std::string_view path) { return path.starts_with("/api/ui/"); }
  void Handle(HttpRequest request, Answer answer) const;

  // The project that a request may see: that of its keys, else the one that `project`
  // names or the first. Unauthenticated, PermissionDenied or NotFound say why not.
  Result<Project> Authorise(const HttpRequest& request) const;

 private:
  void Route(HttpRequest request, Answer answer) const;
  HttpResponse Session(const UiCall& call) const;
  HttpResponse Health(const HttpRequest& request, const Project& project) const;

  Store& store_;
  const KeyStore& keys_;
  const UiOptions options_;
};

}  // namespace repartee::server
