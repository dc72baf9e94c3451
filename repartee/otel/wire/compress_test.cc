#include "repartee/otel/wire/compress.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace repartee::otel {
namespace {

std::string Inflate(const std::string& bytes, int window_bits) {
  z_stream stream{};
  inflateInit2(&stream, window_bits);
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST(Compress, MakesWhatInflatesToTheSame) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919);

  const auto gzip = Compress(text, Compression::kGzip);
  const auto deflate = Compress(text, Compression::kDeflate);

  ASSERT_TRUE(gzip.ok() && deflate.ok());
  EXPECT_LT(gzip->size(), text.size());
  EXPECT_EQ(Inflate(*gzip, 15 + 16), text);
  EXPECT_EQ(Inflate(*deflate, 15), text);
}

TEST(Compress, LeavesBytesAloneWhenNotAsked) { EXPECT_EQ(*Compress("abc", Compression::kNone), "abc"); }

}  // namespace
}  // namespace repartee::otel
