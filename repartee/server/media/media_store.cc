#include "repartee/server/media/media_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "repartee/base/encoding.h"
#include "repartee/base/log.h"

namespace repartee::server {
namespace {

constexpr char kVersion1[] = R"sql(
CREATE TABLE media(
  project INTEGER NOT NULL, id TEXT NOT NULL, sha256 BLOB NOT NULL, content_type TEXT NOT NULL,
  content_length INTEGER NOT NULL, uploaded INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(project, id)) WITHOUT ROWID;
CREATE TABLE link(
  project INTEGER NOT NULL, trace_id TEXT NOT NULL, observation_id TEXT NOT NULL, field TEXT NOT NULL,
  media_id TEXT NOT NULL, PRIMARY KEY(project, trace_id, observation_id, field, media_id)) WITHOUT ROWID;
)sql";
// When a link was made, links by medium, and files that are to be deleted.
constexpr char kVersion2[] = R"sql(
ALTER TABLE link ADD COLUMN linked INTEGER NOT NULL DEFAULT 0;
UPDATE link SET linked=ifnull((SELECT uploaded FROM media m WHERE m.project=link.project AND m.id=media_id),0);
CREATE INDEX link_by_media ON link(project, media_id);
CREATE INDEX link_by_time ON link(project, linked);
CREATE TABLE gone(project INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY(project, id)) WITHOUT ROWID;
)sql";
constexpr const char* kVersions[] = {kVersion1, kVersion2};
constexpr std::int64_t kMaxOfTrace = 1'000;
constexpr std::int64_t kLinksAtATime = 200;
constexpr std::size_t kMaxPartialUploads = 256;  // known; the one that rested longest is forgotten
// By then the server has closed the connection.
constexpr Nanos kProgressTold = std::chrono::seconds(30);
// What a dataset's item shows is no trace's.
constexpr char kOfTraces[] = "trace_id NOT LIKE 'dataset:%'";

Status FileError(std::string_view doing, const std::string& path) {
  if (errno == ENOSPC) return Status::ResourceExhausted("{} {}: the disk is full", doing, path);
  return Status::Internal("{} {}: {}", doing, path, std::strerror(errno));
}

// Whole and on disk, or not at all. The same bytes may come twice at once: each in a file of
// its own, `scratch`, of which the second takes the place of the first.
Status WriteFile(const std::string& path, const std::string& scratch, std::string_view bytes) {
  const int file = open(scratch.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return FileError("open", scratch);
  Status status;
  while (!bytes.empty() && status.ok()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      status = FileError("write", scratch);
    } else {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  if (status.ok() && fdatasync(file) != 0) status = FileError("sync", scratch);
  close(file);
  if (status.ok() && rename(scratch.c_str(), path.c_str()) != 0) status = FileError("rename", scratch);
  if (!status.ok()) unlink(scratch.c_str());
  return status;
}

}  // namespace

std::string MediaIdOf(std::string_view sha256) {
  std::string id = Base64Encode(sha256).substr(0, 22);
  for (char& c : id) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return id;
}

Result<std::unique_ptr<MediaStore>> MediaStore::Open(const std::string& folder) {
  Result<std::unique_ptr<Database>> database = Database::Open(folder + "/media.db", {.cache_kib = 2'048});
  if (!database.ok()) return std::move(database).status();
  if (Status status = (*database)->Migrate(kVersions); !status.ok()) return status;
  std::unique_ptr<MediaStore> store(new MediaStore(folder + "/media", *std::move(database)));
  const Database::Prepared statements[] = {
      {&store->insert_,
       "INSERT INTO media(project,id,sha256,content_type,content_length) VALUES(?,?,?,?,?) ON CONFLICT DO "
       "UPDATE "
       "SET sha256=excluded.sha256,content_type=excluded.content_type,content_length=excluded.content_length "
       "WHERE uploaded=0"},
      {&store->link_, "INSERT OR IGNORE INTO link VALUES(?,?,?,?,?,?)"},
      {&store->find_,
       "SELECT sha256,content_type,content_length,uploaded FROM media WHERE project=? AND id=?"},
      {&store->of_trace_,
       "SELECT m.id,m.content_type,m.content_length,m.uploaded,l.trace_id,l.observation_id,l.field FROM link "
       "l "
       "JOIN media m ON m.project=l.project AND m.id=l.media_id WHERE l.project=? AND l.trace_id=? LIMIT ?"},
      {&store->uploaded_, "UPDATE media SET uploaded=? WHERE project=? AND id=?"},
      {&store->ids_of_trace_, "SELECT DISTINCT media_id FROM link WHERE project=? AND trace_id=?"},
      {&store->unlink_trace_, "DELETE FROM link WHERE project=? AND trace_id=?"},
      {&store->old_links_,
       fmt::format("SELECT media_id FROM link WHERE project=? AND linked<? AND {} LIMIT ?", kOfTraces)},
      {&store->unlink_old_,
       fmt::format("DELETE FROM link WHERE project=? AND media_id=? AND linked<? AND {}", kOfTraces)},
      {&store->drop_,
       "DELETE FROM media WHERE project=?1 AND id=?2 AND NOT EXISTS(SELECT 1 FROM link WHERE project=?1 AND "
       "media_id=?2) RETURNING 1"},
      {&store->with_sound_,
       fmt::format(
           "SELECT l.trace_id FROM link l JOIN media m ON m.project=l.project AND m.id=l.media_id WHERE "
           "l.project=? AND m.uploaded<>0 AND m.content_type LIKE 'audio/%' AND l.{} ORDER BY l.linked "
           "DESC LIMIT ?",
           kOfTraces)},
      {&store->room_,
       fmt::format(
           "SELECT count(*),ifnull(sum(content_length),0) FROM media m WHERE m.project=?1 AND m.uploaded<>0 "
           "AND "
           "EXISTS(SELECT 1 FROM link WHERE project=?1 AND media_id=m.id) AND NOT EXISTS(SELECT 1 FROM link "
           "WHERE project=?1 AND media_id=m.id AND NOT(linked<?2 AND {}))",
           kOfTraces)},
      {&store->note_gone_, "INSERT OR IGNORE INTO gone VALUES(?,?)"},
      {&store->keep_, "DELETE FROM gone WHERE project=? AND id=?"},
  };
  if (Status status = store->database_->PrepareAll(statements); !status.ok()) return status;
  if (Status status = store->DeleteGone(); !status.ok()) return status;
  // What a stop has left of uploads; should it stay, uploads say why.
  std::error_code ignored;
  std::filesystem::remove_all(store->ScratchFolder(), ignored);
  return store;
}

std::string MediaStore::PathOf(ProjectKey project, const std::string& id) const {
  return fmt::format("{}/{}/{}/{}", folder_, project, id.substr(0, 2), id);
}

Result<bool> MediaStore::Announce(ProjectKey project, const MediaRecord& record, const MediaLink& link) {
  {
    const std::lock_guard lock(mutex_);
    insert_.Bind(1, project);
    insert_.BindText(2, record.id);
    insert_.BindBlob(3, record.sha256);
    insert_.BindText(4, record.content_type);
    insert_.Bind(5, record.content_length);
    if (Status status = insert_.Run(); !status.ok()) return status;
    link_.Bind(1, project);
    link_.BindText(2, link.trace_id);
    link_.BindText(3, link.observation_id);
    link_.BindText(4, link.field);
    link_.BindText(5, record.id);
    link_.Bind(6, Clock::System().WallNow().count());
    if (Status status = link_.Run(); !status.ok()) return status;
  }
  Result<std::optional<MediaRecord>> found = Find(project, record.id);
  if (!found.ok()) return std::move(found).status();
  return *found && (*found)->uploaded_ns != 0 && (*found)->content_type == record.content_type;
}

Result<std::vector<Recording>> MediaStore::OfTrace(ProjectKey project, std::string_view trace_id) {
  const std::lock_guard lock(mutex_);
  const StatementUse use(of_trace_);
  of_trace_.Bind(1, project);
  of_trace_.BindText(2, trace_id);
  of_trace_.Bind(3, kMaxOfTrace);
  std::vector<Recording> found;
  while (true) {
    Result<bool> row = of_trace_.Step();
    if (!row.ok()) return std::move(row).status();
    if (!*row) return found;
    Recording one;
    one.record.id = of_trace_.Text(0);
    one.record.content_type = of_trace_.Text(1);
    one.record.content_length = of_trace_.Integer(2);
    one.record.uploaded_ns = of_trace_.Integer(3);
    one.link.trace_id = of_trace_.Text(4);
    one.link.observation_id = of_trace_.Text(5);
    one.link.field = of_trace_.Text(6);
    found.push_back(std::move(one));
  }
}

Result<std::optional<MediaRecord>> MediaStore::Find(ProjectKey project, const std::string& id) {
  const std::lock_guard lock(mutex_);
  const StatementUse use(find_);
  find_.Bind(1, project);
  find_.BindText(2, id);
  Result<bool> row = find_.Step();
  if (!row.ok()) return std::move(row).status();
  if (!*row) return std::optional<MediaRecord>();
  MediaRecord record;
  record.id = id;
  record.sha256 = find_.Blob(0);
  record.content_type = find_.Text(1);
  record.content_length = find_.Integer(2);
  record.uploaded_ns = find_.Integer(3);
  return std::optional(std::move(record));
}

Status MediaStore::Upload(ProjectKey project, const std::string& id, std::string_view bytes) {
  Result<std::optional<MediaRecord>> record = Find(project, id);
  if (!record.ok()) return std::move(record).status();
  if (!*record) return Status::NotFound("no medium {} was announced", id);
  if (static_cast<std::int64_t>(bytes.size()) != (*record)->content_length)
    return Status::InvalidArgument("{} bytes came instead of {}", bytes.size(), (*record)->content_length);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  if (std::string_view(reinterpret_cast<const char*>(digest), sizeof digest) != (*record)->sha256)
    return Status::InvalidArgument("the bytes have another SHA-256 than was announced");
  const std::string path = PathOf(project, id);
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  std::filesystem::create_directories(ScratchFolder(), error);
  const std::string scratch = fmt::format("{}/{}.part", ScratchFolder(), ++uploads_);
  if (Status status = WriteFile(path, scratch, bytes); !status.ok()) return status;
  if (Status status = MarkUploaded(project, id); !status.ok()) return status;
  const Result<std::optional<MediaRecord>> kept = Find(project, id);
  if (!kept.ok() || *kept) return kept.ok() ? OkStatus() : kept.status();
  std::filesystem::remove(path, error);
  return Status::NotFound("medium {} was deleted with what showed it", id);
}

Result<MediaRoom> MediaStore::RoomBefore(ProjectKey project, std::int64_t ns) {
  const std::lock_guard lock(mutex_);
  const StatementUse use(room_);
  room_.Bind(1, project);
  room_.Bind(2, ns);
  if (const Result<bool> row = room_.Step(); !row.ok()) return row.status();
  return MediaRoom{.media = room_.Integer(0), .bytes = room_.Integer(1)};
}

Result<std::vector<std::string>> MediaStore::TracesWithSound(ProjectKey project) {
  const std::lock_guard lock(mutex_);
  const StatementUse use(with_sound_);
  with_sound_.Bind(1, project);
  with_sound_.Bind(2, kMaxTracesWithSound);
  std::vector<std::string> traces;
  Status status = EachRow(with_sound_, [&] { traces.emplace_back(with_sound_.Text(0)); });
  if (!status.ok()) return status;
  return traces;
}

Status MediaStore::MarkUploaded(ProjectKey project, const std::string& id) {
  const std::lock_guard lock(mutex_);
  // It may have been deleted before, and its file still wait for that.
  keep_.Bind(1, project);
  keep_.BindText(2, id);
  if (Status status = keep_.Run(); !status.ok()) return status;
  uploaded_.Bind(1, Clock::System().WallNow().count());
  uploaded_.Bind(2, project);
  uploaded_.BindText(3, id);
  return uploaded_.Run();
}

void MediaStore::NoteProgress(ProjectKey project, const std::string& id, std::int64_t received) {
  const Nanos now = Clock::System().MonotonicNow();
  const std::lock_guard lock(progress_mutex_);
  progress_[{project, id}] = {received, now};
  if (progress_.size() <= kMaxPartialUploads) return;
  progress_.erase(std::min_element(progress_.begin(), progress_.end(),
                                   [](const auto& a, const auto& b) { return a.second.at < b.second.at; }));
}

std::optional<std::int64_t> MediaStore::ProgressOf(ProjectKey project, const std::string& id) {
  const Nanos now = Clock::System().MonotonicNow();
  const std::lock_guard lock(progress_mutex_);
  const auto found = progress_.find({project, id});
  if (found == progress_.end() || now - found->second.at > kProgressTold) return std::nullopt;
  return found->second.received;
}

Result<std::string> MediaStore::Read(ProjectKey project, const std::string& id, std::int64_t first,
                                     std::int64_t count) {
  std::ifstream file(PathOf(project, id), std::ios::binary);
  if (!file.good()) return Status::NotFound("medium {} is not here", id);
  std::string bytes(static_cast<std::size_t>(count), '\0');
  file.seekg(first);
  file.read(bytes.data(), count);
  if (file.gcount() != count) return Status::Internal("medium {} is shorter than it was", id);
  return bytes;
}

// ---- deletion ----

Status MediaStore::DeleteGone() {
  std::vector<std::pair<ProjectKey, std::string>> gone;
  {
    Result<Statement> select = database_->Prepare("SELECT project,id FROM gone");
    if (!select.ok()) return std::move(select).status();
    Status status =
        EachRow(*select, [&] { gone.emplace_back(select->Integer(0), std::string(select->Text(1))); });
    if (!status.ok()) return status;
  }
  for (const auto& [project, id] : gone) {
    const std::string path = PathOf(project, id);
    if (unlink(path.c_str()) != 0 && errno != ENOENT) return FileError("delete", path);
  }
  return gone.empty() ? OkStatus() : database_->Execute("DELETE FROM gone");
}

Status MediaStore::DropUnlinked(ProjectKey project, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    bool dropped = false;
    const StatementUse use(drop_);
    drop_.Bind(1, project);
    drop_.BindText(2, id);
    if (Status status = EachRow(drop_, [&dropped] { dropped = true; }); !status.ok()) return status;
    if (!dropped) continue;
    note_gone_.Bind(1, project);
    note_gone_.BindText(2, id);
    if (Status status = note_gone_.Run(); !status.ok()) return status;
  }
  return OkStatus();
}

template <class TakeOut>
Status MediaStore::ForgetLinks(ProjectKey project, const std::vector<std::string>& ids, TakeOut take_out) {
  if (ids.empty()) return OkStatus();
  Status status = database_->Execute("BEGIN IMMEDIATE");
  if (!status.ok()) return status;
  status = take_out();
  if (status.ok()) status = DropUnlinked(project, ids);
  if (status.ok()) status = database_->Execute("COMMIT");
  if (status.ok()) return DeleteGone();
  if (!database_->Execute("ROLLBACK").ok()) LogDebug("{}: nothing to roll back", database_->path());
  return status;
}

Status MediaStore::Forget(ProjectKey project, std::string_view trace_id) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> ids;
  {
    const StatementUse use(ids_of_trace_);
    ids_of_trace_.Bind(1, project);
    ids_of_trace_.BindText(2, trace_id);
    Status status = EachRow(ids_of_trace_, [&] { ids.emplace_back(ids_of_trace_.Text(0)); });
    if (!status.ok()) return status;
  }
  return ForgetLinks(project, ids, [&] {
    unlink_trace_.Bind(1, project);
    unlink_trace_.BindText(2, trace_id);
    return unlink_trace_.Run();
  });
}

Result<bool> MediaStore::ForgetBefore(ProjectKey project, std::int64_t ns) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> ids;
  {
    const StatementUse use(old_links_);
    old_links_.Bind(1, project);
    old_links_.Bind(2, ns);
    old_links_.Bind(3, kLinksAtATime);
    Status status = EachRow(old_links_, [&] { ids.emplace_back(old_links_.Text(0)); });
    if (!status.ok()) return status;
  }
  Status status = ForgetLinks(project, ids, [&] {
    Status unlinked;
    for (const std::string& id : ids) {
      if (!unlinked.ok()) break;
      unlink_old_.Bind(1, project);
      unlink_old_.BindText(2, id);
      unlink_old_.Bind(3, ns);
      unlinked = unlink_old_.Run();
    }
    return unlinked;
  });
  if (!status.ok()) return status;
  return static_cast<std::int64_t>(ids.size()) == kLinksAtATime;
}

}  // namespace repartee::server
