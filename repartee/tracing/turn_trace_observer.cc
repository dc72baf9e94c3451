#include "repartee/tracing/turn_trace_observer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "repartee/frames/lifecycle_frames.h"
#include "repartee/frames/llm_frames.h"
#include "repartee/frames/service_frames.h"
#include "repartee/frames/speaking_frames.h"

namespace repartee {
namespace {

const char* EndReason(TurnEndReason reason) {
  switch (reason) {
    case TurnEndReason::kUserStarted: return "user_started";
    case TurnEndReason::kInterrupted: return "interrupted";
    case TurnEndReason::kTimeout: return "timeout";
    case TurnEndReason::kEnd: return "end";
    case TurnEndReason::kCancel: return "cancel";
    case TurnEndReason::kError: return "error";
  }
  return "end";
}

}  // namespace

TurnTraceObserver::TurnTraceObserver(TracingContext& context, TurnTrackingObserver& turns,
                                     UserBotLatencyObserver& latency)
    : context_(context) {
  OpenConversation();
  context_.FollowPlayback();
  turns.OnTurnStarted([this](const TurnStarted& event) { StartTurn(event); });
  turns.OnTurnEnded([this](const TurnEnded& event) { TurnOver(event); });
  latency.OnLatencyMeasured(
      [this](Nanos total) { turn_.SetAttribute("turn.user_bot_latency_seconds", ToSeconds(total)); });
  if (!context_.extended()) return;
  turns.set_bot_opens_turns(true);
  context_.OnAnswerFailed([this, &turns] { turns.FailTurn(context_.pipeline_now()); });
  latency.OnLatencyBreakdown([this](const LatencyBreakdown& breakdown) { SetBreakdown(breakdown); });
  latency.OnFirstBotSpeechLatency([this](Nanos total) {
    conversation_.SetAttribute("conversation.first_bot_speech_seconds", ToSeconds(total));
  });
}

void TurnTraceObserver::OpenConversation() {
  conversation_ = context_.turn_tracer().StartSpan("conversation");
  conversation_.SetAttribute("conversation.id", context_.conversation().conversation_id());
  conversation_.SetAttribute("conversation.type", "voice");
  context_.MarkConversation(conversation_);
  if (context_.extended()) conversation_.SetAttribute("openinference.span.kind", "AGENT");
  for (const auto& [key, value] : context_.additional_span_attributes().items()) {
    conversation_.SetAttribute(std::string(key), AttributeFromJson(value));
  }
  context_.conversation().SetCurrent(conversation_.context());
  if (context_.params().makes_provisional()) context_.turn_tracer().EmitProvisional(conversation_);
}

// ---------------------------------------------------------------- turns

void TurnTraceObserver::StartTurn(const TurnStarted& event) {
  if (closed_) return;
  if (turn_end_) EndTurnAtEnd();
  const Nanos now = context_.wall_now();
  // The voice that opened the turn began a little before it was sure to be one; so does its stt span.
  turn_span_start_ = std::max(voice_started_at_.value_or(now), turn_started_at_);
  turn_started_at_ = last_speech_at_ = now;
  talk_.Take(now);
  words_.TurnStarted();
  const std::string name = context_.params().wire_names() ? "turn" : fmt::format("turn-{}", event.number);
  otel::StartOptions options;
  options.parent = conversation_.context();
  options.start = turn_span_start_;
  turn_ = context_.turn_tracer().StartSpan(name, std::move(options));
  turn_.SetAttribute("turn.number", event.number);
  turn_.SetAttribute("turn.type", "conversation");
  if (context_.extended()) {
    turn_.SetAttribute("openinference.span.kind", "CHAIN");
    turn_.SetAttribute("turn.trigger", event.by_bot ? "bot" : event.number == 1 ? "start" : "user");
  }
  turn_.SetAttribute("conversation.id", context_.conversation().conversation_id());
  context_.MarkConversation(turn_);
  context_.turn().SetCurrent(turn_.context());
  if (context_.params().makes_provisional()) context_.turn_tracer().EmitProvisional(turn_);
}

void TurnTraceObserver::TurnOver(const TurnEnded& event) {
  if (closed_) return;
  turn_end_ = event;
  if (!context_.extended()) return EndTurn(std::nullopt);
  // An EndFrame is seen when it is queued, ahead of the speech it waits for.
  if (event.reason == TurnEndReason::kEnd) return;
  if (event.reason == TurnEndReason::kCancel) {
    turn_end_->was_interrupted = talk_.user_speaking() || talk_.bot_speaking();
  }
  // The timer only makes sure that nothing follows: the turn was over before.
  EndTurn(event.reason == TurnEndReason::kTimeout ? std::optional(turn_started_at_ + event.duration)
                                                  : std::nullopt);
}

// All that was to be said before the end has been said.
void TurnTraceObserver::EndTurnAtEnd() {
  const Nanos end = std::max(last_speech_at_, turn_started_at_ + turn_end_->duration);
  turn_end_->was_interrupted = talk_.user_speaking() || talk_.bot_speaking();
  turn_end_->duration = end - turn_started_at_;
  EndTurn(end);
}

void TurnTraceObserver::EndTurn(std::optional<Nanos> at) {
  turn_.SetAttribute("turn.duration_seconds", ToSeconds(turn_end_->duration));
  turn_.SetAttribute("turn.was_interrupted", turn_end_->was_interrupted);
  if (context_.extended()) DescribeTurnEnd(at.value_or(context_.wall_now()));
  EndTurnSpan(at);
  turn_end_.reset();
  if (!context_.output_seen()) EndUnplayedSpeech();
}

void TurnTraceObserver::EndTurnSpan(std::optional<Nanos> at) {
  if (turn_span_ended_) turn_span_ended_(turn_.context(), turn_span_start_, at.value_or(context_.wall_now()));
  turn_.End(at);
  context_.turn().SetCurrent({});
}

// Without an output transport nobody will tell that it was played.
void TurnTraceObserver::EndUnplayedSpeech() {
  const std::vector<TracedTts*> speech = context_.speech();  // ending takes them off the list
  for (TracedTts* const tts : speech) {
    if (tts->delivered()) tts->EndUnplayed();
  }
}

void TurnTraceObserver::DescribeTurnEnd(Nanos end) {
  const Nanos talked = talk_.Take(context_.wall_now());
  const Nanos length = std::max(end - turn_span_start_, Nanos(0));
  turn_.SetAttribute("turn.end_reason", EndReason(turn_end_->reason));
  turn_.SetAttribute("turn.talk_seconds", ToSeconds(talked));
  turn_.SetAttribute("turn.silence_seconds", ToSeconds(std::max(length - talked, Nanos(0))));
  SetWords(turn_, words_.turn_input(), words_.turn_output());
  words_.TurnEnded();
}

void TurnTraceObserver::SetWords(otel::Span& span, const std::string& input, const std::string& output) {
  context_.SetContent(span, "langfuse.observation.input", input);
  context_.SetContent(span, "langfuse.observation.output", output);
  context_.SetContent(span, "input.value", input);
  context_.SetContent(span, "output.value", output);
}

void TurnTraceObserver::SetBreakdown(const LatencyBreakdown& breakdown) {
  if (breakdown.measured_from != LatencyBreakdown::From::kUserSilence) return;
  for (const LatencyContribution& part : breakdown.contributions) {
    double seconds = 0;
    for (const LatencyContribution& other : breakdown.contributions) {
      if (other.key == part.key) seconds += ToSeconds(other.duration);
    }
    turn_.SetAttribute({"latency.", part.key}, seconds);
  }
}

void TurnTraceObserver::Close() {
  if (std::exchange(closed_, true)) return;
  if (turn_end_) {
    EndTurnAtEnd();
  } else if (turn_.recording()) {
    turn_.SetAttribute("turn.was_interrupted", true);
    turn_.SetAttribute("turn.ended_by_conversation_end", true);
    EndTurnSpan(std::nullopt);
  }
  if (context_.extended()) SetWords(conversation_, words_.conversation_input(), words_.conversation_output());
  conversation_.End();
  context_.conversation().SetCurrent({});
}

// ---------------------------------------------------------------- speech

FrameTypeSet TurnTraceObserver::wanted_pushes() const {
  if (!context_.extended()) return {FrameType::kCancel, FrameType::kEnd, FrameType::kLLMContext};
  return {FrameType::kVADUserStartedSpeaking,
          FrameType::kVADUserStoppedSpeaking,
          FrameType::kBotStartedSpeaking,
          FrameType::kBotStoppedSpeaking,
          FrameType::kInterruption,
          FrameType::kTranscription,
          FrameType::kTTSText,
          FrameType::kTTSStopped,
          FrameType::kPauseUrgent,
          FrameType::kResumeUrgent,
          FrameType::kUserBackchannel,
          FrameType::kLLMContext,
          FrameType::kEagerEndOfTurnCancel};
}

void TurnTraceObserver::OnPushFrame(const FramePushed& event) {
  if (closed_ || event.direction != Direction::kDownstream) return;
  if (!context_.extended()) return NoteLateContext(event);
  if (event.first_push) FirstPush(event);
  switch (event.frame->type()) {
    case FrameType::kTTSText:
      if (&event.source == speaker_) Heard(*event.frame->As<TTSTextFrame>());
      break;
    case FrameType::kTTSStopped:
      if (&event.source != speaker_) break;
      if (TracedTts* tts = FindSpeech(event.frame->As<TTSStoppedFrame>()->context_id)) tts->PlaybackEnded();
      break;
    default: break;
  }
}

void TurnTraceObserver::NoteLateContext(const FramePushed& event) {
  if (event.frame->Is<CancelFrame>()) cancelled_ = true;
  if (event.frame->Is<EndFrame>()) context_.NoteEnding();
  const auto* const context = event.frame->As<LLMContextFrame>();
  if (!context) return;
  if (cancelled_) context_.NoteLateContext(context->context);
  if (context_.ending()) context_.NoteUnheardAnswer();
}

// On the turn, or between turns on the conversation.
void TurnTraceObserver::NoteEvent(const char* name) {
  (turn_.recording() ? turn_ : conversation_).AddEvent(name);
}

void TurnTraceObserver::FirstPush(const FramePushed& event) {
  const Nanos now = context_.wall_now();
  switch (event.frame->type()) {
    case FrameType::kVADUserStartedSpeaking: {
      const auto& frame = *event.frame->As<VADUserStartedSpeakingFrame>();
      voice_started_at_ = FromSeconds(frame.timestamp - frame.start_secs);
      NoteEvent("vad.start");
      talk_.SetUser(true, now);
      break;
    }
    case FrameType::kVADUserStoppedSpeaking:
      voice_started_at_.reset();
      NoteEvent("vad.stop");
      last_speech_at_ = now;
      talk_.SetUser(false, now);
      break;
    case FrameType::kBotStartedSpeaking:
      speaker_ = &event.source;
      context_.NoteOutput();
      if (!context_.speech().empty()) context_.speech().front()->PlaybackStarted();
      words_.BotStarted();
      talk_.SetBot(true, now);
      break;
    case FrameType::kBotStoppedSpeaking:
      last_speech_at_ = now;
      talk_.SetBot(false, now);
      break;
    case FrameType::kInterruption:
      NoteEvent("interruption");
      SpeechCut();
      break;
    case FrameType::kTranscription: words_.UserSaid(event.frame->As<TranscriptionFrame>()->text); break;
    default: NoteByTheWay(*event.frame); break;
  }
}

// What a turn goes through without being ended by it: a false interruption, an "mm-hm", an early answer.
void TurnTraceObserver::NoteByTheWay(const Frame& frame) {
  switch (frame.type()) {
    case FrameType::kPauseUrgent: return NoteEvent("bot.paused");
    case FrameType::kResumeUrgent: return NoteEvent("bot.resumed");
    case FrameType::kUserBackchannel: return NoteEvent("user.backchannel");
    case FrameType::kLLMContext:
      if (frame.As<LLMContextFrame>()->speculation) NoteEvent("early_answer.begun");
      return;
    case FrameType::kEagerEndOfTurnCancel: return NoteEvent("early_answer.discarded");
    default: return;
  }
}

TracedTts* TurnTraceObserver::FindSpeech(const std::string& context_id) const {
  for (TracedTts* const tts : context_.speech()) {
    if (tts->context_id() == context_id) return tts;
  }
  return nullptr;
}

// The output transport passes a text on when it was played: what an interruption cut is not in it.
void TurnTraceObserver::Heard(const TTSTextFrame& frame) {
  words_.BotSaid(frame.text, frame.includes_inter_frame_spaces);
  if (TracedTts* tts = FindSpeech(frame.context_id))
    tts->Heard(frame.text, frame.includes_inter_frame_spaces);
}

// What waits to be played is dropped. Of what still comes from its vendor the service tells.
void TurnTraceObserver::SpeechCut() {
  const std::vector<TracedTts*> speech = context_.speech();  // ending takes them off the list
  for (TracedTts* const tts : speech) {
    if (tts->delivered() && tts->interruptible()) tts->Interrupt();
  }
}

}  // namespace repartee
