#include "repartee/server/ingest/inflate.h"

#include <libdeflate.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace repartee::server {
namespace {

struct FreeInflater {
  void operator()(libdeflate_decompressor* inflater) const { libdeflate_free_decompressor(inflater); }
};

libdeflate_decompressor* Inflater() {
  thread_local const std::unique_ptr<libdeflate_decompressor, FreeInflater> inflater(
      libdeflate_alloc_decompressor());
  return inflater.get();
}

enum class Format {
  kGzip,
  kZlib,
  kRaw
};

libdeflate_result Decompress(Format format, std::string_view in, std::string& out, std::size_t at,
                             std::size_t& used, std::size_t& made) {
  char* const to = out.data() + at;
  const std::size_t room = out.size() - at;
  switch (format) {
    case Format::kGzip:
      return libdeflate_gzip_decompress_ex(Inflater(), in.data(), in.size(), to, room, &used, &made);
    case Format::kZlib:
      return libdeflate_zlib_decompress_ex(Inflater(), in.data(), in.size(), to, room, &used, &made);
    case Format::kRaw: break;
  }
  return libdeflate_deflate_decompress_ex(Inflater(), in.data(), in.size(), to, room, &used, &made);
}

// The length that a gzip stream's last four bytes claim: a first guess, not to be
// trusted beyond what so many bytes can hold at most (1 to 1032).
std::size_t GuessSize(std::string_view body, Format format, std::size_t limit) {
  std::size_t guess = body.size() * 8;
  if (format == Format::kGzip && body.size() >= 18) {
    std::uint32_t claimed = 0;
    std::memcpy(&claimed, body.data() + body.size() - 4, 4);
    guess = std::min<std::size_t>(claimed, body.size() * 1'032);
  }
  return std::clamp<std::size_t>(guess, 4'096, limit);
}

// One or, in gzip, several members after each other.
Result<std::string> InflateAs(Format format, std::string_view body, std::size_t limit) {
  std::string out(GuessSize(body, format, limit), '\0');
  std::size_t filled = 0;
  std::string_view left = body;
  while (!left.empty()) {
    std::size_t used = 0;
    std::size_t made = 0;
    const libdeflate_result result = Decompress(format, left, out, filled, used, made);
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE) {
      if (out.size() >= limit)
        return Status::ResourceExhausted("the body unpacks to more than {} bytes", limit);
      out.resize(std::min(limit, out.size() * 2));
      continue;
    }
    if (result != LIBDEFLATE_SUCCESS || used == 0) return Status::Malformed("not a whole compressed stream");
    left.remove_prefix(used);
    filled += made;
    if (format != Format::kGzip) break;
  }
  out.resize(filled);
  return out;
}

}  // namespace

Result<std::string> Inflate(std::string_view body, ContentCoding coding, std::size_t limit) {
  if (body.empty() || coding == ContentCoding::kIdentity) return std::string(body);
  if (Inflater() == nullptr) return Status::ResourceExhausted("no memory to unpack the body");
  if (coding == ContentCoding::kGzip) return InflateAs(Format::kGzip, body, limit);
  // HTTP's "deflate" is zlib's format; some senders leave its wrapping out.
  Result<std::string> wrapped = InflateAs(Format::kZlib, body, limit);
  if (wrapped.ok() || wrapped.status().code() != StatusCode::kMalformed) return wrapped;
  return InflateAs(Format::kRaw, body, limit);
}

}  // namespace repartee::server
