// TurnTraceObserver: the conversation's span and those of its turns. It hears of turns
// from a TurnTrackingObserver in place, so that a service span opened by the same frame
// gets the right parent, and of latencies from a UserBotLatencyObserver.
//
// In extended mode both spans are also sent when they start, to receivers that replace
// a span that comes again, and a turn tells how it ended, what was said, how long
// anybody talked and where the user's wait went. Thread: the conversation's loop.
#pragma once

#include <functional>
#include <optional>

#include "repartee/frames/text_frames.h"
#include "repartee/otel/span.h"
#include "repartee/pipeline/turn_tracking_observer.h"
#include "repartee/tracing/spoken_words.h"
#include "repartee/tracing/traced_tts.h"
#include "repartee/tracing/tracing_context.h"
#include "repartee/tracing/user_bot_latency_observer.h"

namespace repartee {

class TurnTraceObserver final : public BaseObserver {
 public:
  // Opens the conversation. All are borrowed and outlive the observer.
  TurnTraceObserver(TracingContext& context, TurnTrackingObserver& turns, UserBotLatencyObserver& latency);
  ~TurnTraceObserver() { Close(); }

  // A turn's span ends; times are wall times. Heard by whoever records the conversation.
  using TurnSpanHandler = std::function<void(const otel::SpanContext& turn, Nanos start, Nanos end)>;
  void OnTurnSpanEnded(TurnSpanHandler handler) { turn_span_ended_ = std::move(handler); }
  // The pipeline is gone: an open turn ends, then the conversation. Once.
  void Close();

  void OnPushFrame(const FramePushed& event) override;
  FrameTypeSet wanted_pushes() const override;

 private:
  void OpenConversation();
  void StartTurn(const TurnStarted& event);
  void TurnOver(const TurnEnded& event);
  void EndTurn(std::optional<Nanos> at);
  void EndTurnAtEnd();
  void EndTurnSpan(std::optional<Nanos> at);
  void DescribeTurnEnd(Nanos end);
  void NoteEvent(const char* name);
  void SetWords(otel::Span& span, const std::string& input, const std::string& output);
  void FirstPush(const FramePushed& event);
  void NoteByTheWay(const Frame& frame);
  void NoteLateContext(const FramePushed& event);
  TracedTts* FindSpeech(const std::string& context_id) const;
  void Heard(const TTSTextFrame& frame);
  void SpeechCut();
  void EndUnplayedSpeech();
  void SetBreakdown(const LatencyBreakdown& breakdown);

  TracingContext& context_;
  otel::Span conversation_;
  otel::Span turn_;
  bool closed_ = false;
  bool cancelled_ = false;
  TurnSpanHandler turn_span_ended_;

  // Wall clock.
  Nanos turn_started_at_{0};  // when the frame came that started it
  Nanos turn_span_start_{0};
  Nanos last_speech_at_{0};
  std::optional<Nanos> voice_started_at_;  // while the user speaks

  std::optional<TurnEnded> turn_end_;  // by an EndFrame whose speech is still to come
  SpokenWords words_;
  TalkMeter talk_;
  const FrameProcessor* speaker_ = nullptr;  // the output transport: who tells that the bot speaks
};

}  // namespace repartee
