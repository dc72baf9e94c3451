#include "repartee/otel/batch_options.h"

#include <algorithm>

#include "repartee/base/log.h"

namespace repartee::otel {
namespace {

template <class T>
void Read(const Environment& environment, const char* name, std::int64_t least, T& value) {
  const std::optional<std::int64_t> given = environment.GetNumber(name);
  if (!given) return;
  constexpr std::int64_t kMost = 1'000'000'000;  // keeps sizes and durations away from overflow
  if (*given < least || *given > kMost) {
    LogError("{}: {} is not from {} to {}; the nearest is used", name, *given, least, kMost);
  }
  value = T(static_cast<std::uint32_t>(std::clamp(*given, least, kMost)));
}

}  // namespace

BatchOptions BatchOptions::FromEnvironment(const Environment& environment) {
  BatchOptions options;
  Read(environment, "OTEL_BSP_MAX_QUEUE_SIZE", 1, options.max_queue_size);
  Read(environment, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 1, options.max_export_batch_size);
  Read(environment, "OTEL_BSP_SCHEDULE_DELAY", 0, options.schedule_delay);
  Read(environment, "OTEL_BSP_EXPORT_TIMEOUT", 1, options.export_timeout);
  if (options.max_export_batch_size > options.max_queue_size) {
    // A smaller queue alone is no mistake: the batch was not asked for.
    if (environment.GetNumber("OTEL_BSP_MAX_EXPORT_BATCH_SIZE")) {
      LogWarning("OTEL_BSP_MAX_EXPORT_BATCH_SIZE: {} is more than the queue holds; {} is used",
                 options.max_export_batch_size, options.max_queue_size);
    }
    options.max_export_batch_size = options.max_queue_size;
  }
  return options;
}

Status BatchOptions::CheckAsPython(const Environment& environment) {
  const BatchOptions defaults;
  const auto given = [&environment](const char* name, std::int64_t unset) {
    return environment.GetNumber(name).value_or(unset);
  };
  const std::int64_t queue =
      given("OTEL_BSP_MAX_QUEUE_SIZE", static_cast<std::int64_t>(defaults.max_queue_size));
  const std::int64_t batch =
      given("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", static_cast<std::int64_t>(defaults.max_export_batch_size));
  if (batch > queue)
    return Status::InvalidArgument("OTEL_BSP_MAX_EXPORT_BATCH_SIZE: {} is more than the queue of {}", batch,
                                   queue);
  if (batch < 1 || given("OTEL_BSP_SCHEDULE_DELAY", defaults.schedule_delay.count()) < 1)
    return Status::InvalidArgument("OTEL_BSP_SCHEDULE_DELAY and the sizes must be at least 1");
  return OkStatus();
}

}  // namespace repartee::otel
