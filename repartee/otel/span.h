// Span: one piece of work being timed, owned by whoever does it. Ending hands its data
// to the processors; a span that goes out of scope ends there, so none is ever lost.
//
// A default span, and one that was not sampled, records nothing and costs nothing.
//
// Thread: one at a time; it may move between threads.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "repartee/otel/span_data.h"

namespace repartee::otel {

class TracerCore;

struct ExceptionInfo {
  std::string type{};
  std::string message{};
  std::string stacktrace{};  // empty: "type: message"
};

class Span {
 public:
  Span() = default;
  Span(Span&&) noexcept = default;
  // Ends the span that was held.
  Span& operator=(Span&& other) noexcept;
  ~Span() { End(); }

  // Stays readable after the end; not valid for a default span.
  const SpanContext& context() const { return context_; }
  // False before StartSpan, after End, and when not sampled.
  bool recording() const { return data_ != nullptr; }
  // What was recorded so far; null when not recording.
  const SpanData* data() const { return data_.get(); }

  // Setting a key again replaces its value. Over the limit: left out and counted.
  void SetAttribute(AttributeKey key, AttributeValue value);
  // Times are since the Unix epoch; now when left out.
  void AddEvent(std::string_view name, Attributes attributes = {}, std::optional<Nanos> at = std::nullopt);
  void AddLink(const SpanContext& context, Attributes attributes = {});
  // kOk is final; kUnset changes nothing; the description is kept with kError alone.
  void SetStatus(SpanStatus status, std::string description = {});
  // An `exception` event. The status is the caller's business.
  void RecordException(ExceptionInfo exception, std::optional<Nanos> at = std::nullopt);
  void UpdateName(std::string name);
  // Ends it at `at` (never before its start). The second call does nothing.
  void End(std::optional<Nanos> at = std::nullopt);
  // Forgets it: nobody ever sees it.
  void Discard() { data_.reset(); }

 private:
  friend class Tracer;

  // `core` is shared with the provider, since spans may outlive it. `clock` outlives the span.
  Span(std::shared_ptr<TracerCore> core, const Clock& clock, SpanContext context,
       std::shared_ptr<SpanData> data);

  SpanContext context_;
  std::shared_ptr<SpanData> data_;  // shared with processors only after the end
  std::shared_ptr<TracerCore> core_;
  const Clock* clock_ = nullptr;
};

}  // namespace repartee::otel
