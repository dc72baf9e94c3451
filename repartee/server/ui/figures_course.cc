// The course of voice figures over a time range: quantiles and sums of each step, and the heatmap.
#include <array>

#include "repartee/server/ui/quantiles.h"
#include "repartee/server/ui/ui_call.h"
#include "repartee/server/ui/view_json.h"
#include "repartee/server/ui/voice_range.h"
#include "repartee/server/ui/voice_totals.h"

namespace repartee::server {
namespace {

constexpr std::int64_t kMaxSteps = 1'000;
constexpr std::int64_t kDefaultSteps = 60;
// Ends of the rows of the heatmap; milliseconds.
constexpr std::int64_t kRowsMs[] = {200, 300, 400, 500, 600, 800, 1'000, 1'200, 1'600, 2'400, 3'600, 5'000};

constexpr std::array<std::string_view, 4> kCourses = {"reply", "stt_ttfb", "llm_ttfb", "tts_ttfb"};
constexpr std::pair<const char*, double> kQuantiles[] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}};

std::size_t CourseOf(Stage stage) {
  if (stage == Stage::kTurn) return 0;
  return 1 + static_cast<std::size_t>(stage) - static_cast<std::size_t>(Stage::kStt);
}

void WriteCourse(JsonWriter& json, std::vector<Quantiles>& steps) {
  json.BeginObject();
  json.Key("count").BeginArray();
  for (const Quantiles& step : steps) json.Integer(static_cast<std::int64_t>(step.count()));
  json.EndArray();
  for (const auto& [key, q] : kQuantiles) {
    json.Key(key).BeginArray();
    for (Quantiles& step : steps) WriteDurationMs(json, step.At(q));
    json.EndArray();
  }
  json.EndObject();
}

void WriteTotals(JsonWriter& json, const std::vector<VoiceTotals>& steps) {
  constexpr std::pair<const char*, std::int64_t VoiceTotals::*> kCounts[] = {
      {"turns", &VoiceTotals::turns},
      {"interrupted", &VoiceTotals::interrupted},
      {"calls", &VoiceTotals::calls}};
  json.BeginObject();
  for (const auto& [key, count] : kCounts) {
    json.Key(key).BeginArray();
    for (const VoiceTotals& step : steps) json.Integer(step.*count);
    json.EndArray();
  }
  json.Key("length").BeginArray();
  for (const VoiceTotals& step : steps) WriteDurationMs(json, step.length_ms());
  json.EndArray();
  json.Key("cost").BeginArray();
  for (const VoiceTotals& step : steps) WriteCost(json, step.cost_or_unknown());
  json.EndArray().EndObject();
}

struct Steps {
  std::int64_t length_ns = 0;
  std::array<std::vector<Quantiles>, kCourses.size()> courses;
  std::vector<VoiceTotals> totals;

  void Resize(const VoiceQuery& range) {
    const std::int64_t count = (range.to_ns - range.from_ns + length_ns - 1) / length_ns;
    for (std::vector<Quantiles>& course : courses) course.resize(static_cast<std::size_t>(count));
    totals.resize(static_cast<std::size_t>(count));
  }
  std::size_t IndexOf(const VoiceQuery& range, std::int64_t start_ns) const {
    return static_cast<std::size_t>((start_ns - range.from_ns) / length_ns);
  }
};

Result<ScanExtent> ReadSteps(const UiCall& call, const VoiceQuery& range, Steps& steps) {
  steps.Resize(range);
  return call.reader.ScanVoice(range, [&](const VoiceSample& sample) {
    const SpanFacts& facts = sample.facts;
    // A call that began in the range may go on beyond it.
    if (facts.start_ns < range.from_ns || facts.start_ns >= range.to_ns) return;
    const std::size_t index = steps.IndexOf(range, facts.start_ns);
    steps.totals[index].Add(facts);
    const std::int64_t us = facts.stage == Stage::kTurn ? facts.ub_latency_us : facts.ttfb_us;
    if (us >= 0) steps.courses[CourseOf(facts.stage)][index].Add(us);
  });
}

// The rows that steps are made of: minutes while they are kept, unless a step has many hours.
Resolution RowsOf(std::int64_t step_ns, const VoiceQuery& range, std::int64_t now_ns) {
  if (step_ns >= 4 * LengthOf(Resolution::kDay)) return Resolution::kDay;
  if (step_ns >= LengthOf(Resolution::kHour)) return Resolution::kHour;
  const std::vector<RollupRange> finest = CoverRange(range.from_ns, range.from_ns + 1, now_ns);
  return finest.front().resolution;
}

// Moves the range's begin and the steps to whole rows.
Result<ScanExtent> ReadRolledSteps(const UiCall& call, VoiceQuery& range, Steps& steps) {
  const Resolution resolution = RowsOf(steps.length_ns, range, call.now_ns);
  const std::int64_t row = LengthOf(resolution);
  range.from_ns = BucketOf(resolution, range.from_ns);
  steps.length_ns = (steps.length_ns + row - 1) / row * row;
  steps.Resize(range);
  const RollupQuery query = RollupsOf(range, {{resolution, range.from_ns, range.to_ns}});
  Status status =
      call.reader.ReadRollups(query, [&](const Series& series, std::int64_t start_ns, const Rollup& rollup) {
        if (series.stage < Stage::kConversation) return;
        const std::size_t index = steps.IndexOf(range, start_ns);
        steps.totals[index].Add(series, rollup);
        if (series.stage >= Stage::kTurn) steps.courses[CourseOf(series.stage)][index].Add(rollup.wait);
      });
  if (!status.ok()) return status;
  return ScanExtent{};
}

struct StepsRead {
  VoiceQuery range;
  ScanExtent extent;
  Steps steps;
  std::optional<HttpResponse> refusal;  // then nothing else is good
};

StepsRead ReadStepsOf(const UiCall& call, UiQuery& query) {
  StepsRead read;
  read.range = ReadVoiceRange(query, call);
  const std::int64_t length = read.range.to_ns - read.range.from_ns;
  read.steps.length_ns = query.Millis("step").value_or(length / kDefaultSteps);
  if (query.ok() && (read.steps.length_ns <= 0 || length / read.steps.length_ns >= kMaxSteps))
    query.Fault("step", "give so many milliseconds that there are fewer than 1000 steps");
  if (!query.ok()) {
    read.refusal = query.Refusal();
    return read;
  }
  Result<ScanExtent> extent = IsExact(read.range) ? ReadSteps(call, read.range, read.steps)
                                                  : ReadRolledSteps(call, read.range, read.steps);
  if (!extent.ok()) {
    read.refusal = UiError(extent.status());
  } else {
    read.extent = *extent;
  }
  return read;
}

void WriteStepTimes(JsonWriter& json, const StepsRead& read) {
  WriteVoiceRange(json, read.range, read.extent);
  WriteTimeMs(json.Key("step"), read.steps.length_ns);
  json.Key("time").BeginArray();
  for (std::size_t i = 0; i < read.steps.courses[0].size(); ++i)
    WriteTimeMs(json, read.range.from_ns + static_cast<std::int64_t>(i) * read.steps.length_ns);
  json.EndArray();
}

}  // namespace

HttpResponse UiSeries(const UiCall& call) {
  UiQuery query(call.request);
  StepsRead read = ReadStepsOf(call, query);
  if (read.refusal) return *std::move(read.refusal);
  JsonWriter json;
  json.BeginObject();
  WriteStepTimes(json, read);
  for (std::size_t i = 0; i < kCourses.size(); ++i) {
    WriteCourse(json.Key(kCourses[i]), read.steps.courses[i]);
  }
  WriteTotals(json.Key("totals"), read.steps.totals);
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

HttpResponse UiHeatmap(const UiCall& call) {
  UiQuery query(call.request);
  StepsRead read = ReadStepsOf(call, query);
  if (read.refusal) return *std::move(read.refusal);
  JsonWriter json;
  json.BeginObject();
  WriteStepTimes(json, read);
  WriteCounts(json, "edges", kRowsMs);
  json.Key("count").BeginArray();
  for (const Quantiles& step : read.steps.courses[0]) {
    json.BeginArray();
    for (const std::int64_t count : step.Histogram(kRowsMs)) json.Integer(count);
    json.EndArray();
  }
  json.EndArray().EndObject();
  return HttpResponse::Json(200, json.Take());
}

}  // namespace repartee::server
