// UiApi: what the dashboard asks, under /api/ui: who may, which handler, and the
// headers that every answer has.
//
// Who comes in is UiDoor's business; what changes something needs a role.
//
// Thread: Handle from any; answers come from the store's reader threads.
#pragma once

#include <string>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/base/unique_function.h"
#include "repartee/server/api/trace_removal.h"
#include "repartee/server/auth/key_store.h"
#include "repartee/server/ingest/ingest_health.h"
#include "repartee/server/ingest/mapping/span_mapper.h"
#include "repartee/server/store/store.h"
#include "repartee/server/ui/sign_in.h"
#include "repartee/server/ui/ui_call.h"

namespace repartee::server {

struct UiOptions {
  MappingOptions mapping;
  std::string version;
  std::vector<std::string> public_urls;
  bool listens_on_loopback = true;
  int otlp_http_port = 0;                // 0: not listening
  std::string data_folder;               // empty: not told
  std::string agent_url;                 // origin of an agent elsewhere; empty: one beside, if any
  std::int64_t retention_days = 0;       // of projects without their own; 0: for ever
  const IngestHealth* health = nullptr;  // borrowed; outlives the API
  Recordings* recordings = nullptr;      // borrowed; outlives the API
  MediaStore* media = nullptr;           // borrowed; whose media go with their traces
  const Clock* clock = &Clock::System();
};

class UiApi {
 public:
  using Answer = UniqueFunction<void(HttpResponse)>;

  // All are borrowed and outlive this and every request under way.
  UiApi(Store& store, KeyStore& keys, UserStore& users, ConfigStore& config, ProjectPrices& prices,
        UiOptions options);

  static bool IsUiPath(std::string_view path) { return path.starts_with("/api/ui/"); }
  void Handle(HttpRequest request, Answer answer) const;

  const UiDoor& door() const { return door_; }
  const ServerFacts& facts() const { return facts_; }
  // What listens beside the server since its start; 0: nothing.
  void set_otlp_grpc_port(int port) { facts_.otlp_grpc_port = port; }
  void set_agent_port(int port) { facts_.agent_port = port; }

 private:
  void Route(HttpRequest request, Answer answer) const;
  void Delete(const Project& project, std::string id, Answer answer) const;
  HttpResponse Health(const UiAccess& access) const;

  Store& store_;
  KeyStore& keys_;
  UserStore& users_;
  ConfigStore& config_;
  ProjectPrices& prices_;
  const UiOptions options_;
  const TraceRemoval removal_;
  const UiDoor door_;
  mutable SignIn sign_in_;
  ServerFacts facts_;
};

}  // namespace repartee::server
