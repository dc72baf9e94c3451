// OTLP over HTTP, protobuf and JSON: the two faces of trace ingest. Under /api/public/otel
// the errors are Langfuse's; on the plain OTLP port they are the specification's.
// The answer comes when every accepted span is on disk.
//
// Thread: Handle from any; the reply comes on the same thread or on the store's writer.
#pragma once

#include <string>
#include <vector>

#include "repartee/base/unique_function.h"
#include "repartee/net/http.h"
#include "repartee/server/auth/key_store.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

// Answers one request, once.
using Reply = UniqueFunction<void(HttpResponse)>;

enum class OtlpFace : unsigned char {
  kLangfuse,
  kPlain
};

struct OtlpOptions {
  MappingOptions mapping;
  bool anonymous = true;                 // plain face: loopback without a key goes to the first project
  std::vector<std::string> public_urls;  // hosts that such a request may name
};

// A refusal in the words of the face, which OTLP over gRPC reads too.
HttpResponse OtlpRefusal(const HttpRequest& request, OtlpFace face, int status, const std::string& message);

class OtlpHttp {
 public:
  // Both are borrowed and outlive this and every request under way.
  OtlpHttp(Store& store, const KeyStore& keys, OtlpOptions options)
      : store_(store), keys_(keys), options_(std::move(options)) {}

  void Handle(HttpRequest request, OtlpFace face, Reply reply) const;
  // Whose request it is. Unauthenticated when it is nobody's.
  Result<Project> Authorise(const HttpRequest& request, OtlpFace face) const;

 private:
  Store& store_;
  const KeyStore& keys_;
  const OtlpOptions options_;
};

}  // namespace repartee::server
