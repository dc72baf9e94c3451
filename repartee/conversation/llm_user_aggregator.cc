#include "repartee/conversation/llm_user_aggregator.h"

#include <cassert>

#include "repartee/base/iso_time.h"
#include "repartee/conversation/tool_changes.h"
#include "repartee/conversation/user_turn/words.h"
#include "repartee/frames/llm_frames.h"
#include "repartee/frames/service_frames.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"

namespace repartee {
namespace {

constexpr FrameTypeSet kDroppedWhenMuted = {FrameType::kInterruption,
                                            FrameType::kVADUserStartedSpeaking,
                                            FrameType::kVADUserStoppedSpeaking,
                                            FrameType::kProposedUserStartedSpeaking,
                                            FrameType::kProposedUserStoppedSpeaking,
                                            FrameType::kUserStartedSpeaking,
                                            FrameType::kUserStoppedSpeaking,
                                            FrameType::kInputAudioRaw,
                                            FrameType::kUserAudioRaw,
                                            FrameType::kInterimTranscription,
                                            FrameType::kTranscription,
                                            FrameType::kEagerTranscription,
                                            FrameType::kUserBackchannel};

constexpr FrameTypeSet kNeverMuted = {FrameType::kStart, FrameType::kEnd, FrameType::kCancel};

}  // namespace

LLMUserAggregator::LLMUserAggregator(std::shared_ptr<LLMContext> context, LLMUserAggregatorParams params)
    : FrameProcessor("LLMUserAggregator"),
      context_(std::move(context)),
      empty_user_turn_(std::move(params.empty_user_turn)),
      add_tool_change_messages_(params.add_tool_change_messages),
      mute_strategies_(std::move(params.user_mute_strategies)),
      turn_controller_(*this, std::move(params.user_turn_strategies), params.user_turn_stop_timeout),
      idle_controller_(params.user_idle_timeout, [this] { on_user_turn_idle.Emit(loop()); }) {
  assert(context_);
  if (!params.vad_analyzer) return;
  // Into our own lane, so that it takes its turn as a system frame here too.
  vad_controller_ = std::make_unique<VadController>(std::move(params.vad_analyzer), params.audio_idle_timeout,
                                                    [this](FramePtr down, FramePtr up) {
                                                      QueueFrame(std::move(down), Direction::kDownstream);
                                                      Push(std::move(up), Direction::kUpstream);
                                                    });
}

Status LLMUserAggregator::Process(FramePtr frame, Direction direction) {
  if (DropAsMuted(*frame)) return OkStatus();
  const FramePtr seen = frame;
  Status status = Handle(std::move(frame), direction);
  if (vad_controller_) {
    Status heard = vad_controller_->Process(*seen);
    if (status.ok()) status = std::move(heard);
  }
  turn_controller_.Process(*seen);
  idle_controller_.Process(*seen);
  return status;
}

// ---------------------------------------------------------------- mute

// The strategies see the frame first, but their word counts from the next one on.
bool LLMUserAggregator::DropAsMuted(const Frame& frame) {
  if (mute_strategies_.empty() || kNeverMuted.Contains(frame.type())) return false;
  const bool drop = muted_ && kDroppedWhenMuted.Contains(frame.type());
  bool muted = false;
  for (const auto& strategy : mute_strategies_) {
    if (strategy->Process(frame)) muted = true;
  }
  if (muted != muted_) SetMuted(muted);
  return drop;
}

void LLMUserAggregator::SetMuted(bool muted) {
  muted_ = muted;
  if (muted) {
    on_user_mute_started.Emit(loop());
    Broadcast<UserMuteStartedFrame>();
    turn_controller_.OnUserMuted();
  } else {
    on_user_mute_stopped.Emit(loop());
    Broadcast<UserMuteStoppedFrame>();
  }
}

// ---------------------------------------------------------------- frames

Status LLMUserAggregator::Handle(FramePtr frame, Direction direction) {
  switch (frame->type()) {
    case FrameType::kStart:
      // Nothing of ours may reach a processor before it.
      Push(std::move(frame), direction);
      StartControllers();
      return OkStatus();
    case FrameType::kEnd:
      Push(std::move(frame), direction);
      FinishSession();
      return OkStatus();
    case FrameType::kCancel:
      FinishSession();
      Push(std::move(frame), direction);
      return OkStatus();
    case FrameType::kTranscription: OnTranscription(*frame); return OkStatus();
    case FrameType::kInterimTranscription:
    case FrameType::kEagerTranscription:
    case FrameType::kTranslation: return OkStatus();
    case FrameType::kProposedUserStartedSpeaking:
      if (!turn_controller_.resolves_proposed_starts()) Push(std::move(frame), direction);
      return OkStatus();
    case FrameType::kProposedUserStoppedSpeaking:
      if (!turn_controller_.resolves_proposed_stops()) Push(std::move(frame), direction);
      return OkStatus();
    case FrameType::kLLMRun:
    case FrameType::kLLMMessagesAppend:
    case FrameType::kLLMMessagesUpdate:
    case FrameType::kLLMMessagesTransform:
    case FrameType::kLLMSetToolChoice: return HandleContextFrame(*frame);
    case FrameType::kUserBackchannel: {
      const auto& said = static_cast<const UserBackchannelFrame&>(*frame);
      on_user_backchannel.Emit(loop(), said.text, said.timestamp);
      Push(std::move(frame), direction);
      return OkStatus();
    }
    case FrameType::kLLMSetTools: {
      Status status = SetTools(frame->As<LLMSetToolsFrame>()->tools);
      if (status.ok()) Push(std::move(frame), direction);
      return status;
    }
    default: Push(std::move(frame), direction); return OkStatus();
  }
}

Status LLMUserAggregator::HandleContextFrame(const Frame& frame) {
  if (const auto* append = frame.As<LLMMessagesAppendFrame>()) {
    if (Status status = context_->AddMessages(append->messages); !status.ok()) return status;
    if (append->run_llm.value_or(false)) PushContext();
  } else if (const auto* update = frame.As<LLMMessagesUpdateFrame>()) {
    if (Status status = context_->SetMessages(update->messages); !status.ok()) return status;
    if (update->run_llm.value_or(false)) PushContext();
  } else if (const auto* transform = frame.As<LLMMessagesTransformFrame>()) {
    if (Status status = context_->SetMessages(transform->transform(context_->messages())); !status.ok())
      return status;
    if (transform->run_llm.value_or(false)) PushContext();
  } else if (const auto* choice = frame.As<LLMSetToolChoiceFrame>()) {
    context_->SetToolChoice(choice->tool_choice);
  } else {
    PushContext();
  }
  return OkStatus();
}

void LLMUserAggregator::OnTranscription(const Frame& frame) {
  const auto& text = *frame.As<TextFrame>();
  if (!IsBlank(text.text)) parts_.Add(text.text, text.includes_inter_frame_spaces);
}

Status LLMUserAggregator::SetTools(const Json& tools) {
  const Json before = context_->tools();
  if (Status status = context_->SetTools(tools); !status.ok()) return status;
  if (!add_tool_change_messages_) return OkStatus();
  std::string change = DescribeToolChange(before, tools);
  if (!change.empty()) context_->AddMessage("developer", std::move(change));
  return OkStatus();
}

// ---------------------------------------------------------------- session

void LLMUserAggregator::StartControllers() {
  turn_controller_.Start(loop());
  idle_controller_.Start(loop());
  if (vad_controller_) vad_controller_->Start(loop());
}

void LLMUserAggregator::StopControllers() {
  turn_controller_.Stop();
  idle_controller_.Stop();
  if (vad_controller_) vad_controller_->Stop();
}

void LLMUserAggregator::FinishSession() {
  if (paused_output_) OnPauseBot(*paused_output_, false);
  StopControllers();
  if (parts_.empty() && turn_text_.empty()) return;
  if (turn_started_at_.empty()) turn_started_at_ = Now();
  PushAggregation();
  CloseTurn("");
}

// ---------------------------------------------------------------- turns

void LLMUserAggregator::OnUserTurnStarted(const char* strategy, const UserTurnStartedParams& params) {
  turn_started_at_ = Now();
  turn_text_.Clear();
  const bool interrupts = params.enable_interruptions && setup().allow_interruptions;
  turn_interrupted_bot_ = interrupts && !idle_controller_.waiting_for_user();
  if (params.enable_user_speaking_frames) Broadcast<UserStartedSpeakingFrame>();
  idle_controller_.OnUserTurnStarted();
  if (interrupts) Interrupt();
  on_user_turn_started.Emit(loop(), std::string(strategy));
}

// Not BroadcastInterruption, which drops what is queued here: that may be the very words of
// this turn, come in the same breath as the voice.
void LLMUserAggregator::Interrupt() {
  paused_output_ = nullptr;
  ResumeProcessingFrames();
  Broadcast<InterruptionFrame>();
}

void LLMUserAggregator::OnUserTurnInferenceTriggered(const char* strategy) {
  PushAggregation();
  on_user_turn_inference_triggered.Emit(loop(), std::string(strategy));
}

void LLMUserAggregator::OnUserTurnStopped(const char* strategy, const UserTurnStoppedParams& params) {
  // It lets an early answer that stands out, too.
  if (params.enable_user_speaking_frames) Broadcast<UserStoppedSpeakingFrame>();
  if (WriteUserMessage() && !params.confirms_speculation) PushContext();
  const bool empty = turn_text_.empty();
  CloseTurn(strategy);
  if (!empty) recoveries_ = 0;
  idle_controller_.OnUserTurnStopped(empty && !RecoverEmptyTurn());
}

void LLMUserAggregator::CloseTurn(const char* strategy) {
  on_user_turn_stopped.Emit(loop(), std::string(strategy), turn_text_.Join(), turn_started_at_);
  turn_started_at_.clear();
  turn_text_.Clear();
}

void LLMUserAggregator::OnUserTurnStopTimeout() { on_user_turn_stop_timeout.Emit(loop()); }

void LLMUserAggregator::OnResetAggregation() { parts_.Clear(); }

void LLMUserAggregator::OnPauseBot(const FrameProcessor& output, bool pause) {
  paused_output_ = pause ? &output : nullptr;
  if (pause) {
    Push(Make<FrameProcessorPauseUrgentFrame>(output));
  } else {
    Push(Make<FrameProcessorResumeUrgentFrame>(output));
  }
}

void LLMUserAggregator::OnUserBackchannel(const TranscriptionFrame& frame) {
  on_user_backchannel.Emit(loop(), frame.text, frame.timestamp);
  Push(Make<UserBackchannelFrame>(frame.text, frame.user_id, frame.timestamp));
}

void LLMUserAggregator::OnTurnMetrics(const MetricsData& metrics) {
  if (setup().enable_metrics) Push(Make<MetricsFrame>(std::vector<MetricsData>{metrics}));
}

// ---------------------------------------------------------------- early inference

void LLMUserAggregator::OnEagerInference(const char* strategy, const std::string& text) {
  auto provisional = std::make_shared<LLMContext>(*context_);
  provisional->AddMessage("user", text);
  auto frame = Make<LLMContextFrame>(std::move(provisional));
  frame->speculation = true;
  Push(std::move(frame));
  on_user_turn_inference_triggered.Emit(loop(), std::string(strategy));
}

void LLMUserAggregator::OnEagerInferenceCancelled() { Broadcast<EagerEndOfTurnCancelFrame>(); }

// The held answer goes out with UserStoppedSpeaking.
void LLMUserAggregator::OnEagerInferenceConfirmed() { WriteUserMessage(); }

bool LLMUserAggregator::RecoverEmptyTurn() {
  // A tool's result runs the model anyway.
  if (muted_ || idle_controller_.function_calls_running()) return false;
  const std::string& prompt =
      turn_interrupted_bot_ ? empty_user_turn_.interrupted_prompt : empty_user_turn_.idle_prompt;
  if (prompt.empty() || recoveries_ >= empty_user_turn_.max_consecutive_recoveries) return false;
  ++recoveries_;
  context_->AddMessage("developer", prompt);
  PushContext();
  return true;
}

void LLMUserAggregator::PushAggregation() {
  if (!WriteUserMessage()) return;
  PushContext();
}

// False if there was nothing to write.
bool LLMUserAggregator::WriteUserMessage() {
  std::string text = parts_.Join();
  parts_.Clear();
  if (text.empty()) return false;
  turn_text_.Add(text, false);
  context_->AddMessage("user", text);
  std::string time = turn_started_at_.empty() ? Now() : turn_started_at_;
  Broadcast<LLMContextUserTurnFrame>(text, time);
  on_user_turn_message_added.Emit(loop(), std::move(text), std::move(time));
  return true;
}

void LLMUserAggregator::PushContext() { Push(Make<LLMContextFrame>(context_)); }

std::string LLMUserAggregator::Now() const { return FormatIsoMillis(loop().wall_now()); }

}  // namespace repartee
