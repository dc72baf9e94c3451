// Any bytes: parsed or Malformed, and every view that is shown lies in the input.
#include <cstdint>
#include <cstdlib>

#include "repartee/otel/wire/pull_parser.h"

namespace {

using repartee::otel::AnyValueView;
using repartee::otel::KeyValueView;

struct Toucher final : repartee::otel::TraceVisitor {
  std::size_t sum = 0;

  void Touch(std::string_view text) {
    for (const char c : text) sum += static_cast<unsigned char>(c);
  }
  void Touch(const AnyValueView& value) {
    Touch(value.bytes);
    if (value.kind == AnyValueView::Kind::kArray) {
      repartee::otel::ForEachItem(value, [this](const AnyValueView& item) { Touch(item); });
    }
    if (value.kind == AnyValueView::Kind::kKeyValues) {
      repartee::otel::ForEachKeyValue(value, [this](const KeyValueView& pair) { Touch(pair.value); });
    }
  }
  void OnSpan(const repartee::otel::ResourceView& resource, const repartee::otel::ScopeView& scope,
              const repartee::otel::SpanView& span) override {
    for (const KeyValueView& attribute : resource.attributes) Touch(attribute.value);
    for (const KeyValueView& attribute : scope.attributes) Touch(attribute.value);
    for (const KeyValueView& attribute : span.attributes) Touch(attribute.value);
    for (const auto& event : span.events) {
      for (const KeyValueView& attribute : event.attributes) Touch(attribute.value);
    }
    Touch(span.name);
    repartee::otel::SpanParser again;
    // A span that was shown can be read again from its bytes.
    if (!again.ParseSpan(span.raw).ok()) std::abort();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  Toucher toucher;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const bool parsed = repartee::otel::ParseTraceRequest(body, {}, toucher).ok();
  if (parsed && toucher.sum == SIZE_MAX) std::abort();  // never; keeps the reads from being optimised away
  return 0;
}
