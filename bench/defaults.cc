#include "bench/defaults.h"

namespace repartee::bench {

Defaults::Defaults(const std::string& observer) {
  if (observer != "default") return;
  rtvi_.emplace();
  observer_.emplace(*rtvi_);
}

std::vector<FrameProcessor*> Defaults::Complete(std::vector<FrameProcessor*> row) {
  if (rtvi_) row.insert(row.begin(), &*rtvi_);
  return row;
}

PipelineTaskOptions Defaults::Options(int audio_out_sample_rate) {
  PipelineTaskOptions options;
  options.params.audio_out_sample_rate = audio_out_sample_rate;
  if (observer_) {
    options.observers = {&*observer_};
    return options;
  }
  options.enable_turn_tracking = false;
  options.idle_timeout = Nanos(0);
  return options;
}

}  // namespace repartee::bench
