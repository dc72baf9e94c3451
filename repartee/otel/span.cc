#include "repartee/otel/span.h"

#include <algorithm>
#include <utility>

#include "repartee/otel/tracer_core.h"

namespace repartee::otel {
namespace {

constexpr std::size_t kUsualEvents = 4;

}  // namespace

Span::Span(std::shared_ptr<TracerCore> core, const Clock& clock, SpanContext context,
           std::shared_ptr<SpanData> data)
    : context_(context), data_(std::move(data)), core_(std::move(core)), clock_(&clock) {}

Span& Span::operator=(Span&& other) noexcept {
  if (this == &other) return *this;
  End();
  context_ = other.context_;
  data_ = std::move(other.data_);
  core_ = std::move(other.core_);
  clock_ = other.clock_;
  return *this;
}

void Span::SetAttribute(AttributeKey key, AttributeValue value) {
  if (!data_) return;
  const SpanLimits& limits = core_->limits();
  limits.CutValue(value);
  if (!data_->attributes.Set(std::move(key), std::move(value), limits.attributes))
    ++data_->dropped_attributes;
}

void Span::AddEvent(std::string_view name, Attributes attributes, std::optional<Nanos> at) {
  if (!data_) return;
  const SpanLimits& limits = core_->limits();
  if (data_->events.size() >= limits.events) {
    ++data_->dropped_events;
    return;
  }
  if (data_->events.empty()) data_->events.reserve(kUsualEvents);
  SpanEvent& event = data_->events.emplace_back();
  event.name = name;
  event.time = at ? *at : clock_->WallNow();
  event.attributes = limits.Fit(std::move(attributes), limits.event_attributes, event.dropped_attributes);
}

void Span::AddLink(const SpanContext& context, Attributes attributes) {
  if (!data_) return;
  const SpanLimits& limits = core_->limits();
  if (data_->links.size() >= limits.links) {
    ++data_->dropped_links;
    return;
  }
  SpanLink link{.context = context};
  link.attributes = limits.Fit(std::move(attributes), limits.link_attributes, link.dropped_attributes);
  data_->links.push_back(std::move(link));
}

void Span::SetStatus(SpanStatus status, std::string description) {
  if (!data_ || status == SpanStatus::kUnset || data_->status == SpanStatus::kOk) return;
  data_->status = status;
  data_->status_description = status == SpanStatus::kError ? std::move(description) : std::string();
}

void Span::RecordException(ExceptionInfo exception, std::optional<Nanos> at) {
  if (!data_) return;
  if (exception.stacktrace.empty()) exception.stacktrace = exception.type + ": " + exception.message;
  Attributes attributes;
  attributes.reserve(4);
  attributes.push_back({"exception.type", std::move(exception.type)});
  attributes.push_back({"exception.message", std::move(exception.message)});
  attributes.push_back({"exception.stacktrace", std::move(exception.stacktrace)});
  attributes.push_back({"exception.escaped", "False"});
  AddEvent("exception", std::move(attributes), at);
}

void Span::UpdateName(std::string name) {
  if (data_) data_->name = std::move(name);
}

void Span::End(std::optional<Nanos> at) {
  if (!data_) return;
  data_->end = std::max(at ? *at : clock_->WallNow(), data_->start);
  // Moved first: whatever a processor does, this span has ended.
  const SpanPtr ended = std::move(data_);
  const std::shared_ptr<TracerCore> core = std::move(core_);
  core->Finish(ended);
}

}  // namespace repartee::otel
