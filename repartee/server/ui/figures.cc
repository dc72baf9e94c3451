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
    json.Key(key);
    WriteDurationMs(json, values.At(q));
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

struct SlowTurn {
  std::int64_t reply_us = 0;
  TraceId trace;
  SpanId span = 0;
  std::int32_t number = 0;
  std::int64_t start_ns = 0;
};

struct Figures {
  std::int64_t turns = 0;
  std::int64_t interrupted = 0;
  Quantiles reply;
  std::map<ServiceKey, ServiceFigures> services;  // at most kMaxServices and one more
  std::vector<SlowTurn> slowest;                  // a heap, the least slow in front

  void Add(const VoiceSample& sample) {
    if (sample.facts.stage == Stage::kTurn) return AddTurn(sample);
    ServiceKey key{sample.facts.stage, sample.provider, sample.model};
    if (services.size() >= kMaxServices && !services.contains(key)) key = {sample.facts.stage, "other", ""};
    ServiceFigures& service = services[key];
    ++service.calls;
    if (sample.facts.level == Level::kError) ++service.errors;
    if (sample.facts.ttfb_us >= 0) service.ttfb.Add(sample.facts.ttfb_us);
  }

 private:
  static bool IsSlower(const SlowTurn& a, const SlowTurn& b) { return a.reply_us > b.reply_us; }

  void AddTurn(const VoiceSample& sample) {
    const SpanFacts& facts = sample.facts;
    ++turns;
    constexpr std::uint32_t kMarks = kFlagInterrupted | kFlagEndedByHangup;
    if ((facts.flags & kMarks) == kFlagInterrupted) ++interrupted;
    if (facts.ub_latency_us < 0) return;
    reply.Add(facts.ub_latency_us);
    slowest.push_back({facts.ub_latency_us, sample.trace, sample.span, facts.turn_number, facts.start_ns});
    std::push_heap(slowest.begin(), slowest.end(), IsSlower);
    if (slowest.size() <= kSlowest) return;
    std::pop_heap(slowest.begin(), slowest.end(), IsSlower);
    slowest.pop_back();
  }
};

void WriteServices(JsonWriter& json, Figures& figures) {
  json.Key("services").BeginArray();
  for (auto& [key, service] : figures.services) {
    const auto& [stage, provider, model] = key;
    json.BeginObject();
    json.Key("stage").Text(StageWord(stage));
    json.Key("provider");
    WriteTextOrNull(json, provider);
    json.Key("model");
    WriteTextOrNull(json, model);
    json.Key("calls").Integer(service.calls);
    json.Key("errors").Integer(service.errors);
    json.Key("ttfb");
    WriteQuantiles(json, service.ttfb);
    json.EndObject();
  }
  json.EndArray();
}

void WriteSlowest(JsonWriter& json, std::vector<SlowTurn> slowest) {
  std::sort(slowest.begin(), slowest.end(),
            [](const SlowTurn& a, const SlowTurn& b) { return a.reply_us > b.reply_us; });
  json.Key("slowest").BeginArray();
  for (const SlowTurn& turn : slowest) {
    json.BeginObject();
    json.Key("conversation_id").Text(turn.trace.Hex());
    json.Key("span_id").Text(SpanIdHex(turn.span));
    json.Key("label").Text("turn-" + std::to_string(turn.number));
    json.Key("start");
    WriteTimeMs(json, turn.start_ns);
    json.Key("reply");
    WriteMeasureMs(json, turn.reply_us);
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
    json.Key("mean");
    WriteDurationMs(json, part.sum_ms / static_cast<double>(parts.turns));
    json.Key("duration");
    WriteQuantiles(json, part.duration);
    json.EndObject();
  }
  json.EndArray();
}

void WriteRange(JsonWriter& json, const VoiceQuery& range, const ScanExtent& extent) {
  json.Key("from");
  WriteTimeMs(json, range.from_ns);
  json.Key("to");
  WriteTimeMs(json, range.to_ns);
  json.Key("searched_from");
  WriteTimeMs(json, extent.stopped_at_ns.value_or(range.from_ns));
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

}  // namespace

HttpResponse UiLatency(const UiCall& call) {
  UiQuery query(call.request);
  const VoiceQuery range = ReadRange(query, call);
  if (!query.ok()) return query.Refusal();
  Figures figures;
  Result<ScanExtent> extent =
      call.reader.ScanVoice(range, [&figures](const VoiceSample& sample) { figures.Add(sample); });
  if (!extent.ok()) return UiError(extent.status());
  Result<Parts> parts = ReadParts(call, range);
  if (!parts.ok()) return UiError(parts.status());
  JsonWriter json;
  json.BeginObject();
  WriteRange(json, range, *extent);
  json.Key("turns").Integer(figures.turns);
  json.Key("interrupted").Integer(figures.interrupted);
  json.Key("reply");
  WriteQuantiles(json, figures.reply);
  WriteServices(json, figures);
  WriteParts(json, *parts);
  WriteSlowest(json, std::move(figures.slowest));
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

HttpResponse UiSeries(const UiCall& call) {
  UiQuery query(call.request);
  const VoiceQuery range = ReadRange(query, call);
  const std::int64_t length = range.to_ns - range.from_ns;
  const std::int64_t step = query.Millis("step").value_or(length / kDefaultSteps);
  if (query.ok() && (step <= 0 || length / step >= kMaxSteps))
    query.Fault("step", "give so many milliseconds that there are fewer than 1000 steps");
  if (!query.ok()) return query.Refusal();
  const auto steps = static_cast<std::size_t>((length + step - 1) / step);
  std::array<std::vector<Quantiles>, kCourses.size()> courses;
  for (std::vector<Quantiles>& course : courses) course.resize(steps);
  Result<ScanExtent> extent = call.reader.ScanVoice(range, [&](const VoiceSample& sample) {
    const SpanFacts& facts = sample.facts;
    const std::int64_t us = facts.stage == Stage::kTurn ? facts.ub_latency_us : facts.ttfb_us;
    // A call that began in the range may go on beyond it.
    if (us < 0 || facts.start_ns < range.from_ns || facts.start_ns >= range.to_ns) return;
    courses[CourseOf(facts.stage)][static_cast<std::size_t>((facts.start_ns - range.from_ns) / step)].Add(us);
  });
  if (!extent.ok()) return UiError(extent.status());
  JsonWriter json;
  json.BeginObject();
  WriteRange(json, range, *extent);
  json.Key("step");
  WriteTimeMs(json, step);
  json.Key("time").BeginArray();
  for (std::size_t i = 0; i < steps; ++i)
    WriteTimeMs(json, range.from_ns + static_cast<std::int64_t>(i) * step);
  json.EndArray();
  for (std::size_t i = 0; i < kCourses.size(); ++i) {
    json.Key(kCourses[i]);
    WriteCourse(json, courses[i]);
  }
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

}  // namespace repartee::server
