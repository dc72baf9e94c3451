// repartee-bench-vad: Silero on windows of a synthetic signal, one thread. A program of its own, so that
// the others are not measured with a model's library in their memory; repartee-bench runs it.

#include <CLI/CLI.hpp>
#include <cmath>
#include <numbers>

#include "bench/measure.h"
#include "repartee/services/local/models/model_store.h"
#include "repartee/services/local/models/silero_vad.h"

namespace {

using namespace repartee;  // a program's main file

constexpr std::size_t kWindow = 512;  // samples, 32 ms

// A voice-like buzz that comes and goes.
std::vector<std::int16_t> Signal(int windows) {
  std::vector<std::int16_t> samples(static_cast<std::size_t>(windows) * kWindow);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / 16000;
    const double tone =
        std::sin(2 * std::numbers::pi * 140 * t) + 0.5 * std::sin(2 * std::numbers::pi * 280 * t);
    samples[i] = static_cast<std::int16_t>(4000 * tone * std::sin(std::numbers::pi * t));
  }
  return samples;
}

Result<std::unique_ptr<local::SileroVad>> LoadVad() {
  const auto folder = local::ModelFolder();
  if (!folder.ok()) return folder.status();
  const auto models = local::FindSpeechModels(*folder);
  if (!models.ok()) return models.status();
  auto model = local::SileroModel::Load(models->silero_vad);
  if (!model.ok()) return std::move(model).status();
  return local::SileroVad::Create(*std::move(model), 16000);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Time of one window of voice activity detection"};
  int windows = 1000;
  int repeat = 5;
  bool json = true;
  app.add_option("--windows", windows)->check(CLI::Range(1, 1000000))->capture_default_str();
  app.add_option("--repeat", repeat)->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_flag("--json", json, "the output is always JSON");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  auto vad = LoadVad();
  if (!vad.ok()) {
    std::fprintf(stderr, "repartee-bench vad: %s\n", vad.status().message().c_str());
    return 1;
  }
  const std::vector<std::int16_t> signal = Signal(windows);
  std::vector<double> each;
  float highest = 0;
  for (int pass = 0; pass < repeat; ++pass) {
    const double begin = bench::WallSeconds();
    for (int i = 0; i < windows; ++i) {
      const auto window = std::span(signal).subspan(static_cast<std::size_t>(i) * kWindow, kWindow);
      highest = std::max(highest, (*vad)->Confidence(window));
    }
    each.push_back((bench::WallSeconds() - begin) * 1e6 / windows);
  }
  bench::Report report{.bench = "vad", .params = {{"windows", windows}, {"repeat", repeat}}};
  const Json times = bench::Statistics(std::move(each));
  report.metrics = {{"us_per_window", times},
                    {"realtime_streams_per_core", 32000 / times.value("median", 1.0)}};
  report.ok = highest > 0;
  bench::Print(report);
  return report.ok ? 0 : 1;
}
