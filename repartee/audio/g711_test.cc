#include "repartee/audio/g711.h"

#include <gmock/gmock.h>

#include "repartee/audio/golden_for_test.h"
#include "repartee/base/encoding.h"

namespace repartee {
namespace {

using Samples = std::vector<std::int16_t>;

std::string AllCodes() {
  std::string codes;
  for (int code = 0; code < 256; ++code) codes.push_back(static_cast<char>(code));
  return codes;
}

// As the recording's own text tells: every 37th 16-bit value, then the highest.
Samples EncodeInput() {
  Samples samples;
  for (int value = -32768; value <= 32767; value += 37) samples.push_back(static_cast<std::int16_t>(value));
  samples.push_back(32767);
  return samples;
}

TEST(G711, DecodesEveryCodeAsRecorded) {
  const Json golden = GoldenJson("wire/g711.json");

  EXPECT_EQ(DecodeUlaw(AllCodes()), golden["ulaw_decode"].get<Samples>());
  EXPECT_EQ(DecodeAlaw(AllCodes()), golden["alaw_decode"].get<Samples>());
}

TEST(G711, EncodesAsRecorded) {
  const Json golden = GoldenJson("wire/g711.json");

  EXPECT_EQ(HexEncode(EncodeUlaw(EncodeInput())), golden["ulaw_encode_hex"].get<std::string>());
  EXPECT_EQ(HexEncode(EncodeAlaw(EncodeInput())), golden["alaw_encode_hex"].get<std::string>());
}

TEST(G711, ADecodedValueEncodesToTheSameValue) {
  const Samples ulaw = DecodeUlaw(AllCodes());
  const Samples alaw = DecodeAlaw(AllCodes());

  EXPECT_EQ(DecodeUlaw(EncodeUlaw(ulaw)), ulaw);  // mu-law has two zeros, so values and not codes
  EXPECT_EQ(EncodeAlaw(alaw), AllCodes());
}

}  // namespace
}  // namespace repartee
