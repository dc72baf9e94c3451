#include "repartee/server/store/span_record.h"

#include <functional>

#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

// Cut before a character that does not fit whole.
std::string Preview(std::string_view text) {
  if (text.size() <= kPreviewBytes) return std::string(text);
  std::size_t size = kPreviewBytes;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return std::string(text.substr(0, size));
}

// Text that the mapper made instead of finding it in the span must outlive the mapper.
std::unique_ptr<const std::string> Keep(std::string_view& text, std::string_view span) {
  const std::less_equal<> not_behind;  // over all pointers, as < is not
  const bool is_inside =
      not_behind(span.data(), text.data()) && not_behind(text.data(), span.data() + span.size());
  if (text.empty() || is_inside) return nullptr;
  auto kept = std::make_unique<const std::string>(text);
  text = *kept;
  return kept;
}

}  // namespace

std::optional<SpanRecord> MakeRecord(const SpanMapper& mapper, const otel::ResourceView& resource,
                                     const otel::ScopeView& scope, const otel::SpanView& span) {
  const std::optional<TraceId> trace_id = TraceId::FromBytes(span.trace_id);
  const std::optional<SpanId> span_id = SpanIdFromBytes(span.span_id);
  if (!trace_id || !span_id) return std::nullopt;
  SpanRecord record;
  record.trace_id = *trace_id;
  record.span_id = *span_id;
  record.parent_id = SpanIdFromBytes(span.parent_span_id).value_or(0);
  record.facts = mapper.Facts();
  record.name = mapper.Name();
  if (const std::string prefix = mapper.NamePrefix(); !prefix.empty()) {
    record.made_name = std::make_unique<const std::string>(prefix + std::string(record.name));
    record.name = *record.made_name;
  } else {
    record.made_name = Keep(record.name, span.raw);
  }
  record.model = mapper.Model();
  record.made_model = Keep(record.model, span.raw);
  record.provider = mapper.Provider();
  record.raw = span.raw;
  record.resource = resource.raw;
  record.scope = scope.raw;
  record.foreign_trace_id = mapper.ForeignTraceId();
  record.environment = mapper.Environment();
  if ((record.facts.flags & (kFlagRoot | kFlagTraceUpdate)) != 0) {
    record.fields = std::make_unique<TraceFields>(mapper.Fields());
    const auto [input, output] = mapper.TraceTexts();
    record.preview_input = Preview(input);
    record.preview_output = Preview(output);
  }
  if (record.preview_input.empty()) record.preview_input = Preview(mapper.Transcript());
  if (record.preview_output.empty()) record.preview_output = Preview(mapper.Spoken());
  return record;
}

}  // namespace repartee::server
