#include "repartee/otel/wire/compress.h"

#include <zlib.h>

namespace repartee::otel {

std::string_view ContentEncoding(Compression compression) {
  switch (compression) {
    case Compression::kNone: return "";
    case Compression::kGzip: return "gzip";
    case Compression::kDeflate: return "deflate";
  }
  return "";
}

Result<std::string> Compress(std::string_view bytes, Compression compression) {
  if (compression == Compression::kNone) return std::string(bytes);
  constexpr int kMemoryLevel = 8;  // zlib's default
  const int window_bits = compression == Compression::kGzip ? 15 + 16 : 15;
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return Status::ResourceExhausted("zlib: no memory to compress {} bytes", bytes.size());
  }
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib's type is not const
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) return Status::Internal("zlib: deflate ended with {}", result);
  return out;
}

}  // namespace repartee::otel
