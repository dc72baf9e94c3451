// Log observers: write down what happens in a pipeline, one line each: what the model is
// asked and says, what was understood, what was measured, or every frame.
//
// Lines go to the debug log, or to a function of the program's own. Thread: the
// conversation's loop.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "repartee/pipeline/observer.h"

namespace repartee {

using LogSink = std::function<void(const std::string& line)>;
// To the process's log, at debug level.
LogSink DebugLogSink();

// Answers of language models: beginning, text, end, calls of functions and their results.
class LLMLogObserver final : public BaseObserver {
 public:
  explicit LLMLogObserver(LogSink sink = DebugLogSink()) : sink_(std::move(sink)) {}
  void OnPushFrame(const FramePushed& event) override;
  FrameTypeSet wanted_pushes() const override;
  bool observe_every_push() const override { return false; }

 private:
  const LogSink sink_;
};

// What recognizers understood, guesses as well.
class TranscriptionLogObserver final : public BaseObserver {
 public:
  explicit TranscriptionLogObserver(LogSink sink = DebugLogSink()) : sink_(std::move(sink)) {}
  void OnPushFrame(const FramePushed& event) override;
  FrameTypeSet wanted_pushes() const override;
  bool observe_every_push() const override { return false; }

 private:
  const LogSink sink_;
};

// Which measurements MetricsLogObserver writes down, by their class names.
struct MetricsLogOptions {
  std::set<std::string> include_metrics;  // "TTFBMetricsData" ...; empty: all
  LogSink sink = DebugLogSink();
};

class MetricsLogObserver final : public BaseObserver {
 public:
  explicit MetricsLogObserver(MetricsLogOptions options = {}) : options_(std::move(options)) {}
  void OnPushFrame(const FramePushed& event) override;
  FrameTypeSet wanted_pushes() const override { return {FrameType::kMetrics}; }
  bool observe_every_push() const override { return false; }

 private:
  const MetricsLogOptions options_;
};

// Every push of some types of frames, or of all but audio.
class DebugLogObserver final : public BaseObserver {
 public:
  explicit DebugLogObserver(FrameTypeSet types = AllButAudio(), LogSink sink = DebugLogSink())
      : types_(types), sink_(std::move(sink)) {}
  static FrameTypeSet AllButAudio();
  void OnPushFrame(const FramePushed& event) override;
  FrameTypeSet wanted_pushes() const override { return types_; }

 private:
  const FrameTypeSet types_;
  const LogSink sink_;
};

}  // namespace repartee
