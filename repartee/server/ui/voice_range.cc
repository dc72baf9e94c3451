#include "repartee/server/ui/voice_range.h"

#include <algorithm>
#include <utility>

namespace repartee::server {
namespace {

constexpr std::int64_t kDayNs = 86'400'000'000'000;
constexpr std::int64_t kExactNs = 15LL * 60 * 1'000'000'000;

}  // namespace

VoiceQuery ReadVoiceRange(UiQuery& query, const UiCall& call) {
  VoiceQuery range;
  range.project = call.project.key;
  range.to_ns = query.Millis("to").value_or(call.now_ns);
  range.from_ns = query.Millis("from").value_or(std::max<std::int64_t>(range.to_ns - kDayNs, 0));
  range.environments = query.Texts("environment");
  if (range.from_ns >= range.to_ns) query.Fault("from", "not before to");
  return range;
}

bool IsExact(const VoiceQuery& range) { return range.to_ns - range.from_ns <= kExactNs; }

RollupQuery RollupsOf(const VoiceQuery& range, std::vector<RollupRange> ranges) {
  return {.project = range.project, .environments = range.environments, .ranges = std::move(ranges)};
}

void WriteVoiceRange(JsonWriter& json, const VoiceQuery& range, const ScanExtent& extent) {
  WriteTimeMs(json.Key("from"), range.from_ns);
  WriteTimeMs(json.Key("to"), range.to_ns);
  WriteTimeMs(json.Key("searched_from"), extent.stopped_at_ns.value_or(range.from_ns));
}

}  // namespace repartee::server
