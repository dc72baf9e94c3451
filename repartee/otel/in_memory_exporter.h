// InMemoryExporter: keeps spans for whoever asks: tests, and `repartee talk` when no
// server answers.
//
// Thread: Export on the exporter's loop; the store is read from any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "repartee/otel/span_processor.h"

namespace repartee::otel {

// Up to a limit of spans; over it new ones are turned away.
class SpanStore {
 public:
  explicit SpanStore(std::size_t limit = 100'000) : limit_(limit) {}

  // How many had no room.
  std::size_t Add(std::vector<SpanPtr> spans);
  // In the order in which they ended.
  std::vector<SpanPtr> spans() const;
  void Clear();

 private:
  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::vector<SpanPtr> spans_;  // guarded by mutex_
};

class InMemoryExporter final : public SpanExporter {
 public:
  // `store` is shared with the reader: either may end first.
  explicit InMemoryExporter(std::shared_ptr<SpanStore> store, bool accepts_provisional = false)
      : store_(std::move(store)), accepts_provisional_(accepts_provisional) {}

  void Export(std::vector<SpanPtr> spans, Nanos time_limit, Done done) override;
  bool AcceptsProvisional() const override { return accepts_provisional_; }

 private:
  std::shared_ptr<SpanStore> store_;
  const bool accepts_provisional_;
};

}  // namespace repartee::otel
