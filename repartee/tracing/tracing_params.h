// TracingParams: how a program's traces look. Given by the program, else read from
// the environment: REPARTEE_TRACING_MODE, REPARTEE_SPAN_NAMES,
// REPARTEE_CAPTURE_CONTENT, REPARTEE_PROVISIONAL_SPANS.
//
// Thread: values.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "repartee/otel/environment.h"
#include "repartee/otel/otlp_options.h"
#include "repartee/otel/resource.h"

namespace repartee {

// kPipecat: Pipecat's spans, bug for bug. kExtended: a superset with its faults repaired.
using TracingMode = otel::TracingMode;
using ProvisionalSpans = otel::ProvisionalSpans;

// kPage: `turn-3`, `stt_deepgramsttservice`. kPipecat: `turn`, `stt`.
enum class SpanNames : std::uint8_t {
  kPage,
  kPipecat
};
// What is said and written goes into spans whole; only what is new in each request; or not at all.
enum class CaptureContent : std::uint8_t {
  kAll,
  kLast,
  kNone
};

struct TracingParams {
  TracingMode mode = TracingMode::kExtended;
  SpanNames span_names = SpanNames::kPage;
  CaptureContent capture_content = CaptureContent::kAll;
  // kOff: no snapshots of open spans are made; else each exporter decides whether it sends them.
  ProvisionalSpans provisional = ProvisionalSpans::kAuto;
  // Given each text that was said or written, with the attribute it is for, before it goes into a span; its
  // answer goes there instead. Called on conversations' threads: quick, and safe on several at once.
  std::function<std::string(std::string_view attribute, std::string text)> redact{};

  // An unknown word is logged and counts as unset.
  static TracingParams FromEnvironment(const otel::Environment& environment = {});

  bool extended() const { return mode == TracingMode::kExtended; }
  // Names as Pipecat has them on the wire; its mode has no others.
  bool wire_names() const { return !extended() || span_names == SpanNames::kPipecat; }
  bool makes_provisional() const { return extended() && provisional != ProvisionalSpans::kOff; }
  bool captures_content() const { return capture_content != CaptureContent::kNone; }
};

}  // namespace repartee
