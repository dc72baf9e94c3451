#include "repartee/web/assets.h"

#include <brotli/decode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace repartee::web {
namespace {

// True if Accept-Encoding names br and does not refuse it by "br;q=0".
bool TakesBrotli(std::string_view accepted) {
  while (!accepted.empty()) {
    const std::size_t comma = accepted.find(',');
    std::string_view item = accepted.substr(0, comma);
    accepted = comma == std::string_view::npos ? std::string_view() : accepted.substr(comma + 1);
    item.remove_prefix(std::min(item.find_first_not_of(" \t"), item.size()));
    const std::size_t end = item.find_first_of("; \t");
    if (item.substr(0, end) != "br") continue;
    const std::size_t quality = item.find("q=0");
    return quality == std::string_view::npos ||
           item.find_first_not_of("0.", quality + 2) != std::string_view::npos;
  }
  return false;
}

void AddPageHeaders(const WebAsset& asset, HttpHeaders& headers) {
  headers.Set("Content-Type", std::string(asset.type));
  headers.Set("ETag", fmt::format("\"{}\"", asset.hash));
  headers.Set("Cache-Control", asset.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  headers.Set("Vary", "Accept-Encoding");
  headers.Set("X-Content-Type-Options", "nosniff");
  headers.Set("Referrer-Policy", "no-referrer");
  headers.Set("Cross-Origin-Opener-Policy", "same-origin");
  headers.Set("Cross-Origin-Resource-Policy", "same-origin");
  if (asset.type.starts_with("text/html")) {
    headers.Set("Content-Security-Policy", std::string(kContentSecurityPolicy));
  }
}

}  // namespace

const WebAsset* FindAsset(std::string_view path) {
  const std::span<const WebAsset> assets = Assets();
  const auto found = std::ranges::find(assets, path, &WebAsset::path);
  return found == assets.end() ? nullptr : &*found;
}

Result<std::string> Decode(const WebAsset& asset) {
  std::string text(asset.size, '\0');
  std::size_t size = text.size();
  const BrotliDecoderResult result =
      BrotliDecoderDecompress(asset.brotli.size(), reinterpret_cast<const std::uint8_t*>(asset.brotli.data()),
                              &size, reinterpret_cast<std::uint8_t*>(text.data()));
  if (result != BROTLI_DECODER_RESULT_SUCCESS || size != asset.size) {
    return Status::Internal("{}: the embedded file is damaged; build again", asset.path);
  }
  return text;
}

std::optional<HttpResponse> ServeAsset(const HttpRequest& request, std::string_view path) {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  const WebAsset* asset = FindAsset(path);
  if (asset == nullptr) return std::nullopt;

  HttpResponse response;
  AddPageHeaders(*asset, response.headers);
  if (request.headers.Get("If-None-Match").find(asset->hash) != std::string_view::npos) {
    response.status = 304;
    return response;
  }
  if (TakesBrotli(request.headers.Get("Accept-Encoding"))) {
    response.headers.Set("Content-Encoding", "br");
    response.body = std::string(asset->brotli);
    return response;
  }
  Result<std::string> text = Decode(*asset);
  if (!text.ok()) return HttpResponse::Text(500, text.status().ToString());
  response.body = *std::move(text);
  return response;
}

}  // namespace repartee::web
