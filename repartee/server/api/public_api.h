// PublicApi: which request goes where under /api/public, with keys checked, CORS
// answered, and 404 and 405 in the shapes that clients know.
//
// Thread: Handle from any; reading answers come from the store's reader threads.
#pragma once

#include <string>

#include "repartee/server/api/resources.h"
#include "repartee/server/ingest/otlp_http.h"

namespace repartee::server {

struct PublicApiOptions {
  MappingOptions mapping;
  // What GET /health reports: clients choose their dialect of the compatible API by it.
  std::string compatible_version = "4.16.0";
};

class PublicApi {
 public:
  // All are borrowed and outlive this and every request under way.
  PublicApi(Store& store, const KeyStore& keys, const OtlpHttp& otlp, PublicApiOptions options)
      : store_(store), keys_(keys), otlp_(otlp), options_(std::move(options)) {}

  void Handle(HttpRequest request, Reply reply) const;

 private:
  void Route(HttpRequest request, Reply reply) const;
  HttpResponse Health() const;
  void Read(HttpRequest request, HttpResponse (*handler)(const ApiCall&), std::string id, Reply reply) const;

  Store& store_;
  const KeyStore& keys_;
  const OtlpHttp& otlp_;
  const PublicApiOptions options_;
};

}  // namespace repartee::server
