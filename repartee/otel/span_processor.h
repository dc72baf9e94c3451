// SpanProcessor and SpanExporter: what happens to spans when they end. A processor
// takes them from any thread at once; an exporter sends batches from one loop.
//
// Thread: stated on each call.
#pragma once

#include <cstdint>
#include <vector>

#include "repartee/base/event_loop.h"
#include "repartee/base/status.h"
#include "repartee/base/unique_function.h"
#include "repartee/otel/span_data.h"

namespace repartee::otel {

// What became of the spans so far, in spans (retries: in requests).
struct ExportCounters {
  std::int64_t sent = 0;
  std::int64_t dropped = 0;   // the queue was full, or tracing was shut down
  std::int64_t failed = 0;    // given up: refused, or no answer in time
  std::int64_t rejected = 0;  // delivered, and turned away one by one (partial success)
  std::int64_t retries = 0;
  std::int64_t spooled = 0;    // kept on disk, to be sent later
  std::int64_t recovered = 0;  // sent from the disk, those of earlier runs too

  ExportCounters& operator+=(const ExportCounters& other);
};

struct ExportResult {
  Status status{};          // not OK: `failed` spans of the batch were lost, or all of it if that says 0
  std::int64_t failed = 0;  // part of the batch, when it did not go as a whole
  std::int64_t rejected = 0;
  std::int64_t spooled = 0;
  std::int64_t retries = 0;
};

// Sends batches somewhere. Every call, the destructor too, comes on one loop (or after
// that loop has stopped), one Export at a time.
class SpanExporter {
 public:
  using Done = UniqueFunction<void(ExportResult)>;

  // What happened between exports, to be added to the counters.
  using Report = UniqueFunction<void(const ExportCounters&)>;

  virtual ~SpanExporter() = default;
  // Once, before the first Export. `loop` outlives the exporter.
  virtual void Start(EventLoop& /*loop*/, Report /*report*/) {}
  // `done` is called once, within `time_limit`, or never if the exporter is destroyed first.
  virtual void Export(std::vector<SpanPtr> spans, Nanos time_limit, Done done) = 0;
  // Whether the receiver replaces a span that comes again. Only then are snapshots of open spans sent.
  virtual bool AcceptsProvisional() const { return false; }
  // The queue fills behind the batch under way: an exporter with a safe place for it may end the wait.
  virtual void Hurry() {}
  // The last call: keeps what it was not given yet, and the batch under way, for another run. How many
  // spans it has kept in all.
  virtual std::int64_t Keep(std::vector<SpanPtr> /*spans*/) { return 0; }
};

// Takes ended spans. OnEnd never blocks on I/O.
class SpanProcessor {
 public:
  virtual ~SpanProcessor() = default;
  // Any thread.
  virtual void OnEnd(SpanPtr span) = 0;
  // Any thread. Whether OnEnd may be given snapshots of open spans.
  virtual bool AcceptsProvisional() const = 0;
  // Any thread but the exporter's loop. Waits until what ended before is delivered or given up; false
  // if `timeout` came first.
  virtual bool ForceFlush(Nanos timeout) = 0;
  // As ForceFlush, and takes nothing more. The second call does nothing.
  virtual bool Shutdown(Nanos timeout) = 0;
  // Any thread.
  virtual ExportCounters counters() const { return {}; }
};

}  // namespace repartee::otel
