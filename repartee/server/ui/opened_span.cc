#include "repartee/server/ui/opened_span.h"

#include "repartee/server/ingest/mapping/values.h"

namespace repartee::server {

const otel::AnyValueView* FindAttribute(std::span<const otel::KeyValueView> attributes,
                                        std::string_view key) {
  for (auto attribute = attributes.rbegin(); attribute != attributes.rend(); ++attribute) {
    if (attribute->key == key) return &attribute->value;
  }
  return nullptr;
}

std::string AttributeText(std::span<const otel::KeyValueView> attributes, std::string_view key) {
  const otel::AnyValueView* value = FindAttribute(attributes, key);
  if (value == nullptr || value->kind == otel::AnyValueView::Kind::kEmpty) return {};
  return ToText(*value);
}

bool IsAttributeTrue(std::span<const otel::KeyValueView> attributes, std::string_view key) {
  const otel::AnyValueView* value = FindAttribute(attributes, key);
  return value != nullptr && value->kind == otel::AnyValueView::Kind::kBool && value->boolean;
}

std::optional<double> AttributeSeconds(std::span<const otel::KeyValueView> attributes, std::string_view key) {
  const otel::AnyValueView* value = FindAttribute(attributes, key);
  const std::optional<double> seconds = value != nullptr ? ToNumber(*value) : std::nullopt;
  if (!seconds || !(*seconds >= 0) || *seconds > 1e6) return std::nullopt;
  return seconds;
}

Result<std::vector<SpanRow>> ReadSpans(StoreReader& reader, const TracePlace& trace) {
  Result<std::vector<SpanRow>> spans = reader.Spans(trace);
  if (spans.ok())
    std::erase_if(*spans, [](const SpanRow& span) { return (span.facts.flags & kFlagTraceEntry) != 0; });
  return spans;
}

Result<OpenedSpan> SpanOpener::Open(const SpanRow& row) {
  Result<SpanBody> body = reader_.Body(trace_, row);
  if (!body.ok()) return std::move(body).status();
  body_ = *std::move(body);
  Result<otel::ResourceView> resource = parser_.ParseResource(body_.resource);
  Result<otel::ScopeView> scope = parser_.ParseScope(body_.scope);
  Result<otel::SpanView> span = parser_.ParseSpan(body_.span);
  if (!resource.ok() || !scope.ok() || !span.ok())
    return Status::Internal("span {} cannot be read", SpanIdHex(row.id));
  return OpenedSpan{*resource, *scope, *span};
}

}  // namespace repartee::server
