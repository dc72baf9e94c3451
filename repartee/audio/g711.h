// G.711: the mu-law and A-law codecs of telephony, one byte a sample at 8 kHz.
//
// Bytes are strings, as they go into and come out of base64.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace repartee {

std::int16_t DecodeUlawSample(std::uint8_t code);
std::int16_t DecodeAlawSample(std::uint8_t code);
std::uint8_t EncodeUlawSample(std::int16_t sample);
std::uint8_t EncodeAlawSample(std::int16_t sample);

std::vector<std::int16_t> DecodeUlaw(std::string_view codes);
std::vector<std::int16_t> DecodeAlaw(std::string_view codes);
std::string EncodeUlaw(std::span<const std::int16_t> samples);
std::string EncodeAlaw(std::span<const std::int16_t> samples);

}  // namespace repartee
