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

namespace repartee::server {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kDayNs = 86'400'000 * kNsPerMs;
constexpr std::int64_t kMaxSteps = 1'000;
constexpr std::int64_t kDefaultSteps = 60;
constexpr std::size_t kSlowest = 20;
constexpr std::size_t kMaxServices = 200;  // beyond, they are one
// Turns whose parts are read: they lie in the spans' bodies.
constexpr std::size_t kMaxTurnsInParts = 300;
constexpr std::size_t kConversationsInParts = 50;

VoiceQuery ReadRange(UiQuery& query, const UiCall& call) {
  VoiceQuery range;
  range.project = call.project.key;
  range.to_ns = query.Millis("to").value_or(call.now_ns);
  range.from_ns = query.Millis("from").value_or(std::max<std::int64_t>(range.to_ns - kDayNs, 0));
  range.environments = query.Texts("environment");
  if (range.from_ns >= range.to_ns) query.Fault("from", "not before to");
  return range;
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
  Quantiles reply;
  std::map<ServiceKey, ServiceFigures> services;  // at most kMaxServices and one more

  void Add(const VoiceSample& sample) {
    const SpanFacts& facts = sample.facts;
    if (facts.stage == Stage::kTurn) {
      ++turns;
      constexpr std::uint32_t kMarks = kFlagInterrupted | kFlagEndedByHangup;
      if ((facts.flags & kMarks) == kFlagInterrupted) ++interrupted;
      if (facts.ub_latency_us >= 0) reply.Add(facts.ub_latency_us);
      return;
    }
    ServiceFigures& service = ServiceOf(facts.stage, sample.provider, sample.model);
    ++service.calls;
    if (facts.level == Level::kError) ++service.errors;
    if (facts.ttfb_us >= 0) service.ttfb.Add(facts.ttfb_us);
  }

  void Add(const Series& series, const Rollup& rollup) {
    if (series.stage == Stage::kTurn) {
      turns += rollup.count;
      interrupted += rollup.interrupted;
      reply.Add(rollup.wait);
      return;
    }
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
    json.EndObject();
  }
  json.EndArray();
}

void WriteSlowest(JsonWriter& json, const std::vector<SlowTurn>& slowest) {
  json.Key("slowest").BeginArray();
  for (const SlowTurn& turn : slowest) {
    json.BeginObject();
    json.Key("conversation_id").Text(turn.trace.Hex());
    json.Key("span_id").Text(SpanIdHex(turn.span));
    json.Key("label").Text("turn-" + std::to_string(turn.number));
    WriteTimeMs(json.Key("start"), turn.start_ns);
    WriteMeasureMs(json.Key("reply"), turn.reply_us);
    json.EndObject();
  }
  json.EndArray();
}

// ---- what replies were spent on ----

struct PartFigures {
  Contribution kind;  // of the first one
  Quantiles duration;
  double sum_ms = 0;
};

struct Parts {
  std::map<std::string_view, PartFigures> by_name;
  std::size_t turns = 0;

  void Add(const TurnView& turn) {
    ++turns;
    for (const Contribution& part : turn.contributions) {
      PartFigures& figures = by_name[part.name];
      if (figures.duration.count() == 0) figures.kind = part;
      figures.duration.Add(static_cast<std::int64_t>(part.duration_ms * 1e3));
      figures.sum_ms += part.duration_ms;
    }
  }
};

Result<Parts> ReadParts(const UiCall& call, const VoiceQuery& range) {
  Parts parts;
  ConversationQuery query;
  query.project = range.project;
  query.from_ns = range.from_ns;
  query.to_ns = range.to_ns;
  query.environments = range.environments;
  query.with_turns = true;
  query.limit = kConversationsInParts;
  Result<TracePage> page = call.reader.ListConversations(query);
  if (!page.ok()) return std::move(page).status();
  for (const TraceRow& row : page->rows) {
    Result<std::vector<SpanRow>> spans = ReadSpans(call.reader, row.place);
    if (!spans.ok()) return std::move(spans).status();
    SpanOpener opener(call.reader, row.place);
    const TurnGroups groups = GroupByTurn(*spans);
    for (const TurnGroup& group : groups.turns) {
      if (parts.turns >= kMaxTurnsInParts) return parts;
      if (group.own == nullptr || group.own->facts.ub_latency_us < 0) continue;
      Result<TurnView> turn = MakeTurn(opener, group, false);
      if (!turn.ok()) return std::move(turn).status();
      parts.Add(*turn);
    }
  }
  return parts;
}

void WriteParts(JsonWriter& json, Parts& parts) {
  json.Key("contribution_turns").Integer(static_cast<std::int64_t>(parts.turns));
  json.Key("contributions").BeginArray();
  for (auto& [name, part] : parts.by_name) {
    json.BeginObject();
    json.Key("name").Text(name);
    json.Key("owner").Text(part.kind.owner);
    json.Key("stage").Text(part.kind.stage);
    WriteDurationMs(json.Key("mean"), part.sum_ms / static_cast<double>(parts.turns));
    WriteQuantiles(json.Key("duration"), part.duration);
    json.EndObject();
  }
  json.EndArray();
}

void WriteRange(JsonWriter& json, const VoiceQuery& range, const ScanExtent& extent) {
  WriteTimeMs(json.Key("from"), range.from_ns);
  WriteTimeMs(json.Key("to"), range.to_ns);
  WriteTimeMs(json.Key("searched_from"), extent.stopped_at_ns.value_or(range.from_ns));
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
        if (series.stage >= Stage::kTurn) figures.Add(series, rollup);
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

}  // namespace

HttpResponse UiLatency(const UiCall& call) {
  UiQuery query(call.request);
  const VoiceQuery range = ReadRange(query, call);
  if (!query.ok()) return query.Refusal();
  Figures figures;
  Result<ScanExtent> extent = ReadFigures(call, range, figures);
  if (!extent.ok()) return UiError(extent.status());
  const Result<std::vector<SlowTurn>> slowest = call.reader.SlowestTurns(range, kSlowest);
  if (!slowest.ok()) return UiError(slowest.status());
  Result<Parts> parts = ReadParts(call, range);
  if (!parts.ok()) return UiError(parts.status());
  JsonWriter json;
  json.BeginObject();
  WriteRange(json, range, *extent);
  json.Key("turns").Integer(figures.turns);
  json.Key("interrupted").Integer(figures.interrupted);
  WriteQuantiles(json.Key("reply"), figures.reply);
  WriteServices(json, figures);
  WriteParts(json, *parts);
  WriteSlowest(json, *slowest);
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

HttpResponse UiSeries(const UiCall& call) {
  UiQuery query(call.request);
  VoiceQuery range = ReadRange(query, call);
  const std::int64_t length = range.to_ns - range.from_ns;
  Steps steps;
  steps.length_ns = query.Millis("step").value_or(length / kDefaultSteps);
  if (query.ok() && (steps.length_ns <= 0 || length / steps.length_ns >= kMaxSteps))
    query.Fault("step", "give so many milliseconds that there are fewer than 1000 steps");
  if (!query.ok()) return query.Refusal();
  Result<ScanExtent> extent =
      IsExact(range) ? ReadSteps(call, range, steps) : ReadRolledSteps(call, range, steps);
  if (!extent.ok()) return UiError(extent.status());
  JsonWriter json;
  json.BeginObject();
  WriteRange(json, range, *extent);
  WriteTimeMs(json.Key("step"), steps.length_ns);
  json.Key("time").BeginArray();
  for (std::size_t i = 0; i < steps.courses[0].size(); ++i)
    WriteTimeMs(json, range.from_ns + static_cast<std::int64_t>(i) * steps.length_ns);
  json.EndArray();
  for (std::size_t i = 0; i < kCourses.size(); ++i) {
    json.Key(kCourses[i]);
    WriteCourse(json, steps.courses[i]);
  }
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

}  // namespace repartee::server
