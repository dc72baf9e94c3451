// Whether spans arrive: the way to the receiver, one span by the exporter that programs use,
// and, where the keys allow it, that span read back.
//
// Thread: the main one; each call waits for the network, within the limits of its steps.
#pragma once

#include <string>

#include "repartee/cli/doctor_report.h"
#include "repartee/otel/otlp_options.h"

namespace repartee::cli {

// Name, connection, TLS. False if spans cannot get there.
bool CheckWay(DoctorReport& report, const otel::OtlpOptions& options);
// Sends a span "repartee doctor". Its trace's id; empty if it was not taken.
std::string CheckSending(DoctorReport& report, otel::OtlpOptions options);
// Asks the public API of a receiver at …/api/public/otel for that trace, and whether the latest services
// there brought metrics.
void CheckReadingBack(DoctorReport& report, const otel::OtlpOptions& options, const std::string& trace_id);

}  // namespace repartee::cli
