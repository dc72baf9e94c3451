// ServiceSpan: what the scopes of services share: the span itself, its name, the
// attributes that tell which service it was, its times, and what happens to a span
// that is still open when the task is over.
//
// A scope without a context (the task is not traced) does nothing at all.
// Thread: the conversation's loop.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "repartee/base/json.h"
#include "repartee/tracing/tracing_context.h"

namespace repartee {

// Who is at work. `settings` is read during the call only.
struct TracedService {
  std::string_view class_name;  // "DeepgramSTTService"; a literal
  std::string model;            // empty: unknown
  const Json& settings;         // those given, as an object
};

class ServiceSpan {
 public:
  ServiceSpan(const ServiceSpan&) = delete;
  ServiceSpan& operator=(const ServiceSpan&) = delete;

  bool open() const { return span_.recording(); }
  // Seconds to the first byte; the last value counts.
  void Ttfb(double seconds);
  // Seconds of work; several add up. Extended mode.
  void Processing(double seconds);

 protected:
  enum class Kind : std::uint8_t {
    kStt,
    kLlm,
    kTts
  };

  // `context` is borrowed until it detaches this scope; may be null.
  explicit ServiceSpan(TracingContext* context);
  ~ServiceSpan();

  // Null once the task is over.
  TracingContext* context() const { return context_; }
  bool extended() const { return context_ && context_->extended(); }
  // `model` is what gen_ai.request.model says.
  void Open(Kind kind, const TracedService& service, std::string_view model,
            std::optional<Nanos> start = std::nullopt);
  void Set(otel::AttributeKey&& key, otel::AttributeValue&& value) {
    span_.SetAttribute(std::move(key), std::move(value));
  }
  // What was said or written; see TracingContext::SetContent.
  void SetContent(otel::AttributeKey key, std::string text) {
    if (context_) context_->SetContent(span_, std::move(key), std::move(text));
  }
  // Now; extended mode.
  void AddEvent(std::string_view name) {
    if (extended()) span_.AddEvent(name);
  }
  // `settings.<name>`, for each that is a scalar, those under `extra` too.
  void SetSettings(const Json& settings);
  // Status ERROR, the exception, and in extended mode `error.type`.
  void SetError(std::string_view type, std::string_view message);
  void EndAt(std::optional<Nanos> at = std::nullopt) { span_.End(at); }
  // Never exported: what Pipecat loses.
  void Discard() { span_.Discard(); }

  // The span is open and nothing more will come.
  virtual void Abandon() = 0;

 private:
  friend class TracingContext;
  void Detach();
  void Unlink();

  TracingContext* context_;
  ServiceSpan* previous_ = nullptr;
  ServiceSpan* next_ = nullptr;
  otel::Span span_;
  double processing_ = 0;
};

// Appends `text` up to a megabyte in all; what is over is left out.
void AppendBounded(std::string& whole, std::string_view text);
// Characters, not bytes.
std::size_t CodePoints(std::string_view text);

}  // namespace repartee
