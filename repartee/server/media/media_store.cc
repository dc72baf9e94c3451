#include "repartee/server/media/media_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "repartee/base/encoding.h"

namespace repartee::server {
namespace {

constexpr char kSchema[] = R"sql(
CREATE TABLE media(
  project INTEGER NOT NULL, id TEXT NOT NULL, sha256 BLOB NOT NULL, content_type TEXT NOT NULL,
  content_length INTEGER NOT NULL, uploaded INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(project, id)) WITHOUT ROWID;
CREATE TABLE link(
  project INTEGER NOT NULL, trace_id TEXT NOT NULL, observation_id TEXT NOT NULL, field TEXT NOT NULL,
  media_id TEXT NOT NULL, PRIMARY KEY(project, trace_id, observation_id, field, media_id)) WITHOUT ROWID;
)sql";
constexpr int kVersion = 1;
constexpr std::int64_t kMaxOfTrace = 1'000;

Status FileError(std::string_view doing, const std::string& path) {
  if (errno == ENOSPC) return Status::ResourceExhausted("{} {}: the disk is full", doing, path);
  return Status::Internal("{} {}: {}", doing, path, std::strerror(errno));
}

// Whole and on disk, or not at all.
Status WriteFile(const std::string& path, std::string_view bytes) {
  const std::string scratch = path + ".part";
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
  if (Status status = (*database)->ApplySchema(kSchema, kVersion); !status.ok()) return status;
  std::unique_ptr<MediaStore> store(new MediaStore(folder + "/media", *std::move(database)));
  const std::pair<Statement*, std::string_view> statements[] = {
      {&store->insert_,
       "INSERT INTO media(project,id,sha256,content_type,content_length) VALUES(?,?,?,?,?) ON CONFLICT DO "
       "UPDATE "
       "SET content_type=excluded.content_type WHERE uploaded=0"},
      {&store->link_, "INSERT OR IGNORE INTO link VALUES(?,?,?,?,?)"},
      {&store->find_,
       "SELECT sha256,content_type,content_length,uploaded FROM media WHERE project=? AND id=?"},
      {&store->of_trace_,
       "SELECT m.id,m.content_type,m.content_length,m.uploaded,l.trace_id,l.observation_id,l.field FROM link "
       "l "
       "JOIN media m ON m.project=l.project AND m.id=l.media_id WHERE l.project=? AND l.trace_id=? LIMIT ?"},
      {&store->uploaded_, "UPDATE media SET uploaded=? WHERE project=? AND id=?"},
  };
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = store->database_->Prepare(sql);
    if (!prepared.ok()) return std::move(prepared).status();
    *statement = *std::move(prepared);
  }
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
  if (Status status = WriteFile(path, bytes); !status.ok()) return status;
  return MarkUploaded(project, id);
}

Status MediaStore::MarkUploaded(ProjectKey project, const std::string& id) {
  const std::lock_guard lock(mutex_);
  uploaded_.Bind(1, Clock::System().WallNow().count());
  uploaded_.Bind(2, project);
  uploaded_.BindText(3, id);
  return uploaded_.Run();
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

}  // namespace repartee::server
