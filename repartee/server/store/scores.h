// Scores: what people and programs say of a trace, an observation, a session or a
// run. Kept in a file of their own (scores.db), since they come long after their
// trace and are changed by their id.
//
// Thread: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "repartee/server/store/span_record.h"

namespace repartee::server {

enum class ScoreType : std::uint8_t {
  kNumeric,
  kBoolean,
  kCategorical,
  kText,
  kCorrection
};
enum class ScoreSource : std::uint8_t {
  kApi,
  kEval,
  kAnnotation
};

// "NUMERIC", "BOOLEAN", ... and "API", "EVAL", "ANNOTATION", as the public API writes them.
std::string_view ScoreTypeName(ScoreType type);
std::optional<ScoreType> ScoreTypeFromName(std::string_view name);
std::string_view ScoreSourceName(ScoreSource source);
std::optional<ScoreSource> ScoreSourceFromName(std::string_view name);

// Texts that were not given are empty. The target is one of trace (with or without
// an observation), session and dataset run; ids are the texts that clients gave.
struct ScoreRow {
  ProjectKey project = 0;
  std::string id;
  std::string trace_id;
  std::string observation_id;
  std::string session_id;
  std::string run_id;
  std::string name;
  ScoreType type = ScoreType::kNumeric;
  ScoreSource source = ScoreSource::kApi;
  double value = 0;                                // 0 or 1 of a boolean; 0 of texts
  std::optional<std::string> string_value{};       // "True"/"False", the category, the text
  std::optional<std::string> long_string_value{};  // a correction's
  std::string config_id;
  std::string queue_id;
  std::string author_id;
  std::optional<std::string> comment{};
  std::string metadata;  // a JSON object's text, or empty
  std::string environment = "default";
  std::int64_t time_ns = 0;     // of the score; the first one said stays
  std::int64_t event_ns = 0;    // of this version: the later one wins
  std::int64_t created_ns = 0;  // set by the store
  std::int64_t updated_ns = 0;  // set by the store
};

enum class ScoreComparison : std::uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual
};

struct ScoreCondition {
  ScoreComparison comparison = ScoreComparison::kEqual;
  double value = 0;
};

// Lists are "any of"; empty ones ask for nothing.
struct ScoreQuery {
  ProjectKey project = 0;
  std::vector<std::string> ids{};
  std::vector<std::string> names{};
  std::vector<ScoreType> types{};
  std::vector<ScoreSource> sources{};
  std::vector<std::string> environments{};
  std::vector<std::string> trace_ids{};
  std::vector<std::string> observation_ids{};
  std::vector<std::string> session_ids{};
  std::vector<std::string> run_ids{};
  std::vector<std::string> config_ids{};
  std::vector<std::string> queue_ids{};
  std::vector<std::string> author_ids{};
  std::vector<std::string> string_values{};
  std::vector<double> numbers{};          // what `value` is
  std::vector<ScoreCondition> values{};   // all of them
  std::optional<std::int64_t> from_ns{};  // time >= from
  std::optional<std::int64_t> to_ns{};    // time < to
  std::optional<bool> of_traces{};        // only those with a trace, or only those without
  // Where the last page ended: only what comes after it in the order of the list.
  std::optional<std::pair<std::int64_t, std::string>> after{};
  std::size_t offset = 0;
  std::size_t limit = 50;
  bool count = true;  // fill the page's total
};

struct ScorePage {
  std::vector<ScoreRow> rows;  // by time and then id, latest first
  std::size_t total = 0;       // without `after`, offset and limit; exact
};

}  // namespace repartee::server
