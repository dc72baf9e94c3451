// SpanOpener: a stored span's bytes, read and parsed, with its attributes by name.
//
// Thread: that of the store reader it was made for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/otel/wire/pull_parser.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

// The value of a key, or null; of equal keys the last counts.
const otel::AnyValueView* FindAttribute(std::span<const otel::KeyValueView> attributes, std::string_view key);
// As text, invalid UTF-8 mended; empty if absent.
std::string AttributeText(std::span<const otel::KeyValueView> attributes, std::string_view key);
bool IsAttributeTrue(std::span<const otel::KeyValueView> attributes, std::string_view key);
// Nothing if absent, not a number, negative, or beyond 1e6.
std::optional<double> AttributeSeconds(std::span<const otel::KeyValueView> attributes, std::string_view key);

// The spans of a trace in order of start, without the one that stands for the trace itself.
Result<std::vector<SpanRow>> ReadSpans(StoreReader& reader, const TracePlace& trace);

// Good until the opener opens the next one.
struct OpenedSpan {
  otel::ResourceView resource;
  otel::ScopeView scope;
  otel::SpanView span;
};

class SpanOpener {
 public:
  // Both are borrowed and outlive the opener.
  SpanOpener(StoreReader& reader, const TracePlace& trace) : reader_(reader), trace_(trace) {}

  Result<OpenedSpan> Open(const SpanRow& row);

 private:
  StoreReader& reader_;
  const TracePlace& trace_;
  otel::SpanParser parser_;
  SpanBody body_;
};

}  // namespace repartee::server
