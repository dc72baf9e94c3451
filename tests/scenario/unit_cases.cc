#include "tests/scenario/unit_cases.h"

#include <vector>

#include "repartee/audio/vad_analyzer.h"
#include "repartee/services/text/sentence_aggregator.h"
#include "tests/scenario/object_reader.h"

namespace repartee::scenario {
namespace {

// Yields the scripted confidences, one a window; quiet after the last.
class ScriptedConfidence final : public VoiceConfidence {
 public:
  explicit ScriptedConfidence(std::vector<float> script) : script_(std::move(script)) {}
  float Confidence(std::span<const std::int16_t>) override {
    return next_ < script_.size() ? script_[next_++] : 0;
  }
  void Reset() override {}

 private:
  const std::vector<float> script_;
  std::size_t next_ = 0;
};

class FixedVolume final : public VolumeMeter {
 public:
  explicit FixedVolume(float volume) : volume_(volume) {}
  float Update(std::span<const std::int16_t>) override { return volume_; }

 private:
  const float volume_;
};

struct VadSetup {
  int sample_rate = 0;
  int window_samples = 0;
  float volume = 0;
};

Result<Json> RunVad(const VadSetup& setup, const Json& run) {
  VadParams params;
  std::vector<float> confidences;
  int samples = 0;
  ObjectReader read(run, "run");
  read.Required("params", params);
  read.Required("confidences", confidences);
  read.Required("samples_per_buffer", samples);
  read.Ignored({"label", "start_windows", "stop_windows", "state_after_each_buffer"});
  if (samples <= 0) read.Note("samples_per_buffer", Status::InvalidArgument("at least 1 is needed"));
  if (Status status = read.Finish(); !status.ok()) return status;

  const std::size_t total = confidences.size() * static_cast<std::size_t>(setup.window_samples);
  Result<VadAnalyzer> vad =
      VadAnalyzer::Create(setup.sample_rate, std::make_unique<ScriptedConfidence>(std::move(confidences)),
                          params, std::make_unique<FixedVolume>(setup.volume));
  if (!vad.ok()) return std::move(vad).status();
  const std::vector<std::int16_t> buffer(static_cast<std::size_t>(samples));
  Json states = Json::array();
  for (std::size_t i = 0; i < total / buffer.size(); ++i)
    states.push_back(VadStateName(vad->Analyze(buffer)));
  Json out = run;
  out["start_windows"] = vad->start_windows();
  out["stop_windows"] = vad->stop_windows();
  out["state_after_each_buffer"] = std::move(states);
  return out;
}

using Runs = Result<std::vector<Json>>;

template <class F>
Runs ForEach(const std::vector<Json>& runs, F play) {
  std::vector<Json> answers;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    Result<Json> answer = play(runs[i]);
    if (!answer.ok()) return std::move(answer).status().Annotate("run {}", i);
    answers.push_back(*std::move(answer));
  }
  return answers;
}

Runs PlayVad(ObjectReader& spec, const std::vector<Json>& runs) {
  VadSetup setup;
  spec.Required("sample_rate", setup.sample_rate);
  spec.Required("window_samples", setup.window_samples);
  spec.Required("volume", setup.volume);
  if (static_cast<std::size_t>(setup.window_samples) != VadWindowSamples(setup.sample_rate)) {
    spec.Note("window_samples",
              Status::InvalidArgument("{} are no window at {} Hz", setup.window_samples, setup.sample_rate));
  }
  if (Status status = spec.Finish(); !status.ok()) return status;
  return ForEach(runs, [&setup](const Json& run) { return RunVad(setup, run); });
}

Result<Json> RunSentences(const Json& run) {
  std::vector<std::string> tokens;
  ObjectReader read(run, "run");
  read.Required("tokens", tokens);
  read.Ignored({"sentences"});
  if (Status status = read.Finish(); !status.ok()) return status;

  SentenceAggregator aggregator;
  Json sentences = Json::array();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    for (const std::string& text : aggregator.Add(tokens[i])) {
      sentences.push_back({{"text", text}, {"after_token", i}});
    }
  }
  if (const auto rest = aggregator.Flush()) sentences.push_back({{"text", *rest}, {"after_token", -1}});
  return Json{{"tokens", tokens}, {"sentences", std::move(sentences)}};
}

Runs PlaySentences(ObjectReader& spec, const std::vector<Json>& runs) {
  if (Status status = spec.Finish(); !status.ok()) return status;
  return ForEach(runs, &RunSentences);
}

}  // namespace

bool IsUnitCase(const Json& file) {
  return file.is_object() && file.contains("setup_spec") && file["setup_spec"].is_object() &&
         file["setup_spec"].contains("unit");
}

Result<Json> PlayUnitCase(const Json& file) {
  std::string name;
  std::string unit;
  Json also = Json::object();
  std::vector<Json> runs;
  ObjectReader read(file, "case");
  read.Required("case", name);
  read.Required("also", also);
  read.Ignored(
      {"setup_spec", "input", "title", "defines", "reference", "setup", "checks", "observed", "events"});
  if (Status status = read.Finish(); !status.ok()) return status;
  ObjectReader table(also, "also");
  table.Required("runs", runs);
  if (Status status = table.Finish(); !status.ok()) return status;
  ObjectReader spec(file["setup_spec"], "setup_spec");
  spec.Required("unit", unit);
  spec.Ignored({"inputs", "outputs", "behaviour"});

  Runs answers = Status::InvalidArgument("unknown unit \"{}\"", unit);
  if (unit == "VADAnalyzer") answers = PlayVad(spec, runs);
  if (unit == "SimpleTextAggregator") answers = PlaySentences(spec, runs);
  if (!answers.ok()) return std::move(answers).status();
  return Json{{"case", name},
              {"observed", {{"downstream", Json::array()}, {"upstream", Json::array()}}},
              {"events", Json::array()},
              {"also", {{"runs", *answers}}}};
}

}  // namespace repartee::scenario
