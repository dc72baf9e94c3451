// The alerts of a project: rules that people make, and what each says now. They are judged when
// somebody looks; nobody is called.
#include "repartee/base/random.h"
#include "repartee/server/api/body.h"
#include "repartee/server/api/config_resource.h"
#include "repartee/server/ui/alert_day.h"
#include "repartee/server/ui/ui_call.h"

namespace repartee::server {
namespace {

constexpr std::string_view kKind = "alert";
constexpr std::size_t kMaxAlerts = 50;  // of a project
constexpr std::size_t kMaxName = 200;
constexpr double kMaxThreshold = 1e9;
constexpr std::int64_t kDefaultWindow = 15;

AlertRule RuleOf(const Json& body) {
  AlertRule rule;
  rule.metric = AlertMetricFromName(body.value("metric", "")).value_or(AlertMetric::kReplyP95);
  rule.threshold = body.value("threshold", 0.0);
  rule.window_minutes = body.value("window", kDefaultWindow);
  return rule;
}

Json PeriodsJson(const AlertVerdict& verdict) {
  Json periods = Json::array();
  for (const AlertPeriod& period : verdict.periods)
    periods.push_back(Json{{"from", TimeMs(period.from_ns)}, {"to", TimeMs(period.to_ns)}});
  return periods;
}

Json AlertJson(const ConfigItem& item, const AlertDay& day) {
  const Json body = BodyOf(item);
  const AlertRule rule = RuleOf(body);
  const AlertVerdict verdict = day.Judge(rule);
  return {{"id", item.id},
          {"name", item.name},
          {"metric", AlertMetricName(rule.metric)},
          {"threshold", rule.threshold},
          {"window", rule.window_minutes},
          {"muted", body.value("muted", false)},
          {"value", verdict.value ? Json(*verdict.value) : Json()},
          {"firing", verdict.firing},
          {"periods", PeriodsJson(verdict)}};
}

Result<ConfigPage> AlertsOf(const UiCall& call) {
  ConfigQuery query{.project = call.project.key, .kind = kKind};
  query.oldest_first = true;
  query.limit = kMaxAlerts;
  return call.config.List(query);
}

HttpResponse UnknownAlert(const UiCall& call) {
  return UiError(404, "there is no alert " + call.path[1].substr(0, 100) + " in this project");
}

// What is good is in the answer, what is wrong in `faults`.
Json ReadRule(const Json& json, Faults& faults) {
  BodyReader body(json, faults);
  const std::string metric = body.RequiredText("metric", kMaxName);
  if (faults.ok() && !AlertMetricFromName(metric)) body.Fault("metric", "invalid_value", "No such figure");
  const std::optional<double> threshold = body.Number("threshold");
  if (!threshold || !(*threshold >= 0 && *threshold <= kMaxThreshold))
    body.Fault("threshold", "out_of_range", "Expected a number from 0 on");
  const std::int64_t window = body.Integer("window").value_or(kDefaultWindow);
  if (window < 1 || window > kAlertMinutes)
    body.Fault("window", "out_of_range", "Expected minutes, at most a day");
  return {{"metric", metric}, {"threshold", threshold.value_or(0)}, {"window", window}, {"muted", false}};
}

}  // namespace

HttpResponse UiAlerts(const UiCall& call) {
  const Result<ConfigPage> page = AlertsOf(call);
  if (!page.ok()) return UiError(page.status());
  Json alerts = Json::array();
  if (!page->items.empty()) {
    const Result<AlertDay> day = AlertDay::Read(call.reader, call.project.key, call.now_ns);
    if (!day.ok()) return UiError(day.status());
    for (const ConfigItem& item : page->items) alerts.push_back(AlertJson(item, *day));
  }
  return JsonResponse(200, {{"alerts", std::move(alerts)}});
}

HttpResponse UiAlertPreview(const UiCall& call) {
  UiQuery query(call.request);
  AlertRule rule;
  const std::optional<AlertMetric> metric = AlertMetricFromName(query.Text("metric").value_or(""));
  if (!metric) query.Fault("metric", "no such figure");
  rule.metric = metric.value_or(AlertMetric::kReplyP95);
  rule.threshold = query.Number("threshold").value_or(0);
  rule.window_minutes = query.Integer("window", kDefaultWindow, 1, kAlertMinutes);
  if (!query.ok()) return query.Refusal();
  const Result<AlertDay> day = AlertDay::Read(call.reader, call.project.key, call.now_ns);
  if (!day.ok()) return UiError(day.status());
  return JsonResponse(200, {{"periods", PeriodsJson(day->Judge(rule))}});
}

HttpResponse UiNewAlert(const UiCall& call) {
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  const Json rule = ReadRule(json, faults);
  BodyReader body(json, faults);
  const std::string name = body.Text("name").value_or("");
  if (name.size() > kMaxName) body.Fault("name", "too_big", "At most 200 bytes");
  if (!faults.ok()) return UiError(400, faults.Text());
  const auto lock = call.config.LockForEdit();
  const Result<ConfigPage> page = AlertsOf(call);
  if (!page.ok()) return UiError(page.status());
  if (page->total >= kMaxAlerts)
    return UiError(Status::FailedPrecondition("a project has at most {} alerts", kMaxAlerts));
  const ConfigItem item = NewItem(RandomUuid(), name, rule);
  if (Status status = call.config.Put(call.project.key, kKind, {item}); !status.ok()) return UiError(status);
  const Result<AlertDay> day = AlertDay::Read(call.reader, call.project.key, call.now_ns);
  if (!day.ok()) return UiError(day.status());
  return JsonResponse(201, AlertJson(item, *day));
}

HttpResponse UiMuteAlert(const UiCall& call) {
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  const std::optional<bool> muted = BodyReader(json, faults).Bool("muted");
  if (!faults.ok()) return UiError(400, faults.Text());
  if (!muted) return UiError(400, "muted: give true or false");
  const auto lock = call.config.LockForEdit();
  Result<std::optional<ConfigItem>> item = call.config.Find(call.project.key, kKind, call.path[1]);
  if (!item.ok()) return UiError(item.status());
  if (!*item) return UnknownAlert(call);
  Json body = BodyOf(**item);
  body["muted"] = *muted;
  (*item)->body = body.dump();
  (*item)->updated_ns = NowNs();
  if (Status status = call.config.Put(call.project.key, kKind, {**item}); !status.ok())
    return UiError(status);
  return JsonResponse(200, {{"muted", *muted}});
}

HttpResponse UiRemoveAlert(const UiCall& call) {
  const Result<bool> removed = call.config.Remove(call.project.key, kKind, call.path[1]);
  if (!removed.ok()) return UiError(removed.status());
  if (!*removed) return UnknownAlert(call);
  return JsonResponse(200, {{"removed", call.path[1]}});
}

}  // namespace repartee::server
