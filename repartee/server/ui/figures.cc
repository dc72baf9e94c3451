// Voice figures: quantiles of replies and services over a time range, and their course.
#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <tuple>

#include "repartee/server/model/time.h"
#include "repartee/server/ui/quantiles.h"
#include "repartee/server/ui/ui_call.h"
#include "repartee/server/ui/view_json.h"
#include "repartee/server/ui/voice_range.h"

namespace repartee::server {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kMaxSteps = 1'000;
constexpr std::int64_t kDefaultSteps = 60;
constexpr std::size_t kMaxServices = 200;  // beyond, they are one
// Replies not slower than this are in the goal; milliseconds.
constexpr std::int64_t kGoalMs[] = {1'200};
// Ends of the bars of a distribution, and of the rows of the heatmap; milliseconds.
constexpr std::int64_t kBarsMs[] = {25,  50,  75,  100, 125,   150,   200,   250,   300,   400,  500,
                                    600, 700, 800, 900, 1'000, 1'250, 1'500, 2'000, 3'000, 5'000};
constexpr std::int64_t kRowsMs[] = {200, 300, 400, 500, 600, 800, 1'000, 1'200, 1'600, 2'400, 3'600, 5'000};

void WriteCounts(JsonWriter& json, const char* key, std::span<const std::int64_t> counts) {
  json.Key(key).BeginArray();
  for (const std::int64_t count : counts) json.Integer(count);
  json.EndArray();
}

constexpr std::pair<const char*, double> kQuantiles[] = {
    {"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}, {"max", 1.0}};

void WriteQuantiles(JsonWriter& json, Quantiles& values) {
  json.BeginObject();
  json.Key("count").Integer(static_cast<std::int64_t>(values.count()));
  for (const auto& [key, q] : kQuantiles) {
    WriteDurationMs(json.Key(key), values.At(q));
  }
  json.EndObject();
}

std::string_view StageWord(Stage stage) {
  constexpr std::string_view kNames[] = {"", "conversation", "turn", "stt", "llm", "tts"};
  return kNames[static_cast<std::size_t>(stage)];
}

// ---- over a range ----

struct ServiceFigures {
  std::int64_t calls = 0;
  std::int64_t errors = 0;
  Quantiles ttfb;
};
using ServiceKey = std::tuple<Stage, std::string, std::string>;  // with provider and model

struct Figures {
  std::int64_t turns = 0;
  std::int64_t interrupted = 0;
  std::int64_t calls = 0;
  std::optional<std::int64_t> length_us;  // of all calls; not known of a short range
  std::int64_t cost = 0;                  // 1e-12 USD of the services' spans that have a price
  std::int64_t priced = 0;
  Quantiles reply;
  std::map<ServiceKey, ServiceFigures> services;  // at most kMaxServices and one more

  void Add(const VoiceSample& sample) {
    const SpanFacts& facts = sample.facts;
    if (facts.stage == Stage::kTurn) {
      ++turns;
      if (facts.turn_number <= 1) ++calls;
      constexpr std::uint32_t kMarks = kFlagInterrupted | kFlagEndedByHangup;
      if ((facts.flags & kMarks) == kFlagInterrupted) ++interrupted;
      if (facts.ub_latency_us >= 0) reply.Add(facts.ub_latency_us);
      return;
    }
    if (facts.cost >= 0) {
      cost += facts.cost;
      ++priced;
    }
    ServiceFigures& service = ServiceOf(facts.stage, sample.provider, sample.model);
    ++service.calls;
    if (facts.level == Level::kError) ++service.errors;
    if (facts.ttfb_us >= 0) service.ttfb.Add(facts.ttfb_us);
  }

  void Add(const Series& series, const Rollup& rollup) {
    if (series.stage == Stage::kConversation) {
      calls += rollup.count;
      length_us = length_us.value_or(0) + rollup.duration.sum();
      return;
    }
    if (series.stage == Stage::kTurn) {
      turns += rollup.count;
      interrupted += rollup.interrupted;
      reply.Add(rollup.wait);
      return;
    }
    cost += rollup.cost;
    priced += rollup.priced;
    ServiceFigures& service = ServiceOf(series.stage, series.provider, series.model);
    service.calls += rollup.count;
    service.errors += rollup.errors;
    service.ttfb.Add(rollup.wait);
  }

 private:
  ServiceFigures& ServiceOf(Stage stage, std::string_view provider, std::string_view model) {
    ServiceKey key{stage, provider, model};
    if (services.size() >= kMaxServices && !services.contains(key)) key = {stage, "other", ""};
    return services[key];
  }
};

void WriteServices(JsonWriter& json, Figures& figures) {
  json.Key("services").BeginArray();
  for (auto& [key, service] : figures.services) {
    const auto& [stage, provider, model] = key;
    json.BeginObject();
    json.Key("stage").Text(StageWord(stage));
    WriteTextOrNull(json.Key("provider"), provider);
    WriteTextOrNull(json.Key("model"), model);
    json.Key("calls").Integer(service.calls);
    json.Key("errors").Integer(service.errors);
    WriteQuantiles(json.Key("ttfb"), service.ttfb);
    WriteCounts(json, "distribution", service.ttfb.Histogram(kBarsMs));
    json.EndObject();
  }
  json.EndArray();
}

// ---- over time ----

constexpr std::array<std::string_view, 4> kCourses = {"reply", "stt_ttfb", "llm_ttfb", "tts_ttfb"};

std::size_t CourseOf(Stage stage) {
  if (stage == Stage::kTurn) return 0;
  return 1 + static_cast<std::size_t>(stage) - static_cast<std::size_t>(Stage::kStt);
}

void WriteCourse(JsonWriter& json, std::vector<Quantiles>& steps) {
  json.BeginObject();
  json.Key("count").BeginArray();
  for (const Quantiles& step : steps) json.Integer(static_cast<std::int64_t>(step.count()));
  json.EndArray();
  for (const auto& [key, q] : std::span(kQuantiles).first<3>()) {
    json.Key(key).BeginArray();
    for (Quantiles& step : steps) WriteDurationMs(json, step.At(q));
    json.EndArray();
  }
  json.EndObject();
}

// A range this short is told span by span: its steps may be shorter than a minute.
constexpr std::int64_t kExactNs = 15 * 60 * 1'000 * kNsPerMs;

bool IsExact(const VoiceQuery& range) { return range.to_ns - range.from_ns <= kExactNs; }

RollupQuery RollupsOf(const VoiceQuery& range, std::vector<RollupRange> ranges) {
  return {.project = range.project, .environments = range.environments, .ranges = std::move(ranges)};
}

// Conversations that began in the range, if it is short; else what happened in it, to
// the minute or the hour.
Result<ScanExtent> ReadFigures(const UiCall& call, const VoiceQuery& range, Figures& figures) {
  if (IsExact(range))
    return call.reader.ScanVoice(range, [&figures](const VoiceSample& sample) { figures.Add(sample); });
  const RollupQuery query = RollupsOf(range, CoverRange(range.from_ns, range.to_ns, call.now_ns));
  Status status =
      call.reader.ReadRollups(query, [&figures](const Series& series, std::int64_t, const Rollup& rollup) {
        if (series.stage >= Stage::kConversation) figures.Add(series, rollup);
      });
  if (!status.ok()) return status;
  return ScanExtent{};
}

struct Steps {
  std::int64_t length_ns = 0;
  std::array<std::vector<Quantiles>, kCourses.size()> courses;

  void Resize(const VoiceQuery& range) {
    const std::int64_t count = (range.to_ns - range.from_ns + length_ns - 1) / length_ns;
    for (std::vector<Quantiles>& course : courses) course.resize(static_cast<std::size_t>(count));
  }
  Quantiles& At(const VoiceQuery& range, Stage stage, std::int64_t start_ns) {
    return courses[CourseOf(stage)][static_cast<std::size_t>((start_ns - range.from_ns) / length_ns)];
  }
};

Result<ScanExtent> ReadSteps(const UiCall& call, const VoiceQuery& range, Steps& steps) {
  steps.Resize(range);
  return call.reader.ScanVoice(range, [&](const VoiceSample& sample) {
    const SpanFacts& facts = sample.facts;
    const std::int64_t us = facts.stage == Stage::kTurn ? facts.ub_latency_us : facts.ttfb_us;
    // A call that began in the range may go on beyond it.
    if (us < 0 || facts.start_ns < range.from_ns || facts.start_ns >= range.to_ns) return;
    steps.At(range, facts.stage, facts.start_ns).Add(us);
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
        if (series.stage >= Stage::kTurn) steps.At(range, series.stage, start_ns).Add(rollup.wait);
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

HttpResponse UiLatency(const UiCall& call) {
  UiQuery query(call.request);
  const VoiceQuery range = ReadVoiceRange(query, call);
  if (!query.ok()) return query.Refusal();
  Figures figures;
  Result<ScanExtent> extent = ReadFigures(call, range, figures);
  if (!extent.ok()) return UiError(extent.status());
  JsonWriter json;
  json.BeginObject();
  WriteVoiceRange(json, range, *extent);
  json.Key("turns").Integer(figures.turns);
  json.Key("interrupted").Integer(figures.interrupted);
  WriteQuantiles(json.Key("reply"), figures.reply);
  json.Key("in_goal").Integer(figures.reply.Histogram(kGoalMs).front());
  json.Key("calls").Integer(figures.calls);
  WriteDurationMs(json.Key("length"), figures.length_us
                                          ? std::optional(static_cast<double>(*figures.length_us) / 1e3)
                                          : std::nullopt);
  WriteCost(json.Key("cost"), figures.priced > 0 ? figures.cost : -1);
  WriteCounts(json, "bars", kBarsMs);
  WriteServices(json, figures);
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

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
