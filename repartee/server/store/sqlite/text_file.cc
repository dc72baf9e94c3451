#include "repartee/server/store/sqlite/text_file.h"

#include <fmt/format.h>

#include "repartee/server/store/sqlite/schema.h"
#include "repartee/server/store/sqlite/varint.h"

namespace repartee::server {

std::string TextPath(const std::string& folder, int day) {
  return fmt::format("{}/text-{:08}.db", folder, day);
}

// A fault of SQLite's names its file.
bool IsOfText(const Status& status, const std::string& folder, int day) {
  return status.code() == StatusCode::kMalformed &&
         status.message().find(TextPath(folder, day)) != std::string::npos;
}

std::string EncodePlaces(const std::vector<DocumentPlace>& places) {
  std::string bytes;
  std::int64_t last = 0;
  for (const DocumentPlace& place : places) {
    AppendVarint(bytes, ToZigzag(place.key - last));
    AppendVarint(bytes, place.item);
    last = place.key;
  }
  return bytes;
}

std::vector<DocumentPlace> DecodePlaces(std::string_view bytes) {
  std::vector<DocumentPlace> places;
  std::int64_t key = 0;
  while (const std::optional<std::uint64_t> step = ReadVarint(bytes)) {
    const std::optional<std::uint64_t> item = ReadVarint(bytes);
    if (!item) break;
    key += FromZigzag(*step);
    places.push_back({key, static_cast<std::uint32_t>(*item)});
  }
  return places;
}

Result<std::unique_ptr<TextFile>> TextFile::Open(const std::string& folder, int day) {
  Result<std::unique_ptr<Database>> database =
      Database::Open(TextPath(folder, day), {.sync_full = false, .cache_kib = 4'096, .checkpoint_bytes = 0});
  if (!database.ok()) return std::move(database).status();
  if (Status status = (*database)->ApplySchema(kTextSchema, kTextVersion); !status.ok()) return status;
  std::unique_ptr<TextFile> file(new TextFile(*std::move(database)));
  if (Status status = file->Prepare(); !status.ok()) return status;
  if (Status status = file->LoadMarks(); !status.ok()) return status;
  return file;
}

Status TextFile::Prepare() {
  const Database::Prepared statements[] = {
      {&add_, "INSERT INTO doc(rowid,text) VALUES(?,?)"},
      {&delete_, "INSERT INTO doc(doc,rowid,text) VALUES('delete',?,?)"},
      {&add_block_, "INSERT INTO block(first_doc,batch,places) VALUES(?,?,?)"},
      {&find_block_, "SELECT first_doc,places FROM block WHERE batch=?"},
      {&put_places_, "UPDATE block SET places=? WHERE first_doc=?"},
      {&put_mark_, "INSERT OR REPLACE INTO mark VALUES(?,?)"},
  };
  return database_->PrepareAll(statements);
}

Status TextFile::LoadMarks() {
  for (const auto& [name, mark] : {std::pair{kTextUpto, &upto_}, std::pair{kNextDocument, &next_doc_}}) {
    Result<std::int64_t> value =
        database_->QueryInteger(fmt::format("SELECT value FROM mark WHERE name='{}'", name), *mark);
    if (!value.ok()) return std::move(value).status();
    *mark = *value;
  }
  return OkStatus();
}

Status TextFile::Commit(std::int64_t batch) {
  for (const auto& [name, value] : {std::pair{kTextUpto, batch}, std::pair{kNextDocument, next_doc_}}) {
    put_mark_.BindText(1, name);
    put_mark_.Bind(2, value);
    if (Status status = put_mark_.Run(); !status.ok()) return status;
  }
  if (Status status = database_->Execute("COMMIT"); !status.ok()) return status;
  upto_ = batch;
  return OkStatus();
}

Status TextFile::Rollback() {
  if (Status status = database_->Execute("ROLLBACK"); !status.ok()) return status;
  return LoadMarks();
}

Status TextFile::AddBlock(std::int64_t batch, const BlockContents& contents, const FetchText& fetch) {
  const std::int64_t first = next_doc_;
  std::vector<DocumentPlace> places;
  for (const StoredSpan& span : contents.spans) {
    Result<std::string> document = DocumentOf(span, fetch);
    if (!document.ok()) return std::move(document).status();
    if (document->empty()) continue;
    add_.Bind(1, next_doc_++);
    add_.BindText(2, *document);
    if (Status status = add_.Run(); !status.ok()) return status;
    places.push_back({span.key, span.item});
  }
  if (places.empty()) return OkStatus();
  const std::string bytes = EncodePlaces(places);
  add_block_.Bind(1, first);
  add_block_.Bind(2, batch);
  add_block_.BindBlob(3, bytes);
  return add_block_.Run();
}

Status TextFile::Remove(std::int64_t batch, const StoredSpan& span, const FetchText& fetch) {
  std::int64_t first = 0;
  std::vector<DocumentPlace> places;
  {
    const StatementUse use(find_block_);
    find_block_.Bind(1, batch);
    Result<bool> row = find_block_.Step();
    if (!row.ok()) return std::move(row).status();
    if (!*row) return OkStatus();
    first = find_block_.Integer(0);
    places = DecodePlaces(find_block_.Blob(1));
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i].item != span.item || places[i].key != span.key) continue;
    // The index forgets exactly what it was given.
    Result<std::string> document = DocumentOf(span, fetch);
    if (!document.ok()) return std::move(document).status();
    delete_.Bind(1, first + static_cast<std::int64_t>(i));
    delete_.BindText(2, *document);
    if (Status status = delete_.Run(); !status.ok()) return status;
    places[i].key = 0;
    const std::string bytes = EncodePlaces(places);
    put_places_.BindBlob(1, bytes);
    put_places_.Bind(2, first);
    return put_places_.Run();
  }
  return OkStatus();
}

}  // namespace repartee::server
