// IngestCourse: how many requests with traces came in each of the last minutes, taken and refused, by
// project.
//
// Thread: one at a time.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "repartee/server/store/span_record.h"

namespace repartee::server {

inline constexpr std::size_t kCourseMinutes = 60;
inline constexpr std::size_t kMaxCourseProjects = 1'000;  // of more nothing is counted

struct IngestMinute {
  std::int64_t minute = 0;  // since the epoch
  std::int64_t taken = 0;
  std::int64_t refused = 0;
};

class IngestCourse {
 public:
  void Note(ProjectKey project, bool refused, std::int64_t now_ns);
  // The last hour, the present minute last, of all these together.
  std::vector<IngestMinute> LastHour(const std::vector<ProjectKey>& projects, std::int64_t now_ns) const;

 private:
  // By minute modulo its length; what is older than an hour is overwritten.
  using Minutes = std::array<IngestMinute, kCourseMinutes>;
  std::unordered_map<ProjectKey, Minutes> of_project_;
};

}  // namespace repartee::server
