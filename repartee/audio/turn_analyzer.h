// TurnAnalyzer: has a model judge, from the sound of what was said, whether the user's
// turn is over: "and then I" is not, whatever the pause.
//
// It keeps the sound since a little before the voice began. Asked at the voice's stop,
// the model answers later, from another thread, on the loop. Three seconds of silence end
// a turn whatever the model says. Time is counted in samples.
//
// Limit: the last 8 s of a turn are kept. Thread: the loop's.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "repartee/base/event_loop.h"
#include "repartee/base/status.h"
#include "repartee/base/unique_function.h"

namespace repartee {

// The rate of the sound that is judged.
inline constexpr int kTurnAnalyzerRateHz = 16000;

// How likely it is that a turn is over.
class EndOfTurnModel {
 public:
  virtual ~EndOfTurnModel() = default;
  // 0 to 1, given to `done` on `loop`, once, unless the model is destroyed before. Mono at
  // kTurnAnalyzerRateHz.
  virtual void Predict(EventLoop& loop, std::vector<std::int16_t> turn,
                       UniqueFunction<void(Result<double>)> done) = 0;
  // For measurements: "smart-turn-v3.2".
  virtual std::string name() const = 0;
};

struct TurnAnalyzerOptions {
  double stop_secs = 3;          // of silence that end a turn, whatever the model says
  double pre_speech_ms = 500;    // of sound in front of the voice that belong to it
  double max_duration_secs = 8;  // the model hears the last of the turn
  double threshold = 0.5;        // complete above
};

class TurnAnalyzer {
 public:
  // `model` is not null.
  explicit TurnAnalyzer(std::unique_ptr<EndOfTurnModel> model, TurnAnalyzerOptions options = {});

  const TurnAnalyzerOptions& options() const { return options_; }
  EndOfTurnModel& model() { return *model_; }

  // The voice that the VAD needed to be sure is in front of the sound it calls voice.
  void SetVadStartSecs(double seconds) { vad_start_secs_ = seconds; }
  // True when so much silence has followed the voice that the turn is over.
  bool AppendAudio(std::span<const std::int16_t> samples, bool voice);
  // The sound of the turn so far, for the model.
  std::vector<std::int16_t> Turn() const;
  void Clear();

 private:
  static std::size_t Samples(double seconds);
  void KeepLast(std::size_t samples);

  const std::unique_ptr<EndOfTurnModel> model_;
  const TurnAnalyzerOptions options_;
  double vad_start_secs_ = 0;
  std::vector<std::int16_t> sound_;
  std::size_t silence_ = 0;  // samples since the voice
  bool voice_heard_ = false;
};

}  // namespace repartee
