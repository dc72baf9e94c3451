#include "repartee/server/api/recording_retention.h"

#include "repartee/server/api/config_resource.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

constexpr std::string_view kKind = "recording-days";
constexpr char kOnly[] = "rule";  // a project has one

}  // namespace

Result<std::int64_t> RecordingDays(ConfigStore& config, ProjectKey project) {
  const Result<std::optional<ConfigItem>> rule = config.Find(project, kKind, kOnly);
  if (!rule.ok()) return rule.status();
  return *rule ? (*rule)->number : 0;
}

Status SetRecordingDays(ConfigStore& config, ProjectKey project, std::int64_t days) {
  if (days <= 0) return config.Remove(project, kKind, kOnly).status();
  ConfigItem rule = NewItem(kOnly, "", Json::object());
  rule.number = days;
  return config.Put(project, kKind, {std::move(rule)});
}

Status ForgetMediaBefore(MediaStore& media, ProjectKey project, std::int64_t ns) {
  while (true) {
    const Result<bool> more = media.ForgetBefore(project, ns);
    if (!more.ok()) return more.status();
    if (!*more) return OkStatus();
  }
}

Status ForgetOldRecordings(ConfigStore& config, MediaStore& media, const std::vector<Project>& projects,
                           std::int64_t now_ns) {
  for (const Project& project : projects) {
    const Result<std::int64_t> days = RecordingDays(config, project.key);
    if (!days.ok()) return days.status();
    if (*days == 0) continue;
    const std::int64_t before_ns = AttachedBefore(FirstKeptDay(now_ns, *days));
    if (Status status = ForgetMediaBefore(media, project.key, before_ns); !status.ok()) return status;
  }
  return OkStatus();
}

}  // namespace repartee::server
