#include "repartee/server/ui/alert_day.h"

#include <algorithm>
#include <iterator>

namespace repartee::server {
namespace {

constexpr std::string_view kNames[] = {"reply_p50", "reply_p95",     "stt_p95",    "llm_p95",
                                       "tts_p95",   "barge_in_rate", "error_rate", "calls"};

bool IsBeyond(const AlertRule& rule, const std::optional<double>& value) {
  if (!value) return false;
  return rule.metric == AlertMetric::kCalls ? *value < rule.threshold : *value > rule.threshold;
}

}  // namespace

std::string_view AlertMetricName(AlertMetric metric) { return kNames[static_cast<std::size_t>(metric)]; }

std::optional<AlertMetric> AlertMetricFromName(std::string_view name) {
  const auto found = std::find(std::begin(kNames), std::end(kNames), name);
  if (found == std::end(kNames)) return std::nullopt;
  return static_cast<AlertMetric>(found - std::begin(kNames));
}

Result<AlertDay> AlertDay::Read(StoreReader& reader, ProjectKey project, std::int64_t now_ns) {
  const std::int64_t minute_ns = LengthOf(Resolution::kMinute);
  const std::int64_t to_ns = BucketOf(Resolution::kMinute, now_ns) + minute_ns;
  AlertDay day;
  day.from_ns_ = to_ns - kAlertMinutes * minute_ns;
  day.minutes_.resize(static_cast<std::size_t>(kAlertMinutes));
  RollupQuery query{.project = project};
  query.ranges = {{Resolution::kMinute, day.from_ns_, to_ns}};
  Status status =
      reader.ReadRollups(query, [&](const Series& series, std::int64_t start_ns, const Rollup& rollup) {
        const std::int64_t index = (start_ns - day.from_ns_) / minute_ns;
        if (index < 0 || index >= kAlertMinutes) return;
        Minute& minute = day.minutes_[static_cast<std::size_t>(index)];
        switch (series.stage) {
          case Stage::kConversation: minute.calls += rollup.count; return;
          case Stage::kTurn:
            minute.turns += rollup.count;
            minute.interrupted += rollup.interrupted;
            return minute.reply.Merge(rollup.wait);
          case Stage::kStt: minute.stt.Merge(rollup.wait); break;
          case Stage::kLlm: minute.llm.Merge(rollup.wait); break;
          case Stage::kTts: minute.tts.Merge(rollup.wait); break;
          default: return;
        }
        minute.asked += rollup.count;
        minute.failed += rollup.errors;
      });
  if (!status.ok()) return status;
  return day;
}

std::optional<double> AlertDay::PercentileOf(Sketch Minute::* of, double q, std::int64_t from,
                                             std::int64_t to) const {
  Sketch all;
  for (std::int64_t i = from; i < to; ++i) all.Merge(minutes_[static_cast<std::size_t>(i)].*of);
  const std::optional<double> us = all.At(q);
  if (!us) return std::nullopt;
  return *us / 1e3;
}

std::int64_t AlertDay::SumOf(std::int64_t Minute::* of, std::int64_t from, std::int64_t to) const {
  std::int64_t sum = 0;
  for (std::int64_t i = from; i < to; ++i) sum += minutes_[static_cast<std::size_t>(i)].*of;
  return sum;
}

std::optional<double> AlertDay::ShareOf(std::int64_t Minute::* part, std::int64_t Minute::* whole,
                                        std::int64_t from, std::int64_t to) const {
  const std::int64_t all = SumOf(whole, from, to);
  if (all == 0) return std::nullopt;
  return 100.0 * static_cast<double>(SumOf(part, from, to)) / static_cast<double>(all);
}

std::optional<double> AlertDay::ValueOf(AlertMetric metric, std::int64_t from, std::int64_t to) const {
  switch (metric) {
    case AlertMetric::kReplyP50: return PercentileOf(&Minute::reply, 0.5, from, to);
    case AlertMetric::kReplyP95: return PercentileOf(&Minute::reply, 0.95, from, to);
    case AlertMetric::kSttP95: return PercentileOf(&Minute::stt, 0.95, from, to);
    case AlertMetric::kLlmP95: return PercentileOf(&Minute::llm, 0.95, from, to);
    case AlertMetric::kTtsP95: return PercentileOf(&Minute::tts, 0.95, from, to);
    case AlertMetric::kBargeInRate: return ShareOf(&Minute::interrupted, &Minute::turns, from, to);
    case AlertMetric::kErrorRate: return ShareOf(&Minute::failed, &Minute::asked, from, to);
    case AlertMetric::kCalls: return static_cast<double>(SumOf(&Minute::calls, from, to));
  }
  return std::nullopt;
}

AlertVerdict AlertDay::Judge(const AlertRule& rule) const {
  AlertVerdict verdict;
  const std::int64_t minute_ns = LengthOf(Resolution::kMinute);
  const std::int64_t window = std::clamp<std::int64_t>(rule.window_minutes, 1, kAlertMinutes);
  // From the newest back.
  for (std::int64_t to = kAlertMinutes; to - window >= 0; to -= window) {
    const std::optional<double> value = ValueOf(rule.metric, to - window, to);
    const bool is_beyond = IsBeyond(rule, value);
    if (to == kAlertMinutes) {
      verdict.value = value;
      verdict.firing = is_beyond;
    }
    if (!is_beyond) continue;
    const AlertPeriod period{from_ns_ + (to - window) * minute_ns, from_ns_ + to * minute_ns};
    if (!verdict.periods.empty() && verdict.periods.back().from_ns == period.to_ns) {
      verdict.periods.back().from_ns = period.from_ns;
    } else {
      verdict.periods.push_back(period);
    }
  }
  std::reverse(verdict.periods.begin(), verdict.periods.end());
  return verdict;
}

}  // namespace repartee::server
