// Defaults: what a voice agent has beside its processors unless it is told otherwise: turn tracking, the
// idle watch, and Pipecat's client protocol (RTVI), a processor at the front and an observer.
//
// Thread: the conversation's loop.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repartee/pipeline/task.h"
#include "repartee/rtvi/rtvi_observer.h"
#include "repartee/rtvi/rtvi_processor.h"

namespace repartee::bench {

class Defaults {
 public:
  // `observer` is default, or anything else: none of it.
  explicit Defaults(const std::string& observer);

  // The row with what goes before it.
  std::vector<FrameProcessor*> Complete(std::vector<FrameProcessor*> row);
  // Of a task of this; `audio_out_sample_rate` in Hz.
  PipelineTaskOptions Options(int audio_out_sample_rate);

 private:
  std::optional<RTVIProcessor> rtvi_;
  std::optional<RTVIObserver> observer_;
};

}  // namespace repartee::bench
