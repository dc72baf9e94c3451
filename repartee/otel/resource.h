// The resource: who sends the spans. Made once a process from the program's set-up and
// the environment.
//
// Thread: values.
#pragma once

#include <string>
#include <string_view>

#include "repartee/base/status.h"
#include "repartee/otel/environment.h"
#include "repartee/otel/span_data.h"

namespace repartee::otel {

// What spans look like: Pipecat's own, bug for bug, or its superset.
enum class TracingMode : std::uint8_t {
  kExtended,
  kPipecat
};

// REPARTEE_TRACING_MODE = extended | pipecat; unset, or unknown (logged): extended.
TracingMode TracingModeFrom(const Environment& environment = {});

// The name and version that exporters and resources give.
inline constexpr char kTracerName[] = "repartee";
std::string TracerVersion();

// kExtended: OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win over `service_name`, ENVIRONMENT and
// HOSTNAME. kPipecat: the program's three values win, as they do in Pipecat.
Resource MakeResource(const std::string& service_name, TracingMode mode, const Environment& environment = {});

// `k=v,k2=v2`, both sides percent-decoded. One bad pair spoils all, as the specification
// has it: InvalidArgument that names the pair.
Result<Attributes> ParseResourceAttributes(std::string_view text);

}  // namespace repartee::otel
