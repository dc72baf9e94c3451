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

// Spans of one kind, in one environment.
struct Series {
  ProjectKey project = 0;
  Stage stage = Stage::kNone;
  ObservationType type = ObservationType::kSpan;
  std::string environment;
  std::string name;
  std::string provider;
  std::string model;
};
// The name that a span is counted under: its own up to kMaxSeriesName bytes, and of turns
// without their number: "turn-12" is "turn-#".
inline constexpr std::size_t kMaxSeriesName = 200;
std::string SeriesName(Stage stage, std::string_view name);
// Whether it stands for several names.
bool IsSharedName(const Series& series);
// What a span is counted with; "other" where there are too many series.
Series SeriesOf(ProjectKey project, const SpanRecord& record);
Series OtherSeries(ProjectKey project, const SpanRecord& record);
// Its texts, also the environment.
inline constexpr char kOtherSeries[] = "other";
bool IsOther(const Series& series);

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
  void Merge(const Rollup& other);
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

// The fewest rows that lie within the range, none longer than `longest`: by the minute at its ends
// as far as minutes are kept there, else by the hour.
std::vector<RollupRange> CoverWithin(std::int64_t from_ns, std::int64_t to_ns, std::int64_t now_ns,
                                     Resolution longest);
// The fewest rows that cover the range; its ends move outwards to whole minutes, or to
// whole hours if it begins before the minutes that are kept.
std::vector<RollupRange> CoverRange(std::int64_t from_ns, std::int64_t to_ns, std::int64_t now_ns);

struct RollupQuery {
  ProjectKey project = 0;
  std::vector<std::string> environments{};  // any of them
  std::vector<RollupRange> ranges{};
  // FailedPrecondition where so much came within the last second that it is not all counted.
  bool exact = false;
};
// `start_ns` is the row's. The references are good during the call.
using RollupVisitor = std::function<void(const Series&, std::int64_t start_ns, const Rollup&)>;

}  // namespace repartee::server
