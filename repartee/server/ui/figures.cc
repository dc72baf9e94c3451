// Voice figures: quantiles of replies and services over a time range.
#include <map>
#include <tuple>

#include "repartee/server/ui/quantiles.h"
#include "repartee/server/ui/ui_call.h"
#include "repartee/server/ui/view_json.h"
#include "repartee/server/ui/voice_range.h"
#include "repartee/server/ui/voice_totals.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxServices = 200;  // beyond, they are one
// Replies not slower than this are in the goal; milliseconds.
constexpr std::int64_t kGoalMs[] = {1'200};
// Ends of the bars of a distribution; milliseconds.
constexpr std::int64_t kBarsMs[] = {25,  50,  75,  100, 125,   150,   200,   250,   300,   400,  500,
                                    600, 700, 800, 900, 1'000, 1'250, 1'500, 2'000, 3'000, 5'000};

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

struct ServiceFigures {
  std::int64_t calls = 0;
  std::int64_t errors = 0;
  Quantiles ttfb;
};
using ServiceKey = std::tuple<Stage, std::string, std::string>;  // with provider and model

struct Figures {
  VoiceTotals totals;
  Quantiles reply;
  std::map<ServiceKey, ServiceFigures> services;  // at most kMaxServices and one more

  void Add(const VoiceSample& sample) {
    const SpanFacts& facts = sample.facts;
    totals.Add(facts);
    if (facts.stage == Stage::kTurn) {
      if (facts.ub_latency_us >= 0) reply.Add(facts.ub_latency_us);
      return;
    }
    ServiceFigures& service = ServiceOf(facts.stage, sample.provider, sample.model);
    ++service.calls;
    if (facts.level == Level::kError) ++service.errors;
    if (facts.ttfb_us >= 0) service.ttfb.Add(facts.ttfb_us);
  }

  void Add(const Series& series, const Rollup& rollup) {
    totals.Add(series, rollup);
    if (series.stage == Stage::kConversation) return;
    if (series.stage == Stage::kTurn) return reply.Add(rollup.wait);
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
  json.Key("turns").Integer(figures.totals.turns);
  json.Key("interrupted").Integer(figures.totals.interrupted);
  WriteQuantiles(json.Key("reply"), figures.reply);
  json.Key("in_goal").Integer(figures.reply.Histogram(kGoalMs).front());
  json.Key("calls").Integer(figures.totals.calls);
  WriteDurationMs(json.Key("length"), figures.totals.length_ms());
  WriteCost(json.Key("cost"), figures.totals.cost_or_unknown());
  WriteCounts(json, "bars", kBarsMs);
  WriteServices(json, figures);
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

}  // namespace repartee::server
