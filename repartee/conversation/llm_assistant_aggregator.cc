#include "repartee/conversation/llm_assistant_aggregator.h"

#include "repartee/base/iso_time.h"
#include "repartee/conversation/context_media.h"
#include "repartee/conversation/turn_markers.h"
#include "repartee/frames/llm_frames.h"
#include "repartee/frames/media_frames.h"
#include "repartee/frames/service_frames.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"

namespace repartee {

LLMAssistantAggregator::LLMAssistantAggregator(std::shared_ptr<LLMContext> context,
                                               LLMAssistantAggregatorParams params)
    : FrameProcessor("LLMAssistantAggregator"),
      context_(std::move(context)),
      calls_(*context_),
      summarizer_(context_, std::move(params.auto_context_summarization_config),
                  [this](FramePtr request) { AskForSummary(std::move(request)); }),
      summarizes_by_itself_(params.enable_auto_context_summarization) {
  summarizer_.on_summary_applied = [this](std::size_t before, std::size_t after) {
    on_summary_applied.Emit(loop(), before, after);
  };
  if (params.summary_llm) {
    summary_model_.emplace(*params.summary_llm, *this, [this](const LLMContextSummaryResultFrame& result) {
      summarizer_.OnResult(result);
    });
  }
}

std::vector<FrameProcessor*> LLMAssistantAggregator::Children() {
  return summary_model_ ? summary_model_->processors() : std::vector<FrameProcessor*>();
}

void LLMAssistantAggregator::AskForSummary(FramePtr request) {
  if (summary_model_) return summary_model_->Queue(std::move(request));
  Push(std::move(request), Direction::kUpstream);
}

Status LLMAssistantAggregator::OnSetup() {
  summarizer_.Start(loop());
  return OkStatus();
}

Status LLMAssistantAggregator::Process(FramePtr frame, Direction direction) {
  if (frame->Is<TextFrame>()) {
    OnText(*frame);
    return OkStatus();
  }
  switch (frame->type()) {
    case FrameType::kInterruption:
      StopTurn(TurnEnd::kInterrupted);
      parts_.Clear();
      thought_.Clear();
      // The user's turn runs the model on what there is.
      inference_owed_ = false;
      push_on_bot_stopped_ = false;
      summarizer_.OnInterruption();
      break;
    case FrameType::kStart:
      if (summary_model_) summary_model_->Queue(frame);
      break;
    case FrameType::kEnd:
    case FrameType::kCancel:
      StopTurn(frame->Is<EndFrame>() ? TurnEnd::kComplete : TurnEnd::kInterrupted);
      if (summary_model_) summary_model_->Queue(frame);
      break;
    case FrameType::kLLMFullResponseStart:
    case FrameType::kLLMFullResponseEnd:
    case FrameType::kLLMThoughtStart:
    case FrameType::kLLMThoughtText:
    case FrameType::kLLMThoughtEnd:
    case FrameType::kLLMMarker:
    case FrameType::kLLMSummarizeContext: return HandleAnswerFrame(*frame);
    case FrameType::kLLMContextSummaryResult:
      if (direction == Direction::kDownstream) {
        summarizer_.OnResult(static_cast<const LLMContextSummaryResultFrame&>(*frame));
        return OkStatus();
      }
      break;
    case FrameType::kUserImageRaw:
    case FrameType::kUserFileRaw: return HandleMedia(*frame);
    case FrameType::kAssistantImageRaw: {
      Status status = HandleMedia(*frame);
      Push(std::move(frame), direction);
      return status;
    }
    // Speech without the model has come to its end.
    case FrameType::kLLMAssistantPushAggregation: StopTurn(TurnEnd::kComplete); return OkStatus();
    case FrameType::kTTSStarted:
      // Speech without the model. Within an answer of the model the turn is open already.
      if (frame->As<TTSStartedFrame>()->append_to_context && turn_started_at_.empty()) StartTurn();
      break;
    case FrameType::kLLMRun:
    case FrameType::kLLMMessagesAppend:
    case FrameType::kLLMMessagesUpdate:
    case FrameType::kLLMMessagesTransform:
    case FrameType::kLLMSetTools:
    case FrameType::kLLMSetToolChoice: return HandleContextFrame(*frame);
    case FrameType::kFunctionCallsStarted:
    case FrameType::kFunctionCallInProgress:
    case FrameType::kFunctionCallResult:
    case FrameType::kFunctionCallCancel: return HandleFunctionCallFrame(std::move(frame), direction);
    case FrameType::kBotStartedSpeaking: bot_speaking_ = true; break;
    case FrameType::kBotStoppedSpeaking:
      bot_speaking_ = false;
      Push(std::move(frame), direction);
      if (push_on_bot_stopped_ && !user_speaking_) PushContextUpstream();
      return OkStatus();
    case FrameType::kUserStartedSpeaking: user_speaking_ = true; break;
    case FrameType::kUserStoppedSpeaking: user_speaking_ = false; break;
    default: break;
  }
  Push(std::move(frame), direction);
  return OkStatus();
}

Status LLMAssistantAggregator::HandleContextFrame(const Frame& frame) {
  if (const auto* append = frame.As<LLMMessagesAppendFrame>()) {
    if (Status status = context_->AddMessages(append->messages); !status.ok()) return status;
    if (append->run_llm.value_or(false)) inference_owed_ = true;
    PushOwedContext();
  } else if (const auto* update = frame.As<LLMMessagesUpdateFrame>()) {
    if (Status status = context_->SetMessages(update->messages); !status.ok()) return status;
    if (update->run_llm.value_or(false)) PushContextUpstream();
  } else if (const auto* transform = frame.As<LLMMessagesTransformFrame>()) {
    if (Status status = context_->SetMessages(transform->transform(context_->messages())); !status.ok())
      return status;
    if (transform->run_llm.value_or(false)) PushContextUpstream();
  } else if (const auto* tools = frame.As<LLMSetToolsFrame>()) {
    return context_->SetTools(tools->tools);
  } else if (const auto* choice = frame.As<LLMSetToolChoiceFrame>()) {
    context_->SetToolChoice(choice->tool_choice);
  } else {
    PushContextUpstream();
  }
  return OkStatus();
}

// ---------------------------------------------------------------- answers and media

Status LLMAssistantAggregator::HandleAnswerFrame(const Frame& frame) {
  switch (frame.type()) {
    case FrameType::kLLMFullResponseStart:
      inference_owed_ = false;  // this run has seen the context as it stands
      StartTurn();
      if (summarizes_by_itself_) summarizer_.CheckLength();
      break;
    case FrameType::kLLMFullResponseEnd: StopTurn(TurnEnd::kComplete); break;
    case FrameType::kLLMThoughtStart: thought_.Begin(*frame.As<LLMThoughtStartFrame>()); break;
    case FrameType::kLLMThoughtText: thought_.Add(*frame.As<LLMThoughtTextFrame>()); break;
    case FrameType::kLLMThoughtEnd: {
      std::string text = thought_.End(*frame.As<LLMThoughtEndFrame>(), *context_);
      on_assistant_thought.Emit(loop(), std::move(text), Now());
      break;
    }
    case FrameType::kLLMMarker: {
      const auto& marker = *frame.As<LLMMarkerFrame>();
      if (marker.append_to_context_immediately) {
        WriteAnswer(marker.marker);
      } else {
        parts_.Add(marker.marker, false);
      }
      break;
    }
    default: summarizer_.Summarize(static_cast<const LLMSummarizeContextFrame&>(frame).config); break;
  }
  return OkStatus();
}

// The text so far was said before the picture came.
void LLMAssistantAggregator::FlushText() {
  const std::string text = parts_.Join();
  parts_.Clear();
  if (!text.empty()) context_->AddMessage("assistant", text);
}

Status LLMAssistantAggregator::HandleMedia(const Frame& frame) {
  if (frame.Is<UserImageRawFrame>()) return HandleUserImage(frame);
  if (const auto* image = frame.As<AssistantImageRawFrame>()) {
    const bool original = !image->original_data.empty();
    Result<Json> message = ImageMessage("assistant", original ? image->original_data : image->image,
                                        original ? image->original_mime_type : image->format, "");
    if (!message.ok()) return message.status();
    FlushText();
    context_->AddMessage(*std::move(message));
    return OkStatus();
  }
  const auto& file = *frame.As<UserFileRawFrame>();
  if (!file.append_to_context.value_or(true)) return OkStatus();
  Result<Json> message = FileMessage(file, file.text);
  if (!message.ok()) return message.status();
  FlushText();
  context_->AddMessage(*std::move(message));
  if (file.run_llm.value_or(true)) AskForInference();
  return OkStatus();
}

Status LLMAssistantAggregator::HandleUserImage(const Frame& frame) {
  const auto& image = *frame.As<UserImageRawFrame>();
  const UserImageRequestFrame* const request = image.request.get();
  const bool append = request && request->append_to_context ? *request->append_to_context
                                                            : image.append_to_context.value_or(true);
  if (append) {
    const std::string text = image.text.value_or(request ? request->text.value_or("") : "");
    Result<Json> message = ImageMessage("user", image.image, image.format, text);
    if (!message.ok()) return message.status();
    FlushText();
    context_->AddMessage(*std::move(message));
  }
  if (request && request->result_callback) {
    // The tool that asked for it: its result runs the model.
    loop().Defer([answer = request->result_callback] { answer("The picture is in the conversation now."); });
  } else if (append && image.run_llm.value_or(true)) {
    AskForInference();
  }
  return OkStatus();
}

// ---------------------------------------------------------------- turns

void LLMAssistantAggregator::OnText(const Frame& frame) {
  switch (frame.type()) {
    case FrameType::kTranscription:
    case FrameType::kInterimTranscription:
    case FrameType::kEagerTranscription:
    case FrameType::kTranslation: return;  // the user's words
    default: break;
  }
  const auto& text = *frame.As<TextFrame>();
  const auto* aggregated = frame.As<AggregatedTextFrame>();
  // By its announcement, which leaves the output transport with its first sound.
  if (aggregated && aggregated->will_be_spoken && aggregated->text_type == TextType::kBackchannel &&
      !frame.Is<TTSTextFrame>()) {
    on_assistant_backchannel.Emit(loop(), text.text, Now());
  }
  if (!text.append_to_context) return;
  const bool raw = aggregated && !aggregated->raw_text.value_or("").empty();
  parts_.Add(raw ? *aggregated->raw_text : text.text, text.includes_inter_frame_spaces);
}

void LLMAssistantAggregator::StartTurn() {
  turn_started_at_ = Now();
  on_assistant_turn_started.Emit(loop());
}

void LLMAssistantAggregator::StopTurn(TurnEnd end) {
  if (turn_started_at_.empty()) return;
  const std::string started_at = std::exchange(turn_started_at_, {});
  std::string text = parts_.Join();
  parts_.Clear();
  if (!text.empty()) WriteAnswer(text);
  text = WithoutTurnMarkers(std::move(text));
  on_assistant_turn_stopped.Emit(loop(), text, end == TurnEnd::kInterrupted, started_at);
  if (!text.empty()) Broadcast<LLMContextAssistantTurnFrame>(text, started_at);
}

void LLMAssistantAggregator::WriteAnswer(const std::string& text) {
  context_->AddMessage("assistant", text);
  Push(Make<LLMContextFrame>(context_));
  Push(Make<LLMContextAssistantTimestampFrame>(Now()));
}

// ---------------------------------------------------------------- function calls

// Every such frame has a twin upstream; ours is the downstream one.
Status LLMAssistantAggregator::HandleFunctionCallFrame(FramePtr frame, Direction direction) {
  if (direction == Direction::kUpstream) {
    Push(std::move(frame), direction);
  } else if (const auto* started = frame->As<FunctionCallsStartedFrame>()) {
    calls_.OnStarted(*started);
  } else if (const auto* in_progress = frame->As<FunctionCallInProgressFrame>()) {
    calls_.OnInProgress(*in_progress);
  } else if (const auto* result = frame->As<FunctionCallResultFrame>()) {
    OnResult(*result);
  } else if (const auto* cancel = frame->As<FunctionCallCancelFrame>()) {
    // A user who speaks has a turn that runs the model.
    if (calls_.OnCancel(*cancel) && cancel->run_llm && !user_speaking_ && !calls_.GroupRuns())
      MaybePushContext();
  }
  return OkStatus();
}

void LLMAssistantAggregator::OnResult(const FunctionCallResultFrame& frame) {
  if (calls_.OnResult(frame)) {
    if (calls_.ShouldRunLLM(frame)) AskForInference();
    if (frame.properties && frame.properties->on_context_updated) {
      loop().Defer([updated = frame.properties->on_context_updated] { (*updated)(); });
    }
  }
  // One of those before it may have waited for it.
  PushOwedContext();
}

// ---------------------------------------------------------------- inference

void LLMAssistantAggregator::AskForInference() {
  inference_owed_ = true;
  PushOwedContext();
}

// While the user speaks it stays owed: the turn runs the model, results and all; one without words is
// answered by the user aggregator.
void LLMAssistantAggregator::PushOwedContext() {
  if (inference_owed_ && !user_speaking_) MaybePushContext();
}

// Not before what is queued here is in the context: the model would run once for each. Not while the bot
// speaks: it would answer twice at once.
void LLMAssistantAggregator::MaybePushContext() {
  if (HasQueued({FrameType::kFunctionCallResult, FrameType::kLLMMessagesAppend})) return;
  if (!bot_speaking_) return PushContextUpstream();
  push_on_bot_stopped_ = true;
}

void LLMAssistantAggregator::PushContextUpstream() {
  inference_owed_ = false;
  push_on_bot_stopped_ = false;
  Push(Make<LLMContextFrame>(context_), Direction::kUpstream);
}

std::string LLMAssistantAggregator::Now() const { return FormatIsoMillis(loop().wall_now()); }

}  // namespace repartee
