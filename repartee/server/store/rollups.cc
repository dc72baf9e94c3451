#include "repartee/server/store/rollups.h"

#include <algorithm>

#include "repartee/server/model/saturating.h"

namespace repartee::server {
namespace {

constexpr std::int64_t kMinuteNs = 60LL * 1'000'000'000;
constexpr char kNumberMark = '#';

std::int64_t Known(std::int64_t measure) { return std::max<std::int64_t>(measure, 0); }

std::string Cut(std::string_view text) { return std::string(text.substr(0, kMaxSeriesName)); }

std::int64_t WaitOf(const SpanFacts& facts) {
  return facts.stage == Stage::kTurn ? facts.ub_latency_us : facts.ttfb_us;
}

std::int64_t DurationOf(const SpanFacts& facts) { return Known(facts.end_ns - facts.start_ns) / 1'000; }

// The start of the first row that does not begin before `ns`.
std::int64_t BucketBehind(Resolution resolution, std::int64_t ns) {
  return BucketOf(resolution, ns + LengthOf(resolution) - 1);
}

// The finest rows that are kept of what began then.
Resolution FinestAt(std::int64_t ns, std::int64_t now_ns) {
  const bool has_minutes = ns >= now_ns - kMinutesKeptNs + LengthOf(Resolution::kHour);
  return has_minutes ? Resolution::kMinute : Resolution::kHour;
}

// Between two starts of rows.
std::vector<RollupRange> Cover(std::int64_t at, std::int64_t end, Resolution longest) {
  std::vector<RollupRange> ranges;
  while (at < end) {
    Resolution taken = Resolution::kMinute;
    for (const Resolution larger : {Resolution::kHour, Resolution::kDay}) {
      if (larger <= longest && BucketOf(larger, at) == at && at + LengthOf(larger) <= end) taken = larger;
    }
    const std::int64_t next = at + LengthOf(taken);
    if (!ranges.empty() && ranges.back().resolution == taken) {
      ranges.back().to_ns = next;
    } else {
      ranges.push_back({taken, at, next});
    }
    at = next;
  }
  return ranges;
}

}  // namespace

std::int64_t LengthOf(Resolution resolution) {
  constexpr std::int64_t kLengths[] = {kMinuteNs, 60 * kMinuteNs, 24 * 60 * kMinuteNs};
  return kLengths[static_cast<std::size_t>(resolution)];
}

std::int64_t BucketOf(Resolution resolution, std::int64_t ns) {
  const std::int64_t length = LengthOf(resolution);
  const std::int64_t into = ns % length;
  return ns - (into < 0 ? into + length : into);
}

std::string SeriesName(Stage stage, std::string_view name) {
  const std::size_t dash = name.find_last_not_of("0123456789");
  const bool has_number =
      stage == Stage::kTurn && dash != std::string_view::npos && dash + 1 < name.size() && name[dash] == '-';
  return has_number ? Cut(name.substr(0, dash + 1)) + kNumberMark : Cut(name);
}

bool IsSharedName(const Series& series) {
  const bool is_cut = series.name.size() >= kMaxSeriesName;
  return is_cut ||
         (series.stage == Stage::kTurn && (series.name.empty() || series.name.back() == kNumberMark));
}

Series SeriesOf(ProjectKey project, const SpanRecord& record) {
  return {.project = project,
          .stage = record.facts.stage,
          .type = record.facts.type,
          .environment = Cut(record.environment),
          .name = SeriesName(record.facts.stage, record.name),
          .provider = Cut(record.provider),
          .model = Cut(record.model)};
}

Series OtherSeries(ProjectKey project, const SpanRecord& record) {
  return {.project = project,
          .stage = record.facts.stage,
          .type = record.facts.type,
          .environment = kOtherSeries,
          .name = kOtherSeries,
          .provider = kOtherSeries,
          .model = kOtherSeries};
}

bool IsOther(const Series& series) {
  return series.environment == kOtherSeries && series.name == kOtherSeries &&
         series.provider == kOtherSeries && series.model == kOtherSeries;
}

bool IsCounted(const SpanFacts& facts) { return (facts.flags & (kFlagProvisional | kFlagTraceEntry)) == 0; }

void Rollup::Count(const SpanFacts& facts, std::int64_t sign) {
  count += sign;
  if (facts.level == Level::kError) errors += sign;
  // The turn that is open at hang-up is marked too; nobody barged in there.
  constexpr std::uint32_t kMarks = kFlagInterrupted | kFlagEndedByHangup;
  if (facts.stage == Stage::kTurn && (facts.flags & kMarks) == kFlagInterrupted) interrupted += sign;
  if (facts.cost >= 0) priced += sign;
  Accumulate(cost, sign * Known(facts.cost));
  Accumulate(input_tokens, sign * Known(facts.input_tokens));
  Accumulate(output_tokens, sign * Known(facts.output_tokens));
  Accumulate(total_tokens, sign * Known(facts.total_tokens));
}

void Rollup::Add(const SpanFacts& facts) {
  Count(facts, 1);
  duration.Add(DurationOf(facts));
  if (WaitOf(facts) >= 0) wait.Add(WaitOf(facts));
}

void Rollup::Remove(const SpanFacts& facts) {
  Count(facts, -1);
  duration.Remove(DurationOf(facts));
  if (WaitOf(facts) >= 0) wait.Remove(WaitOf(facts));
}

void Rollup::Merge(const Rollup& other) {
  count += other.count;
  errors += other.errors;
  interrupted += other.interrupted;
  Accumulate(cost, other.cost);
  priced += other.priced;
  Accumulate(input_tokens, other.input_tokens);
  Accumulate(output_tokens, other.output_tokens);
  Accumulate(total_tokens, other.total_tokens);
  duration.Merge(other.duration);
  wait.Merge(other.wait);
}

std::vector<RollupRange> CoverRange(std::int64_t from_ns, std::int64_t to_ns, std::int64_t now_ns) {
  const Resolution finest = FinestAt(from_ns, now_ns);
  return Cover(BucketOf(finest, from_ns), BucketBehind(finest, to_ns), Resolution::kDay);
}

std::vector<RollupRange> CoverWithin(std::int64_t from_ns, std::int64_t to_ns, std::int64_t now_ns,
                                     Resolution longest) {
  const Resolution first = FinestAt(from_ns, now_ns);
  // The last hour of the range must have minutes from its start on.
  const Resolution last = FinestAt(BucketOf(Resolution::kHour, to_ns), now_ns);
  if (longest < first) return {};
  return Cover(BucketBehind(first, from_ns), BucketOf(last, to_ns), longest);
}

}  // namespace repartee::server
