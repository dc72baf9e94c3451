#include "repartee/server/ingest/ingest_course.h"

namespace repartee::server {
namespace {

constexpr std::int64_t kMinuteNs = 60LL * 1'000'000'000;

std::size_t SlotOf(std::int64_t minute) {
  return static_cast<std::size_t>(minute % static_cast<std::int64_t>(kCourseMinutes));
}

}  // namespace

void IngestCourse::Note(ProjectKey project, bool refused, std::int64_t now_ns) {
  if (now_ns < 0 || (of_project_.size() >= kMaxCourseProjects && !of_project_.contains(project))) return;
  const std::int64_t minute = now_ns / kMinuteNs;
  IngestMinute& slot = of_project_[project][SlotOf(minute)];
  if (slot.minute != minute) slot = {.minute = minute};
  ++(refused ? slot.refused : slot.taken);
}

std::vector<IngestMinute> IngestCourse::LastHour(const std::vector<ProjectKey>& projects,
                                                 std::int64_t now_ns) const {
  const std::int64_t last = now_ns / kMinuteNs;
  std::vector<IngestMinute> hour;
  for (std::int64_t minute = last - static_cast<std::int64_t>(kCourseMinutes) + 1; minute <= last; ++minute) {
    IngestMinute& sum = hour.emplace_back(IngestMinute{.minute = minute});
    for (const ProjectKey project : projects) {
      const auto minutes = of_project_.find(project);
      if (minutes == of_project_.end() || minute < 0) continue;
      const IngestMinute& slot = minutes->second[SlotOf(minute)];
      if (slot.minute != minute) continue;
      sum.taken += slot.taken;
      sum.refused += slot.refused;
    }
  }
  return hour;
}

}  // namespace repartee::server
