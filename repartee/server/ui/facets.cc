// How many conversations have which property, and when they were: the facets beside
// the list and the histogram above it.
#include <algorithm>
#include <array>

#include "repartee/server/ui/beside_filters.h"
#include "repartee/server/ui/conversation_filters.h"
#include "repartee/server/ui/conversation_view.h"
#include "repartee/server/ui/facet_counts.h"
#include "repartee/server/ui/view_json.h"

namespace repartee::server {
namespace {

constexpr std::int64_t kMaxBins = 500;
constexpr std::int64_t kDefaultBins = 60;
constexpr std::int64_t kNsPerDay = 86'400'000'000'000;
constexpr std::int64_t kDefaultSlowMs = 1'500;
// Upper ends of the slider's bars, in milliseconds; the last has none.
constexpr std::array<std::int64_t, 10> kReplyBars = {250,  500,  750,  1000, 1250,
                                                     1500, 2000, 3000, 5000, 10000};

// Likewise of barge-ins in a call.
constexpr std::array<std::int64_t, 7> kBargeInBars = {1, 2, 3, 4, 5, 8, 12};

// Counts below each of some ends, and above all of them.
template <std::size_t kEnds>
class Bars {
 public:
  explicit Bars(const std::array<std::int64_t, kEnds>& ends) : ends_(ends) {}
  void Add(std::int64_t value) {
    const auto bar = std::upper_bound(ends_.begin(), ends_.end(), value);
    ++counts_[static_cast<std::size_t>(bar - ends_.begin())];
  }
  void Write(JsonWriter& json) const {
    json.BeginArray();
    for (std::size_t i = 0; i <= kEnds; ++i) {
      json.BeginObject();
      json.Key("to");
      if (i < kEnds) {
        json.Integer(ends_[i]);
      } else {
        json.Null();
      }
      json.Key("count").Integer(counts_[i]);
      json.EndObject();
    }
    json.EndArray();
  }

 private:
  const std::array<std::int64_t, kEnds>& ends_;
  std::array<std::int64_t, kEnds + 1> counts_{};
};

std::string_view OutcomeWord(const ConversationFacts& facts, std::int64_t live_after_ns) {
  if (!facts.complete && facts.last_update_ns > live_after_ns) return "live";
  if (facts.errors > 0) return "error";
  return facts.warnings > 0 ? "warning" : "ok";
}

struct Facets {
  FacetCounts outcome, environment, release, version, tag;
  std::int64_t total = 0, voice = 0, barge_ins = 0;
  Bars<kReplyBars.size()> reply{kReplyBars};
  Bars<kBargeInBars.size()> barge_ins_per_call{kBargeInBars};

  void Add(const ConversationFacts& facts, std::int64_t live_after_ns) {
    ++total;
    if (facts.turns > 0) {
      ++voice;
      barge_ins_per_call.Add(facts.interrupted_turns);
    }
    if (facts.interrupted_turns > 0) ++barge_ins;
    outcome.Add(OutcomeWord(facts, live_after_ns));
    environment.Add(facts.environment);
    release.AddFrom(facts.release, facts.start_ns);
    version.AddFrom(facts.version, facts.start_ns);
    for (const std::string& one : facts.tags) tag.Add(one);
    if (facts.ub_latency_p95_us >= 0) reply.Add(facts.ub_latency_p95_us / 1000);
  }
};

struct Bin {
  std::int64_t count = 0;
  std::int64_t slow = 0;
  std::int64_t failed = 0;
};

void WriteBins(JsonWriter& json, const std::vector<Bin>& bins) {
  const std::pair<const char*, std::int64_t Bin::*> columns[] = {
      {"count", &Bin::count}, {"slow", &Bin::slow}, {"failed", &Bin::failed}};
  for (const auto& [key, member] : columns) {
    json.Key(key).BeginArray();
    for (const Bin& bin : bins) json.Integer(bin.*member);
    json.EndArray();
  }
}

void WriteServices(JsonWriter& json, const ServiceCounts& counted) {
  for (const auto& [key, stage] : kServiceFilters) {
    FacetCounts counts;
    for (const ServiceCount& service : counted.services)
      if (service.stage == stage) counts.Add(service.label, service.conversations);
    json.Key(key);
    counts.Write(json);
  }
  json.Key("services_of").Integer(counted.conversations);
}

}  // namespace

HttpResponse UiFacets(const UiCall& call) {
  UiQuery query(call.request);
  ConversationQuery filters = ReadConversationFilters(query, call.project.key, call.now_ns);
  const BesideFilters beside = ReadBesideFilters(query);
  if (!query.ok()) return query.Refusal();
  if (Status status = ApplyBesideFilters(call, beside, filters); !status.ok()) return UiError(status);
  Result<ScoreFacets> scores = ScoreFacets::Read(call.reader, call.project.key, beside.score.name);
  if (!scores.ok()) return UiError(scores.status());
  Result<Recorded> recorded = Recorded::Read(call);
  if (!recorded.ok()) return UiError(recorded.status());
  Facets facets;
  Result<ScanExtent> extent = call.reader.ScanConversations(filters, [&](const ConversationFacts& facts) {
    facets.Add(facts, filters.live_after_ns);
    scores->Add(facts.id);
    recorded->Add(facts.id);
  });
  if (!extent.ok()) return UiError(extent.status());
  const Result<ServiceCounts> services = call.reader.CountServices(filters);
  if (!services.ok()) return UiError(services.status());
  JsonWriter json;
  json.BeginObject();
  json.Key("total").Integer(facets.total);
  WriteOptionalTimeMs(json.Key("searched_from"), extent->stopped_at_ns);
  json.Key("voice").Integer(facets.voice);
  json.Key("audio").Integer(recorded->count());
  json.Key("barge_ins").Integer(facets.barge_ins);
  const std::pair<const char*, const FacetCounts*> counted[] = {{"outcome", &facets.outcome},
                                                                {"environment", &facets.environment},
                                                                {"release", &facets.release},
                                                                {"version", &facets.version},
                                                                {"tag", &facets.tag}};
  for (const auto& [key, counts] : counted) {
    json.Key(key);
    counts->Write(json);
  }
  json.Key("reply");
  facets.reply.Write(json);
  json.Key("barge_ins_per_call");
  facets.barge_ins_per_call.Write(json);
  WriteServices(json, *services);
  scores->Write(json);
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

HttpResponse UiHistogram(const UiCall& call) {
  UiQuery query(call.request);
  ConversationQuery filters = ReadConversationFilters(query, call.project.key, call.now_ns);
  const std::int64_t bins = query.Integer("bins", kDefaultBins, 1, kMaxBins);
  const std::int64_t slow_us = query.Integer("slow", kDefaultSlowMs, 0, 1'000'000) * 1'000;
  const BesideFilters beside = ReadBesideFilters(query);
  const std::int64_t to = filters.to_ns.value_or(call.now_ns);
  const std::int64_t from = filters.from_ns.value_or(std::max<std::int64_t>(to - kNsPerDay, 0));
  if (from >= to) query.Fault("from", "not before to");
  if (!query.ok()) return query.Refusal();
  if (Status status = ApplyBesideFilters(call, beside, filters); !status.ok()) return UiError(status);
  filters.from_ns = from;
  filters.to_ns = to;
  const std::int64_t step = std::max<std::int64_t>((to - from + bins - 1) / bins, 1);
  std::vector<Bin> counted(static_cast<std::size_t>(bins));
  Result<ScanExtent> extent = call.reader.ScanConversations(filters, [&](const ConversationFacts& facts) {
    Bin& bin = counted[static_cast<std::size_t>((facts.start_ns - from) / step)];
    ++bin.count;
    if (facts.ub_latency_p95_us >= slow_us) ++bin.slow;
    if (facts.errors > 0) ++bin.failed;
  });
  if (!extent.ok()) return UiError(extent.status());
  JsonWriter json;
  json.BeginObject();
  WriteTimeMs(json.Key("from"), from);
  WriteTimeMs(json.Key("step"), step);
  WriteOptionalTimeMs(json.Key("searched_from"), extent->stopped_at_ns);
  WriteBins(json, counted);
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

}  // namespace repartee::server
