#include "repartee/otel/in_memory_exporter.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace repartee::otel {

std::size_t SpanStore::Add(std::vector<SpanPtr> spans) {
  const std::lock_guard lock(mutex_);
  const std::size_t taken = std::min(spans.size(), limit_ - spans_.size());
  std::move(spans.begin(), spans.begin() + static_cast<std::ptrdiff_t>(taken), std::back_inserter(spans_));
  return spans.size() - taken;
}

std::vector<SpanPtr> SpanStore::spans() const {
  const std::lock_guard lock(mutex_);
  return spans_;
}

void SpanStore::Clear() {
  const std::lock_guard lock(mutex_);
  spans_.clear();
}

void InMemoryExporter::Export(std::vector<SpanPtr> spans, Nanos /*time_limit*/, Done done) {
  const std::size_t over = store_->Add(std::move(spans));
  done({.rejected = static_cast<std::int64_t>(over)});
}

}  // namespace repartee::otel
