// PublicApi: which request goes where under /api/public, with keys checked, CORS
// answered, and 404 and 405 in the shapes that clients know.
//
// Thread: Handle from any; reading answers come from the store's reader threads.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "repartee/server/api/route.h"
#include "repartee/server/ingest/batch_http.h"
#include "repartee/server/ingest/otlp_http.h"
#include "repartee/server/media/media_http.h"

namespace repartee::server {

struct PublicApiOptions {
  MappingOptions mapping;
  MediaStore* media = nullptr;  // borrowed; null: no media are taken
  // What GET /health reports: clients choose their dialect of the compatible API by it.
  std::string compatible_version = "4.16.0";
};

class PublicApi {
 public:
  // All are borrowed and outlive this and every request under way.
  PublicApi(Store& store, KeyStore& keys, ConfigStore& config, ProjectPrices& prices, const OtlpHttp& otlp,
            BatchHttp& batch, PublicApiOptions options)
      : store_(store),
        keys_(keys),
        config_(config),
        prices_(prices),
        otlp_(otlp),
        batch_(batch),
        options_(std::move(options)),
        removal_(store, config, options_.media) {
    if (options_.media != nullptr) media_.emplace(store, keys, *options_.media);
  }

  void Handle(HttpRequest request, Reply reply) const;
  // A request at /media of who was let in elsewhere, or why not. Only with options.media.
  // How much of a body has arrived that is sent to this path.
  void NoteBody(std::string_view path, std::size_t received) const {
    if (media_) media_->NoteBody(path, received);
  }
  void TakeMedium(Result<Project> caller, HttpRequest request, Reply reply) const {
    media_->HandleOf(std::move(caller), std::move(request), std::move(reply));
  }
  // From now on GET /ready answers 500: whoever sends requests here should go elsewhere.
  void BeginDrain() { draining_ = true; }

 private:
  void Dispatch(HttpRequest request, Reply reply) const;
  HttpResponse Health(const HttpRequest& request) const;
  void Run(const Route& route, HttpRequest request, std::vector<std::string> parts, Reply reply) const;

  Store& store_;
  KeyStore& keys_;
  ConfigStore& config_;
  ProjectPrices& prices_;
  const OtlpHttp& otlp_;
  BatchHttp& batch_;
  const PublicApiOptions options_;
  const TraceRemoval removal_;
  std::optional<MediaHttp> media_;
  std::atomic<bool> draining_{false};
};

}  // namespace repartee::server
