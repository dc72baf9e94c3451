// Roll-ups: what spans add up to, by the minute, the hour and the day, so that a chart
// reads a few rows and not every span. A series is what is counted together.
//
// Rows of minutes are for ranges that begin within the last two days; what is older
// is told by the hour. A row counts the spans that began in its time (UTC).
//
// Thread: values.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/server/model/observation.h"
#include "repartee/server/store/sketch.h"
#include "repartee/server/store/span_record.h"

namespace repartee::server {

enum class Resolution : std::uint8_t {
  kMinute,
  kHour,
  kDay
};
// In nanoseconds.
std::int64_t LengthOf(Resolution resolution);
// The start of the row that `ns` falls in.
std::int64_t BucketOf(Resolution resolution, std::int64_t ns);

// Spans of one kind, in one environment. Turns have no name: theirs tell their number.
struct Series {
  ProjectKey project = 0;
  Stage stage = Stage::kNone;
  ObservationType type = ObservationType::kSpan;
  std::string environment;
  std::string name;
  std::string provider;
  std::string model;
};
// What a span is counted with; "other" where there are too many series.
Series SeriesOf(ProjectKey project, const SpanRecord& record);
Series OtherSeries(ProjectKey project, const SpanRecord& record);

struct Rollup {
  std::int64_t count = 0;
  std::int64_t errors = 0;
  std::int64_t interrupted = 0;  // turns that the user cut short
  std::int64_t cost = 0;         // 1e-12 USD, of the priced ones
  std::int64_t priced = 0;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t total_tokens = 0;
  Sketch duration;  // microseconds
  Sketch wait;      // microseconds: a turn's user-to-bot latency, a service's time to first byte

  void Add(const SpanFacts& facts);
  // Of a span that was added.
  void Remove(const SpanFacts& facts);
  friend bool operator==(const Rollup&, const Rollup&) = default;

 private:
  void Count(const SpanFacts& facts, std::int64_t sign);
};

// Whether the span is counted: provisional ones and entries of traces are not.
bool IsCounted(const SpanFacts& facts);

// Rows of one resolution: from <= start < to.
struct RollupRange {
  Resolution resolution = Resolution::kHour;
  std::int64_t from_ns = 0;
  std::int64_t to_ns = 0;
};
// How long rows of minutes are kept.
inline constexpr std::int64_t kMinutesKeptNs = 48LL * 3'600 * 1'000'000'000;

// The fewest rows that cover the range; its ends move outwards to whole minutes, or to
// whole hours if it begins before the minutes that are kept.
std::vector<RollupRange> CoverRange(std::int64_t from_ns, std::int64_t to_ns, std::int64_t now_ns);

struct RollupQuery {
  ProjectKey project = 0;
  std::vector<std::string> environments{};  // any of them
  std::vector<RollupRange> ranges{};
};
// `start_ns` is the row's. The references are good during the call.
using RollupVisitor = std::function<void(const Series&, std::int64_t start_ns, const Rollup&)>;

}  // namespace repartee::server
