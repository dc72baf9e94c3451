// SetupTracing: tracing for a whole program in one call, as the tracing page has it:
//
//   SetupTracing({.service_name = "pipecat-demo", .exporter = otel::OtlpHttpExporter::FromEnvironment()});
//
// From then on each task with `enable_tracing` has its conversation traced. The
// environment decides whether (ENABLE_TRACING, OTEL_SDK_DISABLED) and how (OTEL_*,
// REPARTEE_*). Thread: any, before the tasks start.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "repartee/otel/otlp_http_exporter.h"
#include "repartee/otel/setup.h"
#include "repartee/tracing/recordings.h"
#include "repartee/tracing/tracing_params.h"

namespace repartee {

struct TracingSetup {
  std::string service_name = "pipecat";
  std::unique_ptr<otel::SpanExporter> exporter{};
  bool console_export = false;                             // also by OTEL_CONSOLE_EXPORT
  std::optional<TracingParams> params{};                   // else TracingParams::FromEnvironment
  std::optional<std::chrono::milliseconds> batch_delay{};  // else OTEL_BSP_SCHEDULE_DELAY
  EventLoop* loop = nullptr;                               // of the exporters, as TracerProviderOptions::loop
  // The sound of each conversation is uploaded to where its spans go (recordings.h); else
  // REPARTEE_RECORD. Not where params capture no content.
  std::optional<bool> record{};
  std::optional<otel::OtlpOptions> record_to{};  // else the environment's
  RecordingFormat record_format{};
};

// True if tasks are traced now, or the environment switched tracing off. False, with the reason logged,
// if there is nothing to send spans by or tracing was set up before. ShutdownTracing (otel/setup.h) ends
// it; at the end of the program what is left is sent, for at most five seconds.
bool SetupTracing(TracingSetup setup, const otel::Environment& environment = {});

// Has tasks traced with a provider of the program's own making (one in virtual time, say); replaces
// what was set before. Null: tasks are traced no more.
void TraceTasksWith(std::shared_ptr<otel::TracerProvider> provider, TracingParams params,
                    std::shared_ptr<Recordings> recordings = nullptr);

// Waits until the recordings of conversations that are over are uploaded; none begins any more. False if
// some were not, which has been logged. At the end of the program they get five seconds.
bool FinishRecordings(Nanos timeout);

}  // namespace repartee
