// What a span is to the trace server: its narrow facts, which lists and charts
// read, and the full observation, which the detail views and the public API show.
//
// Thread: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "repartee/server/model/ids.h"

namespace repartee::server {

enum class ObservationType : std::uint8_t {
  kSpan,
  kGeneration,
  kEvent,
  kAgent,
  kTool,
  kChain,
  kRetriever,
  kEvaluator,
  kEmbedding,
  kGuardrail,
};
inline constexpr int kObservationTypes = 10;

// Ordered by weight: a trace has the worst of its spans.
enum class Level : std::uint8_t {
  kDebug,
  kDefault,
  kWarning,
  kError
};

// The part a span plays in a voice conversation.
enum class Stage : std::uint8_t {
  kNone,
  kConversation,
  kTurn,
  kStt,
  kLlm,
  kTts
};

// "SPAN", "GENERATION", ... as the public API writes them.
std::string_view TypeName(ObservationType type);
std::optional<ObservationType> TypeFromName(std::string_view name);
// "DEBUG", "DEFAULT", "WARNING", "ERROR".
std::string_view LevelName(Level level);
std::optional<Level> LevelFromName(std::string_view name);

// Bits of a span row.
inline constexpr std::uint32_t kFlagProvisional = 1;  // sent at its start; replaced by the ended span
inline constexpr std::uint32_t kFlagRoot = 2;         // speaks for the trace: no parent, or said so
inline constexpr std::uint32_t kFlagTraceUpdate = 4;  // carries fields of the trace without being its root
inline constexpr std::uint32_t kFlagInterrupted = 8;  // a turn cut short by the user
inline constexpr std::uint32_t kFlagNoParent = 16;
inline constexpr std::uint32_t kFlagEndedByHangup = 32;
inline constexpr std::uint32_t kFlagOfTurn =
    64;  // an stt, llm or tts span of a pipeline: its parent is a turn as a rule
inline constexpr std::uint32_t kFlagForeignId = 128;   // its id or its parent's is a text, kept in its bytes
inline constexpr std::uint32_t kFlagTraceEntry = 256;  // no span: what batch ingestion says of the trace
inline constexpr std::uint32_t kFlagNoEnd = 512;       // no end was given
inline constexpr std::uint32_t kFlagMerged = 1024;     // made of events: always replaces the stored one
inline constexpr std::uint32_t kFlagAppRoot = 2048;    // its SDK calls it the topmost of its program
inline constexpr std::uint32_t kFlagExperimentItem = 4096;  // what an experiment did with one of its items
// What the newer API calls a root: nobody above it, or nobody of its own program.
inline constexpr std::uint32_t kFlagsLogicalRoot = kFlagNoParent | kFlagAppRoot;

// -1 stands for "not known" in every measure.
struct SpanFacts {
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  ObservationType type = ObservationType::kSpan;
  Level level = Level::kDefault;
  Stage stage = Stage::kNone;
  std::uint32_t flags = 0;
  std::int32_t turn_number = -1;
  std::int64_t ttfb_us = -1;        // to the first byte of an stt, llm or tts span, or to a told first token
  std::int64_t ub_latency_us = -1;  // a turn's user-to-bot latency
  std::int64_t cost = -1;           // 1e-12 USD
  std::int64_t input_tokens = -1;
  std::int64_t output_tokens = -1;
  std::int64_t total_tokens = -1;
};

// What a span says of its trace; unset fields say nothing.
struct TraceFields {
  std::optional<std::string> name{};
  std::optional<std::string> user_id{};
  std::optional<std::string> session_id{};
  std::optional<std::string> release{};
  std::optional<std::string> version{};
  std::optional<std::string> environment{};
  std::vector<std::string> tags{};
  std::optional<bool> is_public{};
  // Release and version are as given, also where none was: unset fields then erase what was said before.
  bool whole = false;

  // Later fields over earlier ones; tags are united and sorted.
  void Merge(TraceFields&& later);
};

// One metadata entry: a top-level key and its value as text (JSON text where the
// value was not a string).
using MetadataEntry = std::pair<std::string, std::string>;

// What a span says by itself, as the newer API shows it: where it is silent, its trace's
// row may still know.
struct SpanAlone {
  TraceFields trace;
  // Dotted keys, every value a text; also what the span says of its trace.
  std::vector<MetadataEntry> metadata;
};

// A span, mapped in full.
struct Observation {
  std::string id;
  std::string trace_id;
  std::string parent_id;  // empty: none
  std::string name;
  SpanFacts facts;
  std::optional<std::int64_t> completion_start_ns;
  std::optional<std::string> status_message;
  std::optional<std::string> version;
  std::string environment;
  std::optional<std::string> user_id;
  std::optional<std::string> model;
  std::optional<std::vector<MetadataEntry>> model_parameters;  // values as JSON text
  std::optional<std::string> prompt_name;
  std::optional<std::int64_t> prompt_version;
  std::vector<std::pair<std::string, std::int64_t>> usage;  // "total" included
  std::vector<std::pair<std::string, double>> cost;         // USD, "total" included
  std::optional<std::string> price_id;                      // the price table's model
  std::optional<std::string> price_tier;
  std::optional<double> input_price;  // USD a unit; so the next two
  std::optional<double> output_price;
  std::optional<double> total_price;
  std::optional<std::string> input;
  std::optional<std::string> output;
  std::vector<MetadataEntry> metadata;
  std::optional<SpanAlone> alone;  // if it was asked for
  // Only of a span that speaks for its trace.
  std::vector<MetadataEntry> trace_metadata;
  std::optional<std::string> trace_input;
  std::optional<std::string> trace_output;
  // What was said, for the texts of turns and traces.
  std::string transcript;
  bool transcript_is_final = false;
  std::string spoken;
};

}  // namespace repartee::server
