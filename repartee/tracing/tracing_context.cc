#include "repartee/tracing/tracing_context.h"

#include <utility>

#include "repartee/tracing/service_span.h"

namespace repartee {
namespace {

constexpr int kMaxDepth = 16;

otel::AttributeValue FromJson(const Json& value, int depth) {
  switch (value.type()) {
    case Json::value_t::boolean: return value.get<bool>();
    case Json::value_t::number_integer: return value.get<std::int64_t>();
    case Json::value_t::number_unsigned: {
      // Beyond what an attribute's integer holds it is about this much.
      const auto number = value.get<std::uint64_t>();
      return std::in_range<std::int64_t>(number) ? otel::AttributeValue(number)
                                                 : otel::AttributeValue(static_cast<double>(number));
    }
    case Json::value_t::number_float: return value.get<double>();
    case Json::value_t::string: return value.get_ref<const std::string&>();
    case Json::value_t::array:
    case Json::value_t::object: break;
    default: return {};
  }
  if (depth >= kMaxDepth) return DumpPythonStyle(value, false);
  if (value.is_array()) {
    otel::AttributeValue::Array array;
    for (const Json& item : value) array.push_back(FromJson(item, depth + 1));
    return array;
  }
  otel::AttributeValue::KeyValueList list;
  for (const auto& [key, item] : value.items()) {
    if (!key.empty()) list.push_back({std::string(key), FromJson(item, depth + 1)});
  }
  return list;
}

// A session that the program names is the one that filters know.
std::string SessionId(const TracingContextOptions& options) {
  const auto given = options.additional_span_attributes.find("langfuse.session.id");
  if (given == options.additional_span_attributes.end() || !given->is_string())
    return options.conversation_id;
  return given->get<std::string>();
}

}  // namespace

otel::AttributeValue AttributeFromJson(const Json& value) { return FromJson(value, 0); }

TracingContext::TracingContext(const otel::TracerProvider& provider, const Clock& clock,
                               TracingContextOptions options)
    : clock_(clock),
      options_(std::move(options)),
      session_id_(SessionId(options_)),
      conversation_(options_.conversation_id),
      turn_tracer_(provider.GetTracer("pipecat.turn", clock)),
      service_tracer_(provider.GetTracer("pipecat", clock)) {}

TracingContext::~TracingContext() { EndServiceSpans(); }

otel::Span TracingContext::StartServiceSpan(std::string_view name, std::optional<Nanos> start) {
  const otel::SpanContext& parent = turn_.current().valid() ? turn_.current() : conversation_.current();
  return service_tracer_.StartSpan(name, {.parent = parent, .start = start});
}

void TracingContext::SetContent(otel::Span& span, otel::AttributeKey key, std::string text) const {
  const TracingParams& rules = params();
  if (!rules.captures_content() || text.empty() || !span.recording()) return;
  if (rules.redact) text = rules.redact(key.view(), std::move(text));
  span.SetAttribute(std::move(key), std::move(text));
}

void TracingContext::MarkConversation(otel::Span& span) const {
  if (!extended()) return;
  span.SetAttribute("gen_ai.conversation.id", conversation_.conversation_id());
  span.SetAttribute("langfuse.session.id", session_id_);
}

TracingContext::Answered& TracingContext::answered(std::string_view class_name) {
  const auto found = answered_.find(class_name);
  return found == answered_.end() ? answered_[std::string(class_name)] : found->second;
}

void TracingContext::EndServiceSpans() {
  while (scopes_) scopes_->Detach();
}

}  // namespace repartee
