// BatchSpanProcessor: holds ended spans until there are enough, or the oldest has waited
// long enough, and hands them to an exporter on its loop.
//
// The queue is bounded; when it is full the newest span is dropped and counted. A full
// batch is sent at once. A slow exporter fills the queue and stops nobody. Losses are logged at most once a
// minute while they grow.
//
// Thread: calls from any; the exporter lives on the loop alone.
#pragma once

#include <memory>

#include "repartee/otel/batch_options.h"
#include "repartee/otel/span_processor.h"

namespace repartee::otel {

class BatchSpanProcessor final : public SpanProcessor {
 public:
  // `loop` is borrowed until Shutdown. It has virtual time, and then ForceFlush and Shutdown run it, or
  // is run by another thread, and then they wait.
  BatchSpanProcessor(std::unique_ptr<SpanExporter> exporter, BatchOptions options, EventLoop& loop);
  // Shuts down without waiting for what is queued.
  ~BatchSpanProcessor() override;

  void OnEnd(SpanPtr span) override;
  bool AcceptsProvisional() const override { return accepts_provisional_; }
  // On the loop's own thread: starts the flush and returns false unless nothing was waiting.
  bool ForceFlush(Nanos timeout) override;
  bool Shutdown(Nanos timeout) override;
  ExportCounters counters() const override;

 private:
  class Worker;

  const bool accepts_provisional_;
  std::shared_ptr<Worker> worker_;  // shared with what is posted to the loop
};

}  // namespace repartee::otel
