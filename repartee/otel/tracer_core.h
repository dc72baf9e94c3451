// TracerCore: what provider, tracers and spans share: limits, sampler, resource and the
// processors that ended spans go to.
//
// Thread: any; fixed once the first span has started.
#pragma once

#include <memory>
#include <vector>

#include "repartee/otel/sampler.h"
#include "repartee/otel/span_limits.h"
#include "repartee/otel/span_processor.h"

namespace repartee::otel {

class TracerCore {
 public:
  TracerCore(Resource resource, Sampler sampler, SpanLimits limits)
      : resource_(std::make_shared<const Resource>(std::move(resource))),
        sampler_(sampler),
        limits_(limits) {}

  const std::shared_ptr<const Resource>& resource() const { return resource_; }
  const Sampler& sampler() const { return sampler_; }
  const SpanLimits& limits() const { return limits_; }
  std::vector<std::unique_ptr<SpanProcessor>>& processors() { return processors_; }

  void Finish(const SpanPtr& span) {
    for (const auto& processor : processors_) processor->OnEnd(span);
  }

 private:
  std::shared_ptr<const Resource> resource_;  // shared with every span
  Sampler sampler_;
  SpanLimits limits_;
  std::vector<std::unique_ptr<SpanProcessor>> processors_;
};

}  // namespace repartee::otel
