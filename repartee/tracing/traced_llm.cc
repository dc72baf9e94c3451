#include "repartee/tracing/traced_llm.h"

#include <algorithm>
#include <array>
#include <utility>

#include "repartee/tracing/message_text.h"

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

// The part of the messages that `input` shows: all of them, or where only what is new is captured, from the
// last user message on.
std::size_t FirstShown(const Json& messages, CaptureContent capture) {
  if (capture == CaptureContent::kAll) return 0;
  std::size_t from = messages.size() - 1;
  while (from > 0 && !HasRole(messages[from], "user")) --from;
  return from;
}

}  // namespace

TracedLlm::TracedLlm(TracingContext* owner, const TracedService& service, const TracedRequest& request)
    : ServiceSpan(owner) {
  if (!owner || owner->words_lost()) return;
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
    std::string input =
        MessagesText(request.messages, FirstShown(request.messages, context()->params().capture_content));
    input_characters_ = input.size();
    if (extended()) SetContent("input.value", input);
    SetContent("input", std::move(input));
  }
  if (request.tools.is_array() && !request.tools.empty() && context()->params().captures_content()) {
    Set("tools", DumpPythonStyle(request.tools, true));
    Set("tool_count", request.tools.size());
  }
  SetContent("gen_ai.system_instructions", request.system_instruction.empty()
                                               ? SystemMessageText(request.messages)
                                               : std::string(request.system_instruction));
}

void TracedLlm::SetParameters(const Json& settings) {
  for (const auto& [name, value] : settings.items()) SetParameter(name, value);
  const auto extra = settings.find("extra");
  if (extra != settings.end() && extra->is_object()) {
    for (const auto& [name, value] : extra->items()) SetParameter(name, value);
  }
  for (const std::string_view key : kOffByDefault) {
    if (!settings.contains(key.substr(kOtherParameter.size()))) Set(otel::AttributeKey::Borrow(key), false);
  }
  if (extended()) return;
  if (!settings.contains("top_k")) Set("gen_ai.request.top_k", "NOT_GIVEN");
  if (!settings.contains("user_turn_completion_config"))
    Set("param.user_turn_completion_config", "NOT_GIVEN");
}

void TracedLlm::SetParameter(const std::string& name, const Json& value) {
  if (!value.is_primitive() || name == "system_instruction") return;
  if (value.is_null() && extended()) return;
  // To Pipecat what is given as nothing is this text.
  Set({IsRequestParameter(name) ? "gen_ai.request." : kOtherParameter, name},
      value.is_null() ? otel::AttributeValue("NOT_GIVEN") : AttributeFromJson(value));
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
