// What the environment says about tracing, checked without a network: names that are no
// variable's, values that contradict each other, keys that cannot be right.
//
// Thread: the main one; reads the environment.
#pragma once

#include <optional>

#include "repartee/cli/doctor_report.h"
#include "repartee/otel/environment.h"
#include "repartee/otel/otlp_options.h"

namespace repartee::cli {

// The variables that the file sets and the environment overrides; a file that is not there is said too.
void CheckDotenv(DoctorReport& report);
// Names of the environment that look like tracing's and are none.
void CheckNames(DoctorReport& report);
// Whether tracing is on, and what the variables mean to a program.
void CheckSwitches(DoctorReport& report, const otel::Environment& environment);
// Where spans go, as a program reads it: nothing, which has been reported, if it would go nowhere.
std::optional<otel::OtlpOptions> CheckEndpointSettings(DoctorReport& report,
                                                       const otel::Environment& environment);

}  // namespace repartee::cli
