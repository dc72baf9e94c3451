// The rules that SpanMapper applies, one function a field. Thread: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "repartee/server/ingest/mapping/span_mapper.h"

namespace repartee::server {

ObservationType MapType(const SpanInput& in);
Level MapLevel(const SpanInput& in);
Stage MapStage(const SpanInput& in);
std::string_view MapName(const SpanInput& in);
// What stands before the name and a colon; empty for most spans.
std::string_view MapNamePrefix(const SpanInput& in);
// Spans and events carry no model, parameters, usage or cost.
bool HasModelFields(ObservationType type);
std::string_view MapModel(const SpanInput& in);
// `default` where nothing usable was given.
std::string MapEnvironment(const SpanInput& in);
// Lower case, without any leading "langfuse-", at most 40 characters of a-z0-9-_; else `default`.
std::string NormalEnvironment(std::string_view text);
std::optional<std::string> MapVersion(const SpanInput& in);
// Time to first byte in microseconds, or -1.
std::int64_t MapTtfb(const SpanInput& in);
// When the first token came, by a span's own word: of types with model fields alone.
std::optional<std::int64_t> ToldCompletionStart(const SpanInput& in, std::int64_t start_ns,
                                                ObservationType type);
// By its own word, else by its time to first byte.
std::optional<std::int64_t> MapCompletionStart(const SpanInput& in, std::int64_t start_ns, Stage stage);
std::optional<std::vector<MetadataEntry>> MapModelParameters(const SpanInput& in);
// Agent operations carry no model, usage or cost: their children do.
bool IsAgentOperation(const SpanInput& in);

// Whether batch ingestion made the span, and whether it stands for a trace itself.
bool IsOfBatch(const SpanInput& in);
bool IsTraceEntry(const SpanInput& in);

// Whether the span speaks for its trace: no parent, or it says so.
bool IsTraceRoot(const SpanInput& in);
// Whether its SDK calls it the topmost span of its program, whose parent may be elsewhere.
bool IsAppRoot(const SpanInput& in);
// Whether it carries fields of the trace without being its root.
bool IsTraceUpdate(const SpanInput& in);
TraceFields MapTraceFields(const SpanInput& in, bool is_root);

struct InputOutput {
  std::optional<std::string> input;
  std::optional<std::string> output;
};
InputOutput MapInputOutput(const SpanInput& in);
// The trace's, of a span that speaks for it.
InputOutput MapTraceInputOutput(const SpanInput& in, bool is_root, const InputOutput& own);

std::vector<MetadataEntry> MapMetadata(const SpanInput& in);
// Objects as dotted keys, every value a text: the span's, its resource's and scope's, then
// what it says of itself and of its trace.
std::vector<MetadataEntry> MapFlatMetadata(const SpanInput& in);
std::vector<MetadataEntry> MapTraceMetadata(const SpanInput& in, bool is_root);

}  // namespace repartee::server
