// Recordings: the sound of conversations, as it was uploaded: what there is of a
// trace, its bytes, and the peaks that a picture of it needs.
//
// Peaks are the least and the greatest sample of each 10 ms of a channel, in 8 bits.
// They are made when somebody looks, from WAV files alone, and kept up to a limit.
//
// Thread: any. Calls block: use the store's threads.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/server/media/media_store.h"

namespace repartee::server {

// One channel after the other; each value is the least, then the greatest of a step.
struct Peaks {
  static constexpr int kStepMs = 10;
  int rate_hz = 0;
  int channels = 0;
  std::int64_t duration_ms = 0;
  std::vector<std::vector<std::int8_t>> values;

  // A part of a channel from `from_ms` in `bins` equal steps, each of `step_ms`; short at the end.
  std::vector<std::int8_t> Window(int channel, std::int64_t from_ms, double step_ms, std::size_t bins) const;
};

class Recordings {
 public:
  // `media` is borrowed and outlives this.
  explicit Recordings(MediaStore& media) : media_(media) {}

  // Sound that belongs to the trace, uploaded or announced.
  Result<std::vector<Recording>> OfTrace(ProjectKey project, std::string_view trace_id);
  // NotFound before the upload is done. `first` and `count` are within the file.
  Result<std::string> Read(ProjectKey project, const std::string& id, std::int64_t first,
                           std::int64_t count) {
    return media_.Read(project, id, first, count);
  }
  // Bytes that have arrived of one that is being uploaded; nothing if none came of late.
  std::optional<std::int64_t> ProgressOf(ProjectKey project, const std::string& id) {
    return media_.ProgressOf(project, id);
  }
  // Traces with a recording that is here, by the ids that their senders use; the latest of very many.
  Result<std::vector<std::string>> Traces(ProjectKey project) { return media_.TracesWithSound(project); }
  // What deleting all that came before that moment would free.
  Result<MediaRoom> RoomBefore(ProjectKey project, std::int64_t ns) { return media_.RoomBefore(project, ns); }
  // InvalidArgument or Malformed if it is no WAV file that is read.
  Result<std::shared_ptr<const Peaks>> PeaksOf(ProjectKey project, const MediaRecord& record);

 private:
  static constexpr std::size_t kMaxKept = 32;  // an hour in two channels takes 1.4 MB

  struct Kept {
    ProjectKey project;
    std::string id;
    std::shared_ptr<const Peaks> peaks;
  };

  MediaStore& media_;
  std::mutex mutex_;
  std::list<Kept> kept_;  // most recent first; guarded by mutex_
};

}  // namespace repartee::server
