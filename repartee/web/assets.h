// The dashboard and the talk page as they are compiled into the program.
//
// The build (cmake/Web.cmake) leaves a table of files; this is how a server answers
// with them: brotli as stored, decoded only for a client that does not take brotli.
// Built with -DREPARTEE_WEB=OFF the table is empty and every path is unknown.
//
// Thread: any; the table is immutable.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "repartee/base/status.h"
#include "repartee/net/http.h"

namespace repartee::web {

struct WebAsset {
  std::string_view path;    // "/index.html", "/assets/index-4f2a.js"
  std::string_view brotli;  // the file, compressed; lives as long as the program
  std::size_t size = 0;     // bytes when decoded
  std::string_view type;    // Content-Type
  std::string_view hash;    // of the content, for ETag
  bool immutable = false;   // the name holds a hash of the content: may be cached for ever
};

// Every file, ordered by path.
std::span<const WebAsset> Assets();

// The file of exactly that path, or null.
const WebAsset* FindAsset(std::string_view path);

// The file as it was before compression. Internal if the embedded bytes are damaged.
Result<std::string> Decode(const WebAsset& asset);

// What a browser may load and run on our pages: files of the same origin and nothing else.
inline constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

// Answers GET or HEAD of `path` (usually request.path, or "/index.html" for a route of the page) with the
// file: ETag and 304, caching by `immutable`, brotli if the request takes it, the headers that keep a page
// safe. Nothing if there is no such file or the method is another one.
std::optional<HttpResponse> ServeAsset(const HttpRequest& request, std::string_view path);

}  // namespace repartee::web
