// TracerProvider and Tracer: where spans come from. A provider holds the resource, the
// sampler and the processors of one process; a tracer stamps a scope's name on spans.
//
// Exporters that wait for the network run on a loop of the provider's own thread, or on
// one that it is handed (virtual time); a conversation's thread only queues its spans.
//
// Thread: any, after the processors have been added.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "repartee/otel/batch_options.h"
#include "repartee/otel/sampler.h"
#include "repartee/otel/span.h"
#include "repartee/otel/span_limits.h"
#include "repartee/otel/span_processor.h"

namespace repartee::otel {

class ExportThread;

struct StartOptions {
  SpanContext parent{};          // not valid: a new trace
  std::optional<Nanos> start{};  // since the Unix epoch; now when left out
  Attributes attributes{};
  SpanKind kind = SpanKind::kInternal;
};

class Tracer {
 public:
  // A tracer whose spans record nothing.
  Tracer() = default;

  // False if its spans would go nowhere.
  bool enabled() const { return core_ != nullptr; }
  Span StartSpan(std::string_view name, StartOptions options = {}) const;
  // Sends a snapshot of an open span, with `repartee.provisional` = true and the end now, to those
  // exporters whose receiver lets the finished span replace it. Does nothing where there are none.
  void EmitProvisional(const Span& span) const;

 private:
  friend class TracerProvider;
  Tracer(std::shared_ptr<TracerCore> core, std::string scope, const Clock& clock)
      : core_(std::move(core)), scope_(std::move(scope)), clock_(&clock) {}

  std::shared_ptr<TracerCore> core_;  // shared with the provider, which tracers may outlive
  std::string scope_;
  const Clock* clock_ = nullptr;
};

struct TracerProviderOptions {
  Resource resource{};
  Sampler sampler{};
  SpanLimits limits{};
  // Times spans whose tracer brings no clock of its own. Outlives all spans.
  const Clock& clock = Clock::System();
  // Runs the exporters. Null: a thread of the provider's own. A loop that is handed in outlives the
  // provider and either has virtual time or is run by another thread.
  EventLoop* loop = nullptr;
};

class TracerProvider {
 public:
  explicit TracerProvider(TracerProviderOptions options);
  // A provider whose tracers record nothing.
  TracerProvider();
  // Shuts down if that has not been done, waiting at most five seconds.
  ~TracerProvider();
  TracerProvider(const TracerProvider&) = delete;
  TracerProvider& operator=(const TracerProvider&) = delete;

  // Before the first span, one thread.
  void AddProcessor(std::unique_ptr<SpanProcessor> processor);
  void AddBatchExporter(std::unique_ptr<SpanExporter> exporter, BatchOptions options);

  Tracer GetTracer(std::string scope) const;
  // Its spans are timed by `clock` (a conversation in virtual time), which outlives them.
  Tracer GetTracer(std::string scope, const Clock& clock) const;

  bool enabled() const { return core_ != nullptr; }
  // See SpanProcessor; `timeout` is for all processors together. Not from the exporters' loop.
  bool ForceFlush(Nanos timeout);
  bool Shutdown(Nanos timeout);
  // Of all processors together.
  ExportCounters counters() const;

 private:
  std::shared_ptr<TracerCore> core_;  // shared with tracers and spans; null when nothing is recorded
  const Clock* clock_ = &Clock::System();
  EventLoop* loop_ = nullptr;
  std::unique_ptr<ExportThread> thread_;
};

}  // namespace repartee::otel
