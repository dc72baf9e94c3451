// TracingContext: the tracing of one task: which conversation and which turn are open,
// where services open their spans, and by what rules. Services get it from
// setup().tracing_context; it is null when the task is not traced.
//
// Lifetime: the task's. The scopes of services attach to it and are told when it ends.
// Thread: the conversation's loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/otel/tracer.h"
#include "repartee/tracing/tracing_params.h"

namespace repartee {

class LLMContext;
class ServiceSpan;
class TracedTts;

// The conversation span that is open.
class ConversationContextProvider {
 public:
  explicit ConversationContextProvider(std::string id) : id_(std::move(id)) {}

  const std::string& conversation_id() const { return id_; }
  // Not valid while none is open.
  const otel::SpanContext& current() const { return current_; }
  void SetCurrent(const otel::SpanContext& span) { current_ = span; }

 private:
  const std::string id_;
  otel::SpanContext current_;
};

// The turn span that is open.
class TurnContextProvider {
 public:
  // Not valid while none is open.
  const otel::SpanContext& current() const { return current_; }
  void SetCurrent(const otel::SpanContext& span) { current_ = span; }

 private:
  otel::SpanContext current_;
};

struct TracingContextOptions {
  TracingParams params{};
  std::string conversation_id{};
  Json additional_span_attributes = Json::object();  // of the conversation span
  bool enable_metrics = false;
  bool report_only_initial_ttfb = false;
  Nanos started_at{0};  // monotonic; of the pipeline
};

class TracingContext {
 public:
  // `provider` may end first; `clock` outlives the context.
  TracingContext(const otel::TracerProvider& provider, const Clock& clock, TracingContextOptions options);
  ~TracingContext();
  TracingContext(const TracingContext&) = delete;
  TracingContext& operator=(const TracingContext&) = delete;

  const TracingParams& params() const { return options_.params; }
  bool extended() const { return options_.params.extended(); }
  bool metrics_enabled() const { return options_.enable_metrics; }
  bool report_only_initial_ttfb() const { return options_.report_only_initial_ttfb; }
  const Json& additional_span_attributes() const { return options_.additional_span_attributes; }
  ConversationContextProvider& conversation() { return conversation_; }
  TurnContextProvider& turn() { return turn_; }
  // Of conversation and turn spans.
  const otel::Tracer& turn_tracer() const { return turn_tracer_; }
  Nanos wall_now() const { return clock_.WallNow(); }
  // Since the pipeline's start.
  Nanos pipeline_now() const { return clock_.MonotonicNow() - options_.started_at; }

  // A service's span, below the open turn, else the conversation, else a root of its own.
  otel::Span StartServiceSpan(std::string_view name, std::optional<Nanos> start = std::nullopt);
  // What was said or written, on a span: left out or made harmless as the parameters say.
  void SetContent(otel::Span& span, otel::AttributeKey key, std::string text) const;
  // The conversation's id on a span, by which it is found while the root has not ended. Extended mode.
  void MarkConversation(otel::Span& span) const;
  // Ends every span that a service has open, with its mark, and detaches all scopes.
  void EndServiceSpans();

  // Extended mode: somebody watches what the output transport plays, so a span of speech lasts until then.
  bool follows_playback() const { return follows_playback_; }
  void FollowPlayback() { follows_playback_ = extended(); }
  // There is an output transport: it has played something.
  bool output_seen() const { return output_seen_; }
  void NoteOutput() { output_seen_ = true; }
  // Speech of which the output transport may have news: those open that have a context id, in the order in
  // which they were opened and are played.
  const std::vector<TracedTts*>& speech() const { return speech_; }

  // The answer of a language service failed with nothing said. Heard by whoever keeps the turns.
  void OnAnswerFailed(std::function<void()> handler) { answer_failed_ = std::move(handler); }
  void AnswerFailed() const {
    if (answer_failed_) answer_failed_();
  }
  // A context that asked for an answer after the task was cancelled: Pipecat sends that request. Taken once,
  // by the service that it is meant for.
  void NoteLateContext(std::shared_ptr<LLMContext> late) { late_context_ = std::move(late); }
  std::shared_ptr<LLMContext> TakeLateContext() { return std::exchange(late_context_, nullptr); }

  // Pipecat's mode: an EndFrame is on its way. Words that are recognized from then on are lost to Pipecat,
  // and so is what answers them; the answer to words of before is made, and nobody hears it.
  void NoteEnding() { ending_ = true; }
  bool ending() const { return ending_; }
  void NoteLostWords() { words_lost_ = true; }
  bool words_lost() const { return words_lost_; }
  void NoteUnheardAnswer() { answer_unheard_ = true; }
  bool answer_unheard() const { return answer_unheard_; }

  // What a service told earlier: Pipecat shows it on later spans.
  struct Answered {
    std::string model;
    std::optional<double> ttfb;  // seconds
    // Of a voice: when the measurement of its first byte began, which is one for all that waits to be spoken.
    std::optional<Nanos> speech_measured_since;  // wall clock
    bool speech_measured = false;
  };
  Answered& answered(std::string_view class_name);

 private:
  friend class ServiceSpan;
  friend class TracedTts;

  const Clock& clock_;
  const TracingContextOptions options_;
  const std::string session_id_;
  ConversationContextProvider conversation_;
  TurnContextProvider turn_;
  otel::Tracer turn_tracer_;
  otel::Tracer service_tracer_;
  std::map<std::string, Answered, std::less<>> answered_;
  std::function<void()> answer_failed_;
  std::shared_ptr<LLMContext> late_context_;  // shared with its frames
  bool follows_playback_ = false;
  bool output_seen_ = false;
  bool ending_ = false;
  bool words_lost_ = false;
  bool answer_unheard_ = false;
  std::vector<TracedTts*> speech_;
  ServiceSpan* scopes_ = nullptr;  // those attached, linked through themselves
};

// Dictionaries become key-value lists, null an empty value. Nested deeper than 16: its text.
otel::AttributeValue AttributeFromJson(const Json& value);

}  // namespace repartee
