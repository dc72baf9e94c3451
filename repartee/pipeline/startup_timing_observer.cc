#include "repartee/pipeline/startup_timing_observer.h"

#include <algorithm>

#include "repartee/pipeline/frame_processor.h"

namespace repartee {

double StartupTimingObserver::Since() const { return ToSeconds(loop_.clock().MonotonicNow() - begin_); }

void StartupTimingObserver::OnPushFrame(const FramePushed& event) {
  switch (event.frame->type()) {
    case FrameType::kStart: NoteStart(event); break;
    case FrameType::kBotConnected: transport_.bot_connected_secs = Since(); break;
    case FrameType::kClientConnected:
      if (transport_.client_connected_secs >= 0 || !event.first_push) break;
      transport_.client_connected_secs = Since();
      if (on_transport_timing_report) on_transport_timing_report(transport_);
      break;
    default: break;
  }
}

void StartupTimingObserver::NoteStart(const FramePushed& event) {
  const Nanos now = loop_.clock().MonotonicNow();
  if (!begun_) {
    begun_ = true;
    begin_ = now;
    wall_begin_ = loop_.wall_now();
  }
  const auto source = std::ranges::find(started_, &event.source, &Started::processor);
  if (source != started_.end() && source->passed_on < Nanos(0)) source->passed_on = now;
  started_.push_back({&event.destination, now});
}

void StartupTimingObserver::OnPipelineStarted() {
  if (!begun_ || std::exchange(reported_, true) || !on_startup_timing_report) return;
  StartupTimingReport report{ToSeconds(wall_begin_), Since(), {}};
  for (const Started& one : started_) {
    // One that keeps the frame (a sink) has no time of its own, nor has one that is made of others.
    const bool container = one.processor->class_name().find("Pipeline") != std::string_view::npos;
    if (one.passed_on < Nanos(0) || container) continue;
    report.processor_timings.push_back(
        {one.processor->name(), ToSeconds(one.at - begin_), ToSeconds(one.passed_on - one.at)});
  }
  on_startup_timing_report(report);
}

}  // namespace repartee
