#include "repartee/services/openai/service.h"

#include <cstdlib>

#include "repartee/base/log.h"
#include "repartee/conversation/llm_context.h"

namespace repartee {
namespace {

std::string Environment(const char* name, std::string fallback) {
  const char* const value = std::getenv(name);
  return value && *value ? value : std::move(fallback);
}

Json WithModel(Json settings) {
  if (settings.is_object() && !settings.contains("model")) settings["model"] = "gpt-4.1";
  return settings;
}

}  // namespace

OpenAILLMOptions OpenAILLMOptions::FromEnvironment() {
  OpenAILLMOptions options;
  options.chat.api_key = Environment("OPENAI_API_KEY", {});
  options.chat.base_url = Environment("OPENAI_BASE_URL", options.chat.base_url);
  return options;
}

OpenAILLMService::OpenAILLMService(OpenAILLMOptions options)
    : LLMService("OpenAILLMService", WithModel(options.settings), options.service),
      options_(std::move(options)) {}

Status OpenAILLMService::OnSetup() {
  http_.emplace(loop());
  return LLMService::OnSetup();
}

void OpenAILLMService::OnCleanup() {
  finishing_.reset();
  http_.reset();
  LLMService::OnCleanup();
}

Status OpenAILLMService::Start() {
  if (Status status = openai::CheckSettings(settings()); !status.ok())
    return std::move(status).Annotate("openai");
  if (model_name().empty()) return Status::InvalidArgument("openai: the settings name no model");
  if (const auto url = ParseUrl(openai::CompletionsUrl(options_.chat, model_name())); !url.ok()) {
    return Status(url.status()).Annotate("openai: base URL {}", options_.chat.base_url);
  }
  const bool needs_key = options_.chat.base_url == openai::ChatOptions().base_url;
  if (needs_key && options_.chat.api_key.empty()) {
    return Status::Unauthenticated("openai: there is no API key; set OPENAI_API_KEY");
  }
  return LLMService::Start();
}

Task<Status> OpenAILLMService::ProcessContext(std::shared_ptr<LLMContext> context) {
  if (!context) co_return Status::Internal("openai: a context frame without a context");
  const Json messages = context->MessagesFor("openai");
  WarnOfTwoInstructions(messages);
  const Json tools = openai::RequestTools(OfferedTools(*context));
  std::string body =
      openai::RequestBody(settings(), messages, tools, context->tool_choice(), options_.dialect);
  RequestStarted(messages, tools);
  finishing_.reset();
  auto stream = std::make_unique<openai::ChatStream>(
      loop(), *http_, options_.chat, openai::CompletionsUrl(options_.chat, model_name()), std::move(body));
  openai::ToolCallAssembler calls;
  while (true) {
    openai::ChatStream::Event event = co_await stream->Next();
    if (auto* error = std::get_if<openai::ChatError>(&event)) {
      if (error->timed_out) on_completion_timeout.Emit(loop());
      Fail(std::move(error->text), error->category);
      co_return OkStatus();
    }
    auto* const chunk = std::get_if<openai::Chunk>(&event);
    if (!chunk) break;
    Take(std::move(*chunk), calls);
  }
  if (stream->unmarked_end()) NoteUnmarkedEnd();
  finishing_ = std::move(stream);
  RunCalls(std::move(calls), context);
  co_return OkStatus();
}

void OpenAILLMService::Take(openai::Chunk chunk, openai::ToolCallAssembler& calls) {
  if (!chunk.model.empty()) NoteResponseModel(std::move(chunk.model));
  if (chunk.usage) NoteUsage(*chunk.usage);
  if (!chunk.has_choice) return;
  FirstChunk();
  PushText(std::move(chunk.text));
  for (const openai::ToolCallPiece& piece : chunk.tool_calls) {
    FunctionCallBegan();
    calls.Add(piece);
  }
}

void OpenAILLMService::RunCalls(openai::ToolCallAssembler calls, const std::shared_ptr<LLMContext>& context) {
  std::vector<FunctionCallRequest> requests;
  for (openai::ToolCall& call : std::move(calls).Finish()) {
    FunctionCallFromLLM asked{std::move(call.name), std::move(call.id), std::move(call.arguments), context};
    requests.push_back({std::move(asked), std::move(call.problem)});
  }
  if (!requests.empty()) RunFunctionCalls(std::move(requests));
}

void OpenAILLMService::WarnOfTwoInstructions(const Json& messages) {
  if (warned_ || !settings().contains("system_instruction") || messages.empty()) return;
  const auto role = messages[0].find("role");
  if (role == messages[0].end() || *role != "system") return;
  warned_ = true;
  LogWarning("{}: both the settings and the context have a system instruction; both are sent", name());
}

}  // namespace repartee
