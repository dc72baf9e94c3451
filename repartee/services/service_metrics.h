// ServiceMetrics: the stopwatches of one service: first byte, first answer token,
// processing and text aggregation.
//
// Only counts; AIService decides whether anything is measured and tells the result.
// Every stop gives the seconds, or nothing if that watch was not running, so that no
// figure is ever made up. Times are the loop's monotonic time. Thread: the loop's.
#pragma once

#include <optional>

#include "repartee/base/clock.h"
#include "repartee/frames/service_frames.h"

namespace repartee {

class ServiceMetrics {
 public:
  // A start while running begins anew.
  void StartTtfb(Nanos at) { ttfb_ = at; }
  // Seconds since the start. Nothing, and the measurement is over, if `at` lies before it.
  // From a stop on, the first answer token may be measured.
  std::optional<double> StopTtfb(Nanos at);
  void CancelTtfb() { ttfb_.reset(); }
  bool ttfb_running() const { return ttfb_.has_value(); }

  // Request to the first token of the answer or of a tool call, once after each StopTtfb.
  std::optional<TTFATMetricsData> StopTtfat(Nanos at);

  void StartProcessing(Nanos at) { processing_ = at; }
  std::optional<double> StopProcessing(Nanos at);

  void StartTextAggregation(Nanos at) { text_aggregation_ = at; }
  std::optional<double> StopTextAggregation(Nanos at);

 private:
  struct FirstByte {
    Nanos started;
    double seconds;
  };
  std::optional<Nanos> ttfb_;
  std::optional<FirstByte> first_byte_;  // until the first answer token
  std::optional<Nanos> processing_;
  std::optional<Nanos> text_aggregation_;
};

}  // namespace repartee
