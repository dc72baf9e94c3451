// What service tests look for among the frames a rig has noted.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "repartee/frames/service_frames.h"
#include "repartee/pipeline/testing/rig.h"

namespace repartee::testing {

inline PipelineTaskOptions WithMetrics() {
  PipelineTaskOptions options = Rig::DefaultOptions();
  options.params.enable_metrics = true;
  options.params.enable_usage_metrics = true;
  options.params.send_initial_empty_metrics = false;
  return options;
}

// The measurements of one kind, in order.
template <class Data>
std::vector<Data> Measured(const std::vector<Observed>& frames) {
  std::vector<Data> found;
  for (const Observed& one : frames) {
    const auto* metrics = one.frame->As<MetricsFrame>();
    if (!metrics) continue;
    for (const MetricsData& data : metrics->data) {
      if (const auto* value = std::get_if<Data>(&data.value)) found.push_back(*value);
    }
  }
  return found;
}

// All frames of one type, in order.
template <class F>
std::vector<const F*> Frames(const std::vector<Observed>& frames) {
  std::vector<const F*> found;
  for (const Observed& one : frames) {
    if (const auto* frame = one.frame->As<F>()) found.push_back(frame);
  }
  return found;
}

// The log without what is not asked for here.
inline std::vector<std::string> Without(std::vector<std::string> log,
                                        std::initializer_list<const char*> names) {
  std::erase_if(log, [&](const std::string& line) {
    return std::any_of(names.begin(), names.end(), [&](const char* name) { return line.starts_with(name); });
  });
  return log;
}

}  // namespace repartee::testing
