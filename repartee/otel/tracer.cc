#include "repartee/otel/tracer.h"

#include <algorithm>
#include <utility>

#include "repartee/otel/batch_span_processor.h"
#include "repartee/otel/export_thread.h"
#include "repartee/otel/tracer_core.h"

namespace repartee::otel {
namespace {

// Gives each call what is left of one time limit.
class TimeLeft {
 public:
  explicit TimeLeft(Nanos limit) : deadline_(Clock::System().MonotonicNow() + limit) {}
  Nanos Get() const { return std::max(deadline_ - Clock::System().MonotonicNow(), Nanos(0)); }

 private:
  Nanos deadline_;
};

}  // namespace

Span Tracer::StartSpan(std::string_view name, StartOptions options) const {
  if (!core_) return {};
  const SpanContext& parent = options.parent;
  SpanContext context{.trace_id = parent.valid() ? parent.trace_id : RandomTraceId(),
                      .span_id = RandomSpanId()};
  context.sampled = core_->sampler().Keeps(parent, context.trace_id);
  if (!context.sampled) return Span(nullptr, *clock_, context, nullptr);

  auto data = std::make_shared<SpanData>();
  data->name = name;
  data->context = context;
  if (parent.valid()) data->parent_span_id = parent.span_id;
  data->parent_is_remote = parent.valid() && parent.is_remote;
  data->kind = options.kind;
  data->start = options.start ? *options.start : clock_->WallNow();
  data->scope_name = scope_;
  data->resource = core_->resource();
  data->attributes.reserve(Attributes::kPiece);
  Span span(core_, *clock_, context, std::move(data));
  for (Attribute& attribute : options.attributes)
    span.SetAttribute(std::move(attribute.key), std::move(attribute.value));
  return span;
}

void Tracer::EmitProvisional(const Span& span) const {
  if (!core_ || !span.recording()) return;
  SpanPtr snapshot;
  for (const auto& processor : core_->processors()) {
    if (!processor->AcceptsProvisional()) continue;
    if (!snapshot) {
      auto copy = std::make_shared<SpanData>(*span.data());
      copy->end = std::max(clock_->WallNow(), copy->start);
      SetAttribute(copy->attributes, kProvisionalKey, true);
      snapshot = std::move(copy);
    }
    processor->OnEnd(snapshot);
  }
}

TracerProvider::TracerProvider() = default;

TracerProvider::TracerProvider(TracerProviderOptions options)
    : core_(std::make_shared<TracerCore>(std::move(options.resource), options.sampler, options.limits)),
      clock_(&options.clock),
      loop_(options.loop) {}

TracerProvider::~TracerProvider() { Shutdown(std::chrono::seconds(5)); }

void TracerProvider::AddProcessor(std::unique_ptr<SpanProcessor> processor) {
  if (core_) core_->processors().push_back(std::move(processor));
}

void TracerProvider::AddBatchExporter(std::unique_ptr<SpanExporter> exporter, BatchOptions options) {
  if (!core_) return;
  if (!loop_) {
    thread_ = std::make_unique<ExportThread>();
    loop_ = &thread_->loop();
  }
  AddProcessor(std::make_unique<BatchSpanProcessor>(std::move(exporter), options, *loop_));
}

Tracer TracerProvider::GetTracer(std::string scope) const { return GetTracer(std::move(scope), *clock_); }

Tracer TracerProvider::GetTracer(std::string scope, const Clock& clock) const {
  return core_ ? Tracer(core_, std::move(scope), clock) : Tracer();
}

bool TracerProvider::ForceFlush(Nanos timeout) {
  if (!core_) return true;
  const TimeLeft left(timeout);
  bool all = true;
  for (const auto& processor : core_->processors()) all = processor->ForceFlush(left.Get()) && all;
  return all;
}

bool TracerProvider::Shutdown(Nanos timeout) {
  if (!core_) return true;
  const TimeLeft left(timeout);
  bool all = true;
  for (const auto& processor : core_->processors()) all = processor->Shutdown(left.Get()) && all;
  if (thread_) thread_->Stop();
  return all;
}

ExportCounters TracerProvider::counters() const {
  ExportCounters sum;
  if (!core_) return sum;
  for (const auto& processor : core_->processors()) sum += processor->counters();
  return sum;
}

}  // namespace repartee::otel
