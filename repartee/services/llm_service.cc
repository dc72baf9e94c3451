#include "repartee/services/llm_service.h"

#include <algorithm>
#include <utility>

#include "repartee/base/log.h"
#include "repartee/conversation/context_summary.h"
#include "repartee/conversation/llm_context.h"
#include "repartee/frames/speaking_frames.h"

namespace repartee {

LLMService::LLMService(const char* class_name, Json settings, LLMServiceOptions options)
    : AIService(class_name, std::move(settings)),
      functions_(*this, options.functions),
      completion_(std::move(options.user_turn_completion)) {}

void LLMService::RegisterFunction(std::string name, FunctionHandler handler, FunctionOptions options) {
  functions_.Register(std::move(name), std::move(handler), options);
}

void LLMService::UnregisterFunction(const std::string& name) { functions_.Unregister(name); }

Json LLMService::OfferedTools(const LLMContext& context) const {
  Json tools = context.tools();
  for (Json& cancel : functions_.CancelTools(context.tools())) tools.push_back(std::move(cancel));
  return tools;
}

void LLMService::RegisterDirectFunction(const DirectFunction& function) {
  RegisterFunction(function.name, function.handler, function.options);
}

Status LLMService::Process(FramePtr frame, Direction direction) {
  if (held_ && held_->over()) ForgetHeldAnswer();
  WatchTurn(*frame);
  switch (frame->type()) {
    case FrameType::kLLMContext: return TakeContext(*frame->As<LLMContextFrame>());
    case FrameType::kLLMContextSummaryRequest: return Wait(Summarize(std::move(frame)));
    case FrameType::kLLMUpdateSettings:
      return TakeUpdate<LLMUpdateSettingsFrame>(std::move(frame), direction);
    case FrameType::kLLMConfigureOutput: skip_tts_ = frame->As<LLMConfigureOutputFrame>()->skip_tts; break;
    case FrameType::kInterruption:
      DropHeldAnswer();
      functions_.Interrupt();
      break;
    case FrameType::kCancel: TraceLateContext(); break;
    default: break;
  }
  return AIService::Process(std::move(frame), direction);
}

// Pipecat's trace shows the request that the user's last words make at a cancel: begun, and cut at once.
void LLMService::TraceLateContext() {
  TracingContext* const tracing = setup().tracing_context;
  std::shared_ptr<LLMContext> late = tracing ? tracing->TakeLateContext() : nullptr;
  if (!late || !usable()) return;
  Task<Status> cut = RunInference(std::move(late));
  cut.Start(nullptr);
}

Status LLMService::TakeContext(const LLMContextFrame& frame) {
  if (incomplete_timer_) incomplete_timer_->Disarm();
  if (!usable()) {
    LogDebug("{}: a context is dropped: the service is of no use since its last error", name());
    return OkStatus();
  }
  if (!frame.speculation) return Wait(RunInference(frame.context));
  if (std::exchange(drop_next_early_, false)) return OkStatus();
  DropHeldAnswer();
  // What comes behind an early answer stays behind it.
  PauseProcessingFrames();
  held_ = std::make_unique<HeldAnswer>(
      loop(), [this](FramePtr held) { Push(std::move(held)); }, [this] { ResumeProcessingFrames(); },
      RunInference(frame.context));
  // The turn was over before its early answer was begun.
  if (!user_turn_) held_->Confirm();
  held_->Begin();
  return OkStatus();
}

void LLMService::OnCleanup() {
  ForgetHeldAnswer();
  incomplete_timer_.reset();
  functions_.Clear();
}

void LLMService::BroadcastMetadata() { Broadcast<LLMServiceMetadataFrame>(name()); }

// ---------------------------------------------------------------- one answer

Task<Status> LLMService::RunInference(std::shared_ptr<LLMContext> context) {
  {
    BeginInference();
    inference_.context = context;
    const Finally end([this] { EndInference(); });
    auto given = WithInstructions(std::move(context));
    Status status = co_await ProcessContext(std::move(given));
    inference_.completed = true;
    if (!status.ok()) Fail(status.message(), CategoryOfStatus(status.code()));
  }
  // Behind the end frame, so that nobody takes the answer for one still under way.
  if (auto failure = std::exchange(inference_.failure, std::nullopt)) {
    // One request that cannot be answered says nothing of the next.
    if (failure->category == ErrorCategory::kInvalidRequest) {
      PushError(std::move(failure->text), failure->category);
    } else {
      ReportError(std::move(failure->text), failure->category);
    }
  }
  co_return OkStatus();
}

template <class F>
void LLMService::PushStamped(Ref<F> frame) {
  frame->skip_tts = skip_tts_;
  Emit(std::move(frame));
}

void LLMService::Emit(FramePtr frame) {
  if (held_) return held_->Add(std::move(frame));
  Push(std::move(frame));
}

void LLMService::BeginInference() {
  inference_ = {};
  if (!summary_) PushStamped(Make<LLMFullResponseStartFrame>());
  StartProcessing();
}

// Also when the answer is cut: the coroutine is being destroyed then.
void LLMService::EndInference() {
  CancelTtfb();
  if (inference_.usage) PushLlmUsage(*inference_.usage);
  const std::optional<double> processing = StopProcessing();
  EndTrace(processing);
  inference_.context = nullptr;
  if (summary_) return;
  FinishMarkers();
  PushStamped(Make<LLMFullResponseEndFrame>());
}

// A span that is only destroyed was interrupted.
void LLMService::EndTrace(std::optional<double> processing) {
  if (!trace_) return;
  if (inference_.usage) trace_->Usage(*inference_.usage);
  if (processing) trace_->Processing(*processing);
  if (inference_.failure) {
    trace_->Fail(ErrorCategoryName(inference_.failure->category), inference_.failure->text);
  } else if (inference_.completed) {
    trace_->End();
  }
  trace_.reset();
}

void LLMService::RequestStarted(const Json& messages, const Json& tools) {
  StartTtfb();
  if (!setup().tracing_context) return;
  const auto instruction = settings().find("system_instruction");
  const bool given = instruction != settings().end() && instruction->is_string();
  const std::string text = given ? instruction->get<std::string>() : std::string();
  trace_.emplace(setup().tracing_context, TracedService{class_name(), model_name(), settings()},
                 TracedRequest{messages, tools, text});
  if (held_ && !held_->confirmed()) trace_->Early();
}

void LLMService::NoteResponseModel(std::string model) {
  response_model_ = std::move(model);
  if (trace_) trace_->ResponseModel(response_model_);
}

void LLMService::FirstChunk() {
  if (std::exchange(inference_.first_chunk, true)) return;
  const std::optional<double> seconds = StopTtfb();
  if (trace_) trace_->FirstChunk(seconds);
}

void LLMService::NoteAnswerBegan() {
  if (const auto seconds = StopTtfat(); seconds && trace_) trace_->Ttfat(*seconds);
}

void LLMService::PushText(std::string text) {
  if (text.empty()) return;
  NoteAnswerBegan();
  if (trace_) trace_->Text(text);
  if (summary_) {
    *summary_ += text;
  } else if (completion_) {
    const bool decided = inference_.markers.decided();
    std::string spoken = inference_.markers.Add(text);
    if (!decided && inference_.markers.decided()) TakeMarker();
    SpeakText(std::move(spoken));
  } else {
    SpeakText(std::move(text));
  }
}

void LLMService::SpeakText(std::string text) {
  if (!text.empty()) PushStamped(Make<LLMTextFrame>(std::move(text)));
}

void LLMService::RunFunctionCalls(std::vector<FunctionCallRequest> calls) {
  // A summary has no use for them; and handlers are to see the context itself, not what was sent.
  if (summary_) return;
  if (inference_.context) {
    for (FunctionCallRequest& request : calls) request.call.context = inference_.context;
  }
  if (!held_) return functions_.Run(std::move(calls));
  held_->AddWork([this, calls = std::move(calls)] { functions_.Run(calls); });
}

// ---------------------------------------------------------------- turn completion

// A copy: the instructions are for this service alone.
std::shared_ptr<LLMContext> LLMService::WithInstructions(std::shared_ptr<LLMContext> context) const {
  if (!completion_ || !context || summary_) return context;
  auto own = std::make_shared<LLMContext>(*context);
  Json messages = own->messages();
  const bool has_system = !messages.empty() && messages[0].value("role", "") == "system";
  messages.insert(messages.begin() + (has_system ? 1 : 0),
                  Json{{"role", "system"}, {"content", TurnCompletionInstructions(*completion_)}});
  if (!own->SetMessages(std::move(messages)).ok()) return context;
  return own;
}

void LLMService::TakeMarker() {
  const TurnMarkerReader& markers = inference_.markers;
  if (markers.marker()) {
    auto frame = Make<LLMMarkerFrame>(std::string(TurnMarkerSign(*markers.marker())));
    frame->append_to_context_immediately = !markers.complete();
    Emit(std::move(frame));
  }
  if (markers.complete()) return Broadcast<UserTurnInferenceCompletedFrame>();
  const TurnMarker marker = *markers.marker();
  incomplete_timer_.emplace(loop(), [this, marker] {
    Json prompt = {{"role", "developer"}, {"content", IncompleteTurnPrompt(*completion_, marker)}};
    auto append = Make<LLMMessagesAppendFrame>(Json::array({std::move(prompt)}));
    append->run_llm = true;
    Push(std::move(append), Direction::kUpstream);
  });
  incomplete_timer_->Arm(marker == TurnMarker::kIncompleteShort ? completion_->incomplete_short_timeout
                                                                : completion_->incomplete_long_timeout);
}

void LLMService::FinishMarkers() {
  if (!completion_) return;
  TurnMarkerReader& markers = inference_.markers;
  if (!markers.decided()) {
    std::string rest = markers.Finish();
    if (inference_.completed && !markers.raw().empty()) TakeMarker();
    SpeakText(std::move(rest));
  }
  if (markers.raw().empty()) return;
  auto whole = Make<LLMMarkerResponseFrame>(markers.raw());
  if (markers.marker()) {
    whole->marker = TurnMarkerSign(*markers.marker());
    whole->kind = TurnMarkerName(*markers.marker());
    whole->markers = {whole->marker};
  }
  Emit(std::move(whole));
}

// ---------------------------------------------------------------- early answers

void LLMService::WatchTurn(const Frame& frame) {
  switch (frame.type()) {
    case FrameType::kUserStartedSpeaking:
      user_turn_ = true;
      if (incomplete_timer_) incomplete_timer_->Disarm();
      break;
    case FrameType::kVADUserStartedSpeaking:
      if (incomplete_timer_) incomplete_timer_->Disarm();
      break;
    case FrameType::kUserStoppedSpeaking:
      user_turn_ = false;
      if (held_) held_->Confirm();
      break;
    case FrameType::kEagerEndOfTurnCancel:
      drop_next_early_ = !held_ && HasQueued({FrameType::kLLMContext});
      if (held_ && !held_->confirmed()) DropHeldAnswer();
      break;
    default: break;
  }
}

void LLMService::DropHeldAnswer() {
  if (!held_) return;
  ForgetHeldAnswer();
  ResumeProcessingFrames();
}

// The clean-up of one that nobody waits for ends in frames that nobody is to see; of one that was
// confirmed it ends in the frames that close it.
void LLMService::ForgetHeldAnswer() {
  if (held_) held_->Destroy();
  held_.reset();
}

// ---------------------------------------------------------------- summaries

Task<Status> LLMService::Summarize(FramePtr request) {
  const auto& asked = static_cast<const LLMContextSummaryRequestFrame&>(*request);
  const Json messages = asked.context->messages();
  const auto keep = static_cast<std::size_t>(std::max(0, asked.min_messages_to_keep));
  const SummaryRange range = FindSummaryRange(messages, keep);
  Status status = Status::FailedPrecondition("there is nothing to summarize");
  std::string text;
  if (!range.empty() && usable()) {
    auto question = std::make_shared<LLMContext>();
    question->AddMessage("system", asked.summarization_prompt);
    question->AddMessage("user", TranscriptOf(messages, range));
    summary_.emplace();
    const Finally end([this] { summary_.reset(); });
    inference_ = {};
    status = co_await ProcessContext(std::move(question));
    CancelTtfb();
    EndTrace(std::nullopt);
    if (auto failure = std::exchange(inference_.failure, std::nullopt))
      status = Status::Internal("{}", failure->text);
    text = *summary_;
  }
  const int last = static_cast<int>(range.last) - 1;
  const auto make = [&] {
    auto result = Make<LLMContextSummaryResultFrame>(asked.request_id, text, status.ok() ? last : -1);
    if (!status.ok()) result->error = status.message();
    return result;
  };
  BroadcastPair(make(), make());
  co_return OkStatus();
}

void LLMService::Fail(std::string text, ErrorCategory category) {
  inference_.failure = Failure{std::move(text), category};
}

}  // namespace repartee
