// URLs and queries of any bytes; a good URL's parts make the same URL again.
#include <cstdint>
#include <cstdlib>

#include "repartee/net/http.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto url = repartee::ParseUrl(text); url.ok()) {
    const auto again = repartee::ParseUrl(url->scheme + "://" + url->Authority() + url->target);
    if (!again.ok() || again->host != url->host || again->port != url->port || again->target != url->target) {
      std::abort();
    }
  }
  repartee::HttpRequest request;
  request.query = text;
  if (request.HasQueryParameter("a") == request.QueryParameters("a").empty()) std::abort();
  return 0;
}
