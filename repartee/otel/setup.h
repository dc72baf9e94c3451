// SetupProvider: the process's span provider in one call. Programs call SetupTracing
// (repartee/tracing/setup.h), which has tasks traced with it.
//
// The environment decides whether (ENABLE_TRACING, OTEL_SDK_DISABLED) and how (OTEL_*).
//
// Thread: any.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "repartee/otel/environment.h"
#include "repartee/otel/resource.h"
#include "repartee/otel/tracer.h"

namespace repartee {

struct ProviderSetup {
  std::string service_name = "pipecat";
  std::unique_ptr<otel::SpanExporter> exporter{};
  std::vector<std::unique_ptr<otel::SpanExporter>> more_exporters{};  // each gets every span
  bool console_export = false;                                        // also by OTEL_CONSOLE_EXPORT
  std::optional<otel::TracingMode> mode{};                            // else REPARTEE_TRACING_MODE
  std::optional<std::chrono::milliseconds> batch_delay{};             // else OTEL_BSP_SCHEDULE_DELAY
  EventLoop* loop = nullptr;                                          // as TracerProviderOptions::loop
};

// Makes the process's provider. True if spans go somewhere now, or were switched off by the
// environment (ENABLE_TRACING set to false, 0, no, off or nothing; OTEL_SDK_DISABLED=true;
// OTEL_TRACES_EXPORTER=none). False, with the reason logged, if there is nothing to send them by, tracing
// was set up before, or (in Pipecat's mode alone) OTEL_BSP_* say what cannot be. At the end of the program
// what is left is sent, for at most five seconds.
//
// In extended mode OTEL_TRACES_EXPORTER wins over `exporter`: none, or a list of console and otlp (made from
// the environment where no exporter was given). REPARTEE_TRACE_FILE names a file that gets all spans too, a
// line of JSON a batch.
bool SetupProvider(ProviderSetup setup, const otel::Environment& environment = {});

// The provider of SetupProvider, or one whose tracers record nothing. Never null; shared, so that whoever
// holds it may outlive ShutdownTracing.
std::shared_ptr<otel::TracerProvider> GlobalTracerProvider();

// Sends what is left, waiting at most `timeout`, and ends tracing; SetupProvider may then be called again.
// False if time ran out first.
bool ShutdownTracing(Nanos timeout = std::chrono::seconds(10));

}  // namespace repartee
