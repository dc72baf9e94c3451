// MediaStore: recordings and pictures that clients upload beside their spans: files in
// a folder of their own, named by their hash, and media.db, which knows whose they are.
//
// A medium lives as long as something shows it: traces by their links, which go with
// them. An upload is written whole in a file of its own, synced and renamed, so a file that is
// there is complete.
//
// Thread: any, one call at a time inside. Calls block: use the store's threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/base/status.h"
#include "repartee/server/store/span_record.h"
#include "repartee/server/store/sqlite/database.h"

namespace repartee::server {

struct MediaRecord {
  std::string id;      // the first 22 characters of the url-safe base64 of the hash
  std::string sha256;  // 32 bytes
  std::string content_type;
  std::int64_t content_length = 0;
  std::int64_t uploaded_ns = 0;  // 0: not yet
};

// Where a medium is shown.
struct MediaLink {
  std::string trace_id;
  std::string observation_id;  // may be empty
  std::string field;           // input, output or metadata
};

struct Recording {
  MediaRecord record;
  MediaLink link;
};

inline constexpr std::int64_t kMaxTracesWithSound = 20'000;

// So many media, of which the bytes are here.
struct MediaRoom {
  std::int64_t media = 0;
  std::int64_t bytes = 0;
};

// The id that clients compute too, and refuse any other.
std::string MediaIdOf(std::string_view sha256);

// A part of a medium that is on its way.
struct PartialUpload {
  std::int64_t received = 0;  // bytes
  Nanos at{0};                // when the last of them came; monotonic
};

class MediaStore {
 public:
  // In `folder`, which exists and is locked by this process.
  static Result<std::unique_ptr<MediaStore>> Open(const std::string& folder);

  // Notes the medium and where it belongs; until its bytes are here the last announcement
  // counts. True if they are here already.
  Result<bool> Announce(ProjectKey project, const MediaRecord& record, const MediaLink& link);
  // InvalidArgument if the bytes are not those that were announced; NotFound if none were.
  Status Upload(ProjectKey project, const std::string& id, std::string_view bytes);
  // That so much of it has arrived by now.
  void NoteProgress(ProjectKey project, const std::string& id, std::int64_t received);
  // Bytes that have arrived of a medium that is being uploaded; nothing if none came of late.
  std::optional<std::int64_t> ProgressOf(ProjectKey project, const std::string& id);
  // The trace shows nothing any more; what no other place shows is deleted, bytes and all.
  Status Forget(ProjectKey project, std::string_view trace_id);
  // The same of what was linked to traces before that moment, a part at a time; false when
  // nothing is left.
  Result<bool> ForgetBefore(ProjectKey project, std::int64_t ns);
  // What that would free, of all that is here.
  Result<MediaRoom> RoomBefore(ProjectKey project, std::int64_t ns);
  // What is shown with the trace, by the id that its sender uses; at most kMaxOfTrace.
  Result<std::vector<Recording>> OfTrace(ProjectKey project, std::string_view trace_id);
  // Traces that have sound which is here, by the ids that their senders use: the latest kMaxTracesWithSound.
  Result<std::vector<std::string>> TracesWithSound(ProjectKey project);
  Result<std::optional<MediaRecord>> Find(ProjectKey project, const std::string& id);
  // NotFound before the upload is done. `first` and `count` are within the file.
  Result<std::string> Read(ProjectKey project, const std::string& id, std::int64_t first, std::int64_t count);

 private:
  MediaStore(std::string folder, std::unique_ptr<Database> database)
      : folder_(std::move(folder)), database_(std::move(database)) {}
  std::string PathOf(ProjectKey project, const std::string& id) const;
  // Of uploads that are not whole.
  std::string ScratchFolder() const { return folder_ + "/scratch"; }
  Status MarkUploaded(ProjectKey project, const std::string& id);
  // Finishes what a stop has left: files whose rows are gone.
  Status DeleteGone();
  // Of media without a link: their rows go, and it is noted that their files are to go.
  Status DropUnlinked(ProjectKey project, const std::vector<std::string>& ids);
  // `take_out` deletes links to these media; all in one transaction.
  template <class TakeOut>
  Status ForgetLinks(ProjectKey project, const std::vector<std::string>& ids, TakeOut take_out);

  const std::string folder_;
  const std::unique_ptr<Database> database_;
  std::atomic<std::uint64_t> uploads_{0};
  std::mutex mutex_;
  // Guarded by mutex_.
  Statement insert_, link_, find_, uploaded_, of_trace_, ids_of_trace_, unlink_trace_, old_links_,
      unlink_old_, drop_, note_gone_, keep_, with_sound_, room_;
  // Of its own, so that a connection's thread waits for no disk.
  std::mutex progress_mutex_;
  std::map<std::pair<ProjectKey, std::string>, PartialUpload> progress_;  // guarded by progress_mutex_
};

}  // namespace repartee::server
