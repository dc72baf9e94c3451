#include "repartee/services/llm_service.h"

#include <utility>

#include "repartee/base/log.h"

namespace repartee {

LLMService::LLMService(const char* class_name, Json settings, LLMServiceOptions options)
    : AIService(class_name, std::move(settings)), functions_(*this, options.functions) {}

void LLMService::RegisterFunction(std::string name, FunctionHandler handler, FunctionOptions options) {
  functions_.Register(std::move(name), std::move(handler), options);
}

void LLMService::UnregisterFunction(const std::string& name) { functions_.Unregister(name); }

Status LLMService::Process(FramePtr frame, Direction direction) {
  switch (frame->type()) {
    case FrameType::kLLMContext:
      if (usable()) return Wait(RunInference(frame->As<LLMContextFrame>()->context));
      LogDebug("{}: a context is dropped: the service is of no use since its last error", name());
      return OkStatus();
    case FrameType::kLLMUpdateSettings:
      return TakeUpdate<LLMUpdateSettingsFrame>(std::move(frame), direction);
    case FrameType::kLLMConfigureOutput: skip_tts_ = frame->As<LLMConfigureOutputFrame>()->skip_tts; break;
    case FrameType::kInterruption: functions_.Interrupt(); break;
    default: break;
  }
  return AIService::Process(std::move(frame), direction);
}

void LLMService::OnCleanup() { functions_.Clear(); }

void LLMService::BroadcastMetadata() { Broadcast<LLMServiceMetadataFrame>(name()); }

// ---------------------------------------------------------------- one answer

Task<Status> LLMService::RunInference(std::shared_ptr<LLMContext> context) {
  {
    BeginInference();
    const Finally end([this] { EndInference(); });
    Status status = co_await ProcessContext(std::move(context));
    inference_.completed = true;
    if (!status.ok()) Fail(status.message(), CategoryOfStatus(status.code()));
  }
  // Behind the end frame, so that nobody takes the answer for one still under way.
  if (auto failure = std::exchange(inference_.failure, std::nullopt)) {
    ReportError(std::move(failure->text), failure->category);
  }
  co_return OkStatus();
}

template <class F>
void LLMService::PushStamped(Ref<F> frame) {
  frame->skip_tts = skip_tts_;
  Push(std::move(frame));
}

void LLMService::BeginInference() {
  inference_ = {};
  PushStamped(Make<LLMFullResponseStartFrame>());
  StartProcessing();
}

// Also when the answer is cut: the coroutine is being destroyed then.
void LLMService::EndInference() {
  CancelTtfb();
  if (inference_.usage) PushLlmUsage(*inference_.usage);
  const std::optional<double> processing = StopProcessing();
  EndTrace(processing);
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
}

void LLMService::NoteResponseModel(std::string model) {
  response_model_ = std::move(model);
  if (trace_) trace_->ResponseModel(response_model_);
}

void LLMService::FirstChunk() {
  if (std::exchange(inference_.first_chunk, true)) return;
  if (const auto seconds = StopTtfb(); seconds && trace_) trace_->Ttfb(*seconds);
}

void LLMService::PushText(std::string text) {
  if (text.empty()) return;
  StopTtfat();
  if (trace_) trace_->Text(text);
  PushStamped(Make<LLMTextFrame>(std::move(text)));
}

void LLMService::Fail(std::string text, ErrorCategory category) {
  inference_.failure = Failure{std::move(text), category};
}

}  // namespace repartee
