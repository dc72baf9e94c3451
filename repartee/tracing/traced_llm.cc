#include "repartee/tracing/traced_llm.h"

#include <algorithm>
#include <array>

namespace repartee {
namespace {

// Shown as gen_ai.request.*; any other setting as param.*.
constexpr std::array<std::string_view, 8> kRequestParameters{
    "temperature", "max_tokens",        "max_completion_tokens", "top_p",
    "top_k",       "frequency_penalty", "presence_penalty",      "seed"};
// Fields that every language service of Pipecat has, so that its readers find them.
constexpr std::string_view kOtherParameter = "param.";
constexpr std::array<std::string_view, 2> kOffByDefault{"param.filter_incomplete_user_turns",
                                                        "param.use_provider_thinking_default"};

bool IsRequestParameter(std::string_view name) {
  return std::find(kRequestParameters.begin(), kRequestParameters.end(), name) != kRequestParameters.end();
}

bool HasRole(const Json& message, std::string_view role) {
  if (!message.is_object()) return false;
  const auto found = message.find("role");
  return found != message.end() && *found == role;
}

bool IsInstruction(const Json& message, std::string_view instruction) {
  if (!HasRole(message, "system") && !HasRole(message, "developer")) return false;
  const auto content = message.find("content");
  return content != message.end() && *content == instruction;
}

// The part of the messages that `input` shows: without the service's own instruction, which has an attribute
// of its own; where only what is new is captured, from the last user message on.
std::size_t FirstShown(const TracedRequest& request, CaptureContent capture) {
  const Json& messages = request.messages;
  if (capture == CaptureContent::kAll) return IsInstruction(messages[0], request.system_instruction) ? 1 : 0;
  std::size_t from = messages.size() - 1;
  while (from > 0 && !HasRole(messages[from], "user")) --from;
  return from;
}

bool HasNull(const Json& message) {
  return message.is_object() &&
         std::any_of(message.begin(), message.end(), [](const Json& v) { return v.is_null(); });
}

Json WithoutNulls(const Json& message) {
  Json copy = Json::object();
  for (const auto& [key, value] : message.items()) {
    if (!value.is_null()) copy[key] = value;
  }
  return copy;
}

// As Python writes the array. An assistant's empty content beside tool calls is left out.
std::string DumpMessages(const Json& messages, std::size_t from) {
  std::string text = "[";
  for (std::size_t i = from; i < messages.size(); ++i) {
    if (i > from) text += ", ";
    const bool has_null = HasNull(messages[i]);
    text += has_null ? DumpPythonStyle(WithoutNulls(messages[i]), true) : DumpPythonStyle(messages[i], true);
  }
  return text + "]";
}

std::string SystemInstruction(const TracedRequest& request) {
  if (!request.system_instruction.empty()) return std::string(request.system_instruction);
  if (!request.messages.is_array() || request.messages.empty() || !HasRole(request.messages[0], "system"))
    return {};
  const auto content = request.messages[0].find("content");
  if (content == request.messages[0].end() || !content->is_string()) return {};
  return content->get<std::string>();
}

}  // namespace

TracedLlm::TracedLlm(TracingContext* owner, const TracedService& service, const TracedRequest& request)
    : ServiceSpan(owner) {
  if (!owner) return;
  class_name_ = service.class_name;
  opened_at_ = owner->wall_now();
  // Pipecat shows the model that an earlier answer named, if there was one.
  const std::string& answered = owner->answered(class_name_).model;
  Open(Kind::kLlm, service, extended() || answered.empty() ? service.model : answered);
  if (!open()) return;
  Set("stream", true);
  SetRequest(request);
  SetParameters(service.settings);
}

void TracedLlm::SetRequest(const TracedRequest& request) {
  if (request.messages.is_array() && !request.messages.empty()) {
    const std::size_t from = FirstShown(request, context()->params().capture_content);
    std::string input = DumpMessages(request.messages, std::min(from, request.messages.size()));
    input_characters_ = input.size();
    if (extended()) SetContent("input.value", input);
    SetContent("input", std::move(input));
  }
  if (request.tools.is_array() && !request.tools.empty() && context()->params().captures_content()) {
    Set("tools", DumpPythonStyle(request.tools, true));
    Set("tool_count", request.tools.size());
  }
  SetContent("gen_ai.system_instructions", SystemInstruction(request));
}

void TracedLlm::SetParameters(const Json& settings) {
  for (const auto& [name, value] : settings.items()) {
    if (!value.is_primitive() || value.is_null() || name == "system_instruction") continue;
    Set({IsRequestParameter(name) ? "gen_ai.request." : kOtherParameter, name}, AttributeFromJson(value));
  }
  for (const std::string_view key : kOffByDefault) {
    if (!settings.contains(key.substr(kOtherParameter.size()))) Set(otel::AttributeKey::Borrow(key), false);
  }
  if (extended()) return;
  if (!settings.contains("top_k")) Set("gen_ai.request.top_k", "NOT_GIVEN");
  if (!settings.contains("user_turn_completion_config"))
    Set("param.user_turn_completion_config", "NOT_GIVEN");
}

void TracedLlm::FirstChunk(std::optional<double> seconds) {
  if (!open()) return;
  AddEvent("llm.first_token");
  // Where only the first is reported, later spans still tell their own.
  if (!seconds && extended() && context()->metrics_enabled())
    seconds = ToSeconds(context()->wall_now() - opened_at_);
  if (seconds) Ttfb(*seconds);
}

void TracedLlm::Ttfb(double seconds) {
  if (!context()) return;
  has_ttfb_ = true;
  ttfb_ = seconds;
  context()->answered(class_name_).ttfb = seconds;
  ServiceSpan::Ttfb(seconds);
  if (extended()) Set("gen_ai.response.time_to_first_chunk", seconds);
}

void TracedLlm::Ttfat(double seconds) {
  if (!extended()) return;
  Set("metrics.ttfat", seconds);
  Set("metrics.thinking_time", std::max(seconds - ttfb_, 0.0));
}

void TracedLlm::Usage(const LLMTokenUsage& usage) {
  if (!open()) return;
  has_usage_ = true;
  const auto set = [this](otel::AttributeKey key, const std::optional<std::int64_t>& tokens) {
    if (tokens) Set(std::move(key), *tokens);
  };
  Set("gen_ai.usage.input_tokens", usage.prompt_tokens);
  Set("gen_ai.usage.output_tokens", usage.completion_tokens);
  set("gen_ai.usage.cache_read.input_tokens", usage.cache_read_input_tokens);
  set("gen_ai.usage.cache_creation.input_tokens", usage.cache_creation_input_tokens);
  set("gen_ai.usage.reasoning.output_tokens", usage.reasoning_tokens);
  set("gen_ai.usage.audio.input_tokens", usage.input_audio_tokens);
  set("gen_ai.usage.audio.output_tokens", usage.output_audio_tokens);
  set("gen_ai.usage.audio.cache_read.input_tokens", usage.cache_read_input_audio_tokens);
}

void TracedLlm::ResponseModel(const std::string& model) {
  if (!context() || model.empty() || model == response_model_) return;
  response_model_ = model;
  context()->answered(class_name_).model = model;
  if (extended()) Set("gen_ai.response.model", model);
}

void TracedLlm::SetOutput() {
  SetContent("output", output_);
  if (extended()) SetContent("output.value", output_);
  if (extended() || has_ttfb_ || !context()->metrics_enabled()) return;
  // Pipecat's: the first value again where only the first is measured, else the time so far.
  const std::optional<double>& first = context()->answered(class_name_).ttfb;
  const bool repeat = first && context()->report_only_initial_ttfb();
  ServiceSpan::Ttfb(repeat ? *first : ToSeconds(context()->wall_now() - opened_at_));
}

void TracedLlm::End() {
  if (!open()) return;
  SetOutput();
  EndAt();
}

void TracedLlm::Fail(std::string_view type, std::string_view message) {
  if (!open()) return;
  SetOutput();
  SetError(type, message);
  EndAt();
  if (extended() && output_.empty()) context()->AnswerFailed();
}

void TracedLlm::Abandon() {
  SetOutput();
  if (extended()) {
    Set("llm.interrupted", true);
    EstimateUsage();
  }
  EndAt();
}

// The vendor's figures come with the last chunk, but what was cut was paid for too.
void TracedLlm::EstimateUsage() {
  if (has_usage_) return;
  constexpr std::size_t kCharactersPerToken = 4;  // of English, about
  const auto tokens = [](std::size_t characters) {
    return (characters + kCharactersPerToken - 1) / kCharactersPerToken;
  };
  Set("gen_ai.usage.input_tokens", tokens(input_characters_));
  Set("gen_ai.usage.output_tokens", tokens(CodePoints(output_)));
  Set("llm.usage_estimated", true);
}

}  // namespace repartee
