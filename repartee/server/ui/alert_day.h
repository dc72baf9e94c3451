// AlertDay: the last day of a project by the minute, and what a rule over it says: whether its
// figure is beyond a threshold now, and when it was.
//
// A rule looks at windows of so many minutes, one behind the other back from now. It fires while
// the newest is beyond; a window without a figure is not.
//
// Thread: that of the call.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "repartee/server/store/sketch.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

inline constexpr std::int64_t kAlertMinutes = 1'440;

enum class AlertMetric : std::uint8_t {
  kReplyP50,  // milliseconds, as all percentiles
  kReplyP95,
  kSttP95,  // to the first result, as the two behind
  kLlmP95,
  kTtsP95,
  kBargeInRate,  // percent of turns
  kErrorRate,    // percent of the services' calls
  kCalls         // fewer than the threshold
};
std::string_view AlertMetricName(AlertMetric metric);
std::optional<AlertMetric> AlertMetricFromName(std::string_view name);

struct AlertRule {
  AlertMetric metric = AlertMetric::kReplyP95;
  double threshold = 0;
  std::int64_t window_minutes = 15;  // 1 to kAlertMinutes
};

struct AlertPeriod {
  std::int64_t from_ns = 0;
  std::int64_t to_ns = 0;
};

struct AlertVerdict {
  std::optional<double> value{};       // of the newest window
  bool firing = false;                 // since the last period's begin
  std::vector<AlertPeriod> periods{};  // beyond the threshold, oldest first
};

class AlertDay {
 public:
  static Result<AlertDay> Read(StoreReader& reader, ProjectKey project, std::int64_t now_ns);
  AlertVerdict Judge(const AlertRule& rule) const;

 private:
  struct Minute {
    Sketch reply, stt, llm, tts;  // microseconds
    std::int64_t turns = 0;
    std::int64_t interrupted = 0;
    std::int64_t calls = 0;
    std::int64_t asked = 0;  // services
    std::int64_t failed = 0;
  };
  std::optional<double> ValueOf(AlertMetric metric, std::int64_t from, std::int64_t to) const;
  std::optional<double> PercentileOf(Sketch Minute::* of, double q, std::int64_t from, std::int64_t to) const;
  std::int64_t SumOf(std::int64_t Minute::* of, std::int64_t from, std::int64_t to) const;
  std::optional<double> ShareOf(std::int64_t Minute::* part, std::int64_t Minute::* whole, std::int64_t from,
                                std::int64_t to) const;

  std::int64_t from_ns_ = 0;
  std::vector<Minute> minutes_;
};

}  // namespace repartee::server
