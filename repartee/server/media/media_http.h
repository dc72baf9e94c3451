// Media over HTTP, as the SDKs do it: announce, upload to the URL that was answered,
// report, read. URLs are signed by a secret of this start and good for an hour.
//
// Thread: Handle from any; files are read and written on the store's reader threads.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "repartee/server/auth/key_store.h"
#include "repartee/server/ingest/otlp_http.h"
#include "repartee/server/media/media_store.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

class MediaHttp {
 public:
  // All are borrowed; the store is stopped before this goes.
  MediaHttp(Store& store, const KeyStore& keys, MediaStore& media);

  // Whether the path below /api/public/ is a medium's.
  static bool Takes(std::string_view path);
  void Handle(HttpRequest request, Reply reply) const;
  // For who was let in already, or why not.
  void HandleOf(Result<Project> caller, HttpRequest request, Reply reply) const;
  // That so many bytes of a body have arrived that is sent to this path; only notes.
  void NoteBody(std::string_view path, std::size_t received) const;

 private:
  struct Signed {
    ProjectKey project = 0;
    std::string id;
  };
  std::string Sign(std::string_view what, ProjectKey project, const std::string& id,
                   std::int64_t until) const;
  std::string UrlOf(const HttpRequest& request, std::string_view what, ProjectKey project,
                    const std::string& id, std::int64_t until) const;
  // PermissionDenied if the signature is not ours or its time is over.
  Result<Signed> CheckUrl(std::string_view what, std::string_view token) const;

  HttpResponse Answer(const Result<Project>& project, const HttpRequest& request,
                      std::string_view path) const;
  HttpResponse Announce(const HttpRequest& request, const Project& project) const;
  HttpResponse Describe(const HttpRequest& request, const Project& project, const std::string& id) const;
  HttpResponse Upload(const HttpRequest& request, std::string_view token) const;
  HttpResponse Download(const HttpRequest& request, std::string_view token) const;

  Store& store_;
  const KeyStore& keys_;
  MediaStore& media_;
  const std::string secret_;
};

}  // namespace repartee::server
