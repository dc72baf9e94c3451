// How long a project keeps its recordings, where that is shorter than its traces: they are what takes the
// room.
//
// Thread: any; calls wait for the disk.
#pragma once

#include <cstdint>
#include <vector>

#include "repartee/server/auth/key_store.h"
#include "repartee/server/media/media_store.h"
#include "repartee/server/store/config_store.h"

namespace repartee::server {

// 0: as long as their traces.
Result<std::int64_t> RecordingDays(ConfigStore& config, ProjectKey project);
// 0 takes the rule back.
Status SetRecordingDays(ConfigStore& config, ProjectKey project, std::int64_t days);

// What was linked to traces before that moment goes, a part at a time.
Status ForgetMediaBefore(MediaStore& media, ProjectKey project, std::int64_t ns);
// The same for each of the projects that has a rule, by that.
Status ForgetOldRecordings(ConfigStore& config, MediaStore& media, const std::vector<Project>& projects,
                           std::int64_t now_ns);

}  // namespace repartee::server
