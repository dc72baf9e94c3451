#include "repartee/audio/g711.h"

#include <algorithm>
#include <array>
#include <bit>

namespace repartee {
namespace {

using DecodeTable = std::array<std::int16_t, 256>;

// A code is sign (1 bit), segment (3) and step in the segment (4), sent inverted.
constexpr std::int16_t UlawToLinear(std::uint8_t code) {
  const unsigned bits = ~static_cast<unsigned>(code) & 0xFF;
  const unsigned segment = (bits >> 4) & 7;
  const int magnitude = static_cast<int>((((bits & 0xF) << 3) + 0x84) << segment) - 0x84;
  return static_cast<std::int16_t>((bits & 0x80) ? -magnitude : magnitude);
}

// The same parts with every second bit inverted; here a set sign bit means positive.
constexpr std::int16_t AlawToLinear(std::uint8_t code) {
  const unsigned bits = code ^ 0x55u;
  const unsigned segment = (bits >> 4) & 7;
  const unsigned step = ((bits & 0xF) << 4) + 8;
  const int magnitude = static_cast<int>(segment == 0 ? step : (step + 0x100) << (segment - 1));
  return static_cast<std::int16_t>((bits & 0x80) ? magnitude : -magnitude);
}

constexpr DecodeTable MakeTable(std::int16_t (*decode)(std::uint8_t)) {
  DecodeTable table{};
  for (unsigned code = 0; code < 256; ++code) table[code] = decode(static_cast<std::uint8_t>(code));
  return table;
}

constexpr DecodeTable kUlaw = MakeTable(UlawToLinear);
constexpr DecodeTable kAlaw = MakeTable(AlawToLinear);

template <class Decode>
std::vector<std::int16_t> DecodeAll(std::string_view codes, Decode decode) {
  std::vector<std::int16_t> samples(codes.size());
  std::transform(codes.begin(), codes.end(), samples.begin(),
                 [decode](char code) { return decode(static_cast<std::uint8_t>(code)); });
  return samples;
}

template <class Encode>
std::string EncodeAll(std::span<const std::int16_t> samples, Encode encode) {
  std::string codes(samples.size(), '\0');
  std::transform(samples.begin(), samples.end(), codes.begin(),
                 [encode](std::int16_t sample) { return static_cast<char>(encode(sample)); });
  return codes;
}

}  // namespace

std::int16_t DecodeUlawSample(std::uint8_t code) { return kUlaw[code]; }
std::int16_t DecodeAlawSample(std::uint8_t code) { return kAlaw[code]; }

std::uint8_t EncodeUlawSample(std::int16_t sample) {
  // 14 bits: the law's own resolution. The shift comes before the sign is taken, as in the reference code.
  const int value = sample >> 2;
  const unsigned sign = value < 0 ? 0x80 : 0;
  const unsigned biased = std::min(static_cast<unsigned>(value < 0 ? -value : value), 8158u) + 33;
  const auto segment = static_cast<unsigned>(std::bit_width(biased)) - 6;
  return static_cast<std::uint8_t>(~(sign | (segment << 4) | ((biased >> (segment + 1)) & 0xF)));
}

std::uint8_t EncodeAlawSample(std::int16_t sample) {
  const int value = sample >> 3;  // 13 bits
  const unsigned mask = value < 0 ? 0x55 : 0xD5;
  const auto magnitude = static_cast<unsigned>(value < 0 ? -value - 1 : value);
  const unsigned segment = magnitude < 32 ? 0 : static_cast<unsigned>(std::bit_width(magnitude)) - 5;
  const unsigned step = (magnitude >> std::max(segment, 1u)) & 0xF;
  return static_cast<std::uint8_t>(((segment << 4) | step) ^ mask);
}

std::vector<std::int16_t> DecodeUlaw(std::string_view codes) { return DecodeAll(codes, DecodeUlawSample); }
std::vector<std::int16_t> DecodeAlaw(std::string_view codes) { return DecodeAll(codes, DecodeAlawSample); }
std::string EncodeUlaw(std::span<const std::int16_t> samples) { return EncodeAll(samples, EncodeUlawSample); }
std::string EncodeAlaw(std::span<const std::int16_t> samples) { return EncodeAll(samples, EncodeAlawSample); }

}  // namespace repartee
