#include "repartee/tracing/service_span.h"

#include <algorithm>
#include <array>
#include <utility>

#include "repartee/otel/environment.h"

namespace repartee {
namespace {

constexpr std::size_t kMaxText = 1'000'000;

struct KindWords {
  const char* name;       // of the span, and `service.type`
  const char* operation;  // gen_ai.operation.name
  const char* suffix;     // of class names
};
constexpr std::array<KindWords, 3> kKinds{
    {{"stt", "stt", "STTService"}, {"llm", "chat", "LLMService"}, {"tts", "tts", "TTSService"}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kProviders{{
    {"AWSBedrockLLMService", "aws.bedrock"},
    {"AzureLLMService", "azure.ai.openai"},
    {"GoogleLLMService", "gcp.gemini"},
    {"GoogleVertexLLMService", "gcp.vertex_ai"},
    {"GrokLLMService", "x_ai"},
    {"MistralLLMService", "mistral_ai"},
}};

std::string ProviderName(std::string_view class_name, std::string_view suffix) {
  for (const auto& [name, provider] : kProviders) {
    if (name == class_name) return std::string(provider);
  }
  if (class_name.ends_with(suffix)) class_name.remove_suffix(suffix.size());
  return otel::ToLower(class_name);
}

}  // namespace

ServiceSpan::ServiceSpan(TracingContext* context) : context_(context) {
  if (!context_) return;
  next_ = std::exchange(context_->scopes_, this);
  if (next_) next_->previous_ = this;
}

ServiceSpan::~ServiceSpan() { Unlink(); }

void ServiceSpan::Unlink() {
  if (!context_) return;
  (previous_ ? previous_->next_ : context_->scopes_) = next_;
  if (next_) next_->previous_ = previous_;
  previous_ = next_ = nullptr;
  context_ = nullptr;
}

void ServiceSpan::Detach() {
  if (open()) Abandon();
  Unlink();
}

void ServiceSpan::Open(Kind kind, const TracedService& service, std::string_view model,
                       std::optional<Nanos> start) {
  if (!context_) return;
  const KindWords& words = kKinds[static_cast<std::size_t>(kind)];
  processing_ = 0;
  span_ = context_->params().wire_names()
              ? context_->StartServiceSpan(words.name, start)
              : context_->StartServiceSpan(std::string(words.name) + '_' + otel::ToLower(service.class_name),
                                           start);
  if (!open()) return;
  Set("gen_ai.provider.name", ProviderName(service.class_name, words.suffix));
  Set("gen_ai.request.model", model.empty() ? "unknown" : model);
  Set("gen_ai.operation.name", words.operation);
  if (kind != Kind::kStt) Set("gen_ai.output.type", kind == Kind::kLlm ? "text" : "speech");
  if (!context_->extended()) return;
  Set("openinference.span.kind", kind == Kind::kLlm ? "LLM" : "CHAIN");
  Set("service.type", words.name);
  Set("service.class", service.class_name);
  context_->MarkConversation(span_);
}

void ServiceSpan::Ttfb(double seconds) {
  Set("metrics.ttfb", seconds);
  if (extended()) Set("metrics.ttfb_ms", seconds * 1e3);
}

void ServiceSpan::Processing(double seconds) {
  if (!open() || !extended()) return;
  processing_ += seconds;
  Set("metrics.processing", processing_);
  Set("metrics.processing_ms", processing_ * 1e3);
}

void ServiceSpan::SetSettings(const Json& settings) {
  if (!open()) return;
  for (const auto& [name, value] : settings.items()) {
    if (value.is_primitive() && !value.is_null()) Set({"settings.", name}, AttributeFromJson(value));
    if (name == "extra" && value.is_object()) SetSettings(value);
  }
}

void ServiceSpan::SetError(std::string_view type, std::string_view message) {
  if (!open()) return;
  std::string description = std::string(type) + ": " + std::string(message);
  span_.RecordException({.type = std::string(type), .message = std::string(message)});
  span_.SetStatus(otel::SpanStatus::kError, std::move(description));
  if (extended()) Set("error.type", type);
}

void AppendBounded(std::string& whole, std::string_view text) {
  if (whole.size() + text.size() <= kMaxText) whole += text;
}

std::size_t CodePoints(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace repartee
