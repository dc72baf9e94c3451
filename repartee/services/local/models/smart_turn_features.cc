// The log-mel picture of Smart Turn: 25 ms windows every 10 ms, 80 mel bands of Slaney's
// form, as speech models of the Whisper family take them.
#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>

#include "repartee/services/local/models/smart_turn.h"

namespace repartee::local {
namespace {

constexpr std::size_t kSamples = 128000;  // 8 s
constexpr std::size_t kWindow = 400;
constexpr std::size_t kHop = 160;
constexpr std::size_t kBins = kWindow / 2 + 1;
constexpr std::size_t kSpectra = kSamples / kHop + 1;  // the last one is not used
static_assert(kSpectra == kSmartTurnFrames + 1);

// The transform in two steps of 16 and 25: a tenth of the work of the direct one.
constexpr std::size_t kRows = 16;
constexpr std::size_t kColumns = 25;
static_assert(kRows * kColumns == kWindow);

using Complex = std::complex<float>;

// e^(-2 pi i n / 400)
const std::array<Complex, kWindow>& Roots() {
  static const auto roots = [] {
    std::array<Complex, kWindow> table;
    for (std::size_t n = 0; n < kWindow; ++n) {
      const double angle = -2 * std::numbers::pi * static_cast<double>(n) / kWindow;
      table[n] = {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
    }
    return table;
  }();
  return roots;
}

const std::array<float, kWindow>& Hann() {
  static const auto window = [] {
    std::array<float, kWindow> table;
    for (std::size_t n = 0; n < kWindow; ++n) {
      const double angle = 2 * std::numbers::pi * static_cast<double>(n) / kWindow;
      table[n] = static_cast<float>(0.5 - 0.5 * std::cos(angle));
    }
    return table;
  }();
  return window;
}

// Slaney: linear up to 1 kHz, logarithmic above.
double MelOf(double hz) { return hz < 1000 ? hz * 3 / 200 : 15 + std::log(hz / 1000) * 27 / std::log(6.4); }
double HzOf(double mel) {
  return mel < 15 ? mel * 200 / 3 : 1000 * std::exp((mel - 15) * std::log(6.4) / 27);
}

struct Band {
  std::size_t first = 0;  // bin
  std::vector<float> weights;
};

const std::vector<Band>& Bands() {
  static const auto bands = [] {
    std::vector<Band> all(kSmartTurnMels);
    const double top = MelOf(8000);
    const auto edge = [top](std::size_t i) {
      return HzOf(top * static_cast<double>(i) / (kSmartTurnMels + 1));
    };
    for (std::size_t m = 0; m < kSmartTurnMels; ++m) {
      const double left = edge(m), centre = edge(m + 1), right = edge(m + 2);
      for (std::size_t bin = 0; bin < kBins; ++bin) {
        const double hz = 8000.0 * static_cast<double>(bin) / (kBins - 1);
        const double height = std::min((hz - left) / (centre - left), (right - hz) / (right - centre));
        if (height <= 0) continue;
        if (all[m].weights.empty()) all[m].first = bin;
        all[m].weights.push_back(static_cast<float>(height * 2 / (right - left)));
      }
    }
    return all;
  }();
  return bands;
}

// The last 8 s, silence in front of less; mean 0 and variance 1, the silence included.
std::vector<float> Normalized(std::span<const std::int16_t> turn) {
  if (turn.size() > kSamples) turn = turn.last(kSamples);
  std::vector<float> wave(kSamples, 0.0f);
  std::ranges::transform(turn, wave.end() - static_cast<std::ptrdiff_t>(turn.size()),
                         [](std::int16_t sample) { return static_cast<float>(sample) / 32768.0f; });
  double sum = 0;
  for (const float x : wave) sum += x;
  const double mean = sum / kSamples;
  double squares = 0;
  for (const float x : wave) squares += (x - mean) * (x - mean);
  const double scale = 1 / std::sqrt(squares / kSamples + 1e-7);
  for (float& x : wave) x = static_cast<float>((x - mean) * scale);
  return wave;
}

// Power of the window around `centre`; the ends of the wave are mirrored.
void Spectrum(const std::vector<float>& wave, std::size_t centre, std::array<float, kBins>& power) {
  const std::array<Complex, kWindow>& roots = Roots();
  std::array<float, kWindow> x;
  for (std::size_t n = 0; n < kWindow; ++n) {
    auto at = static_cast<std::ptrdiff_t>(centre + n) - static_cast<std::ptrdiff_t>(kWindow / 2);
    if (at < 0) at = -at;
    if (at >= static_cast<std::ptrdiff_t>(kSamples))
      at = 2 * (static_cast<std::ptrdiff_t>(kSamples) - 1) - at;
    x[n] = wave[static_cast<std::size_t>(at)] * Hann()[n];
  }
  std::array<std::array<Complex, kColumns>, kRows> inner;
  for (std::size_t row = 0; row < kRows; ++row) {
    for (std::size_t column = 0; column < kColumns; ++column) {
      Complex sum = 0;
      for (std::size_t i = 0; i < kRows; ++i) {
        sum += x[kColumns * i + column] * roots[kColumns * (i * row % kRows)];
      }
      inner[row][column] = sum * roots[row * column];
    }
  }
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    const auto& row = inner[bin % kRows];
    Complex sum = 0;
    for (std::size_t column = 0; column < kColumns; ++column) {
      sum += row[column] * roots[kRows * (column * (bin / kRows) % kColumns)];
    }
    power[bin] = std::norm(sum);
  }
}

}  // namespace

std::vector<float> SmartTurnFeatures(std::span<const std::int16_t> turn) {
  const std::vector<float> wave = Normalized(turn);
  std::vector<float> features(kSmartTurnMels * kSmartTurnFrames);
  std::array<float, kBins> power{};
  float loudest = -10;
  for (std::size_t frame = 0; frame < kSmartTurnFrames; ++frame) {
    Spectrum(wave, frame * kHop, power);
    for (std::size_t mel = 0; mel < kSmartTurnMels; ++mel) {
      const Band& band = Bands()[mel];
      float sum = 0;
      for (std::size_t i = 0; i < band.weights.size(); ++i) sum += band.weights[i] * power[band.first + i];
      const float level = std::log10(std::max(sum, 1e-10f));
      features[mel * kSmartTurnFrames + frame] = level;
      loudest = std::max(loudest, level);
    }
  }
  for (float& value : features) value = (std::max(value, loudest - 8) + 4) / 4;
  return features;
}

}  // namespace repartee::local
