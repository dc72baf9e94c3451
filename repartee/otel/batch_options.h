// BatchOptions: how spans are gathered before they are sent (OTEL_BSP_*).
//
// Thread: values.
#pragma once

#include <chrono>
#include <cstddef>

#include "repartee/base/status.h"
#include "repartee/otel/environment.h"

namespace repartee::otel {

struct BatchOptions {
  std::size_t max_queue_size = 2048;               // over it the newest span is dropped and counted
  std::size_t max_export_batch_size = 512;         // at most the queue's size
  std::chrono::milliseconds schedule_delay{5000};  // longest wait of a span for company
  std::chrono::milliseconds export_timeout{30000};

  // A bad value is logged and the nearest good one taken: tracing goes on.
  static BatchOptions FromEnvironment(const Environment& environment = {});
  // InvalidArgument where OpenTelemetry's Python refuses the settings; Pipecat then goes on untraced.
  static Status CheckAsPython(const Environment& environment = {});
};

}  // namespace repartee::otel
