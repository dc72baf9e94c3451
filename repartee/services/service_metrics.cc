#include "repartee/services/service_metrics.h"

#include <utility>

namespace repartee {
namespace {

std::optional<double> Stop(std::optional<Nanos>& started, Nanos at) {
  const std::optional<Nanos> from = std::exchange(started, std::nullopt);
  if (!from || at < *from) return std::nullopt;
  return ToSeconds(at - *from);
}

}  // namespace

std::optional<double> ServiceMetrics::StopTtfb(Nanos at) {
  const Nanos started = ttfb_.value_or(Nanos(0));
  const std::optional<double> seconds = Stop(ttfb_, at);
  if (seconds) first_byte_ = FirstByte{started, *seconds};
  return seconds;
}

std::optional<TTFATMetricsData> ServiceMetrics::StopTtfat(Nanos at) {
  const std::optional<FirstByte> first = std::exchange(first_byte_, std::nullopt);
  if (!first) return std::nullopt;
  const double ttfat = ToSeconds(at - first->started);
  return TTFATMetricsData{ttfat, first->seconds, ttfat - first->seconds};
}

std::optional<double> ServiceMetrics::StopProcessing(Nanos at) { return Stop(processing_, at); }
std::optional<double> ServiceMetrics::StopTextAggregation(Nanos at) { return Stop(text_aggregation_, at); }

}  // namespace repartee
