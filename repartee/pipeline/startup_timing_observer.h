// StartupTimingObserver: how long each processor took to start, and when bot and client
// were connected: where the time before the first word goes.
//
// A processor's start is the time between getting the StartFrame and passing it on.
// Told once. Thread: the conversation's loop.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "repartee/base/event_loop.h"
#include "repartee/pipeline/observer.h"

namespace repartee {

struct ProcessorStartupTiming {
  std::string processor_name;
  double start_offset_secs;  // since the StartFrame entered the pipeline
  double duration_secs;
};
struct StartupTimingReport {
  double start_time;  // wall clock, seconds since the epoch
  double total_duration_secs;
  std::vector<ProcessorStartupTiming> processor_timings;  // in the order of the pipeline
};
// Seconds since the StartFrame; less than 0: that did not happen yet.
struct TransportTimingReport {
  double bot_connected_secs = -1;
  double client_connected_secs = -1;
};

class StartupTimingObserver final : public BaseObserver {
 public:
  explicit StartupTimingObserver(EventLoop& loop) : loop_(loop) {}

  // In place, when the pipeline has started; and when the client is connected.
  std::function<void(const StartupTimingReport&)> on_startup_timing_report;
  std::function<void(const TransportTimingReport&)> on_transport_timing_report;

  void OnPushFrame(const FramePushed& event) override;
  void OnPipelineStarted() override;
  FrameTypeSet wanted_pushes() const override {
    return {FrameType::kStart, FrameType::kBotConnected, FrameType::kClientConnected};
  }

 private:
  struct Started {
    const FrameProcessor* processor;
    Nanos at;
    Nanos passed_on{-1};
  };
  void NoteStart(const FramePushed& event);
  double Since() const;

  EventLoop& loop_;
  std::vector<Started> started_;
  Nanos begin_{0};  // by the clock itself: all of a start may happen within one event
  Nanos wall_begin_{0};
  bool begun_ = false;
  bool reported_ = false;
  TransportTimingReport transport_;
};

}  // namespace repartee
