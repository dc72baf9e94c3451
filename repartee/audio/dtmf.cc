#include "repartee/audio/dtmf.h"

#include <array>
#include <cmath>
#include <numbers>
#include <string_view>

namespace repartee {
namespace {

constexpr std::string_view kKeys = "123456789*0#";
constexpr std::array kRows{697.0, 770.0, 852.0, 941.0};
constexpr std::array kColumns{1209.0, 1336.0, 1477.0};
constexpr double kToneSeconds = 0.2;
constexpr double kPauseSeconds = 0.05;
constexpr double kAmplitude = 8000;  // of each of the two: together half of full scale

}  // namespace

std::vector<std::int16_t> DtmfTone(char key, int rate_hz) {
  const auto at = kKeys.find(key);
  if (at == std::string_view::npos || rate_hz <= 0) return {};
  std::vector<std::int16_t> sound(static_cast<std::size_t>((kToneSeconds + kPauseSeconds) * rate_hz), 0);
  const auto tone = static_cast<std::size_t>(kToneSeconds * rate_hz);
  for (std::size_t i = 0; i < tone; ++i) {
    const double turn = 2 * std::numbers::pi * static_cast<double>(i) / rate_hz;
    const double value = std::sin(turn * kRows[at / 3]) + std::sin(turn * kColumns[at % 3]);
    sound[i] = static_cast<std::int16_t>(std::lround(kAmplitude * value));
  }
  return sound;
}

}  // namespace repartee
