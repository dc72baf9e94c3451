#include "repartee/server/api/metrics_daily.h"

#include <algorithm>
#include <functional>
#include <map>

#include "repartee/server/api/config_resource.h"
#include "repartee/server/model/saturating.h"
#include "repartee/server/model/time.h"
#include "repartee/server/store/rollups.h"

namespace repartee::server {
namespace {

std::int64_t DayOf(std::int64_t ns) { return BucketOf(Resolution::kDay, ns); }

struct Usage {
  std::int64_t input = 0;
  std::int64_t output = 0;
  std::int64_t total = 0;
  std::int64_t cost = 0;  // 1e-12 USD
  std::int64_t observations = 0;
  std::int64_t traces = 0;
  TracePlace last{};  // spans come trace by trace

  void Add(const SpanFacts& facts, const TracePlace& trace) {
    Accumulate(input, std::max<std::int64_t>(facts.input_tokens, 0));
    Accumulate(output, std::max<std::int64_t>(facts.output_tokens, 0));
    Accumulate(total, std::max<std::int64_t>(facts.total_tokens, 0));
    Accumulate(cost, std::max<std::int64_t>(facts.cost, 0));
    ++observations;
    if (trace.day != last.day || trace.key != last.key) ++traces;
    last = trace;
  }
};

struct Day {
  std::int64_t traces = 0;
  std::map<std::string, Usage> models;  // by name; spans without a model under ""
};
using Days = std::map<std::int64_t, Day, std::greater<>>;

TraceQuery ReadTraceQuery(QueryReader& query, const ApiCall& call) {
  TraceQuery wanted;
  wanted.project = call.project.key;
  wanted.name = query.Text("traceName");
  wanted.user_id = query.Text("userId");
  wanted.tags = query.Texts("tags");
  wanted.environments = query.Texts("environment");
  wanted.from_ns = query.Time("fromTimestamp");
  wanted.to_ns = query.Time("toTimestamp");
  return wanted;
}

// Days on which traces began, and those on which they ended: a call may cross midnight.
Result<Days> CountTraces(const ApiCall& call, TraceQuery wanted) {
  Days days;
  wanted.limit = 1;
  wanted.accept = [&days](const TraceRow& trace) -> Result<bool> {
    ++days[DayOf(trace.start_ns)].traces;
    days.try_emplace(DayOf(trace.end_ns));
    return false;
  };
  const Result<TracePage> walked = call.reader.ListTraces(wanted);
  if (!walked.ok()) return walked.status();
  return days;
}

// Whether a span's trace is among those that are asked for.
bool IsOfQuery(const TraceQuery& wanted, const TraceRow& trace) {
  const auto has_tag = [&trace](const std::string& tag) {
    return std::find(trace.tags.begin(), trace.tags.end(), tag) != trace.tags.end();
  };
  const std::vector<std::string>& any = wanted.environments;
  return (!wanted.name || trace.name == wanted.name) &&
         (!wanted.from_ns || trace.start_ns >= *wanted.from_ns) &&
         (!wanted.to_ns || trace.start_ns < *wanted.to_ns) &&
         std::all_of(wanted.tags.begin(), wanted.tags.end(), has_tag) &&
         (any.empty() || std::find(any.begin(), any.end(), trace.environment) != any.end());
}

// What spans add to the days of a page, which are not empty.
Status AddSpans(const ApiCall& call, const TraceQuery& wanted, Days& page) {
  SpanQuery spans;
  spans.project = call.project.key;
  spans.user_id = wanted.user_id;
  spans.from_ns = page.rbegin()->first;
  spans.to_ns = page.begin()->first + LengthOf(Resolution::kDay);
  spans.limit = 1;
  spans.accept = [&](const TraceRow& trace, const SpanRow& span) -> Result<bool> {
    const auto day = page.find(DayOf(span.facts.start_ns));
    if (day == page.end() || !IsOfQuery(wanted, trace)) return false;
    day->second.models[span.model].Add(span.facts, trace.place);
    return false;
  };
  return call.reader.ListSpans(spans).status();
}

double Dollars(std::int64_t cost) { return static_cast<double>(cost) / 1e12; }

Json ShowDay(std::int64_t start_ns, const Day& day) {
  Json usage = Json::array();
  std::int64_t observations = 0;
  std::int64_t cost = 0;
  for (const auto& [model, sums] : day.models) {
    observations += sums.observations;
    Accumulate(cost, sums.cost);
    Json entry = {{"model", model.empty() ? Json() : Json(model)}, {"inputUsage", sums.input}};
    entry["outputUsage"] = sums.output;
    entry["totalUsage"] = sums.total;
    entry["totalCost"] = Dollars(sums.cost);
    entry["countObservations"] = sums.observations;
    entry["countTraces"] = sums.traces;
    usage.push_back(std::move(entry));
  }
  Json json = {{"date", FormatIsoTime(start_ns).substr(0, 10)}, {"countTraces", day.traces}};
  json["countObservations"] = observations;
  json["totalCost"] = Dollars(cost);
  json["usage"] = std::move(usage);
  return json;
}

}  // namespace

HttpResponse ListDailyMetrics(const ApiCall& call) {
  QueryReader query(call.request);
  const PageRequest page = ReadPage(query);
  const TraceQuery wanted = ReadTraceQuery(query, call);
  if (!query.ok()) return query.Refusal();
  Result<Days> days = CountTraces(call, wanted);
  if (!days.ok()) return ErrorResponse(days.status());
  Days shown;
  std::size_t index = 0;
  for (auto& [start_ns, day] : *days) {
    if (index >= page.offset() && index < page.offset() + page.limit) shown[start_ns] = std::move(day);
    ++index;
  }
  if (!shown.empty()) {
    if (Status status = AddSpans(call, wanted, shown); !status.ok()) return ErrorResponse(status);
  }
  Json data = Json::array();
  for (const auto& [start_ns, day] : shown) {
    const bool is_empty = day.traces == 0 && day.models.empty();
    if (!is_empty) data.push_back(ShowDay(start_ns, day));
  }
  return JsonResponse(200, {{"data", std::move(data)}, {"meta", PageMeta(page, days->size())}});
}

}  // namespace repartee::server
