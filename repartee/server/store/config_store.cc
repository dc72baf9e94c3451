#include "repartee/server/store/config_store.h"

#include <fmt/format.h>

namespace repartee::server {
namespace {

constexpr char kSchema[] = R"sql(
CREATE TABLE IF NOT EXISTS document(
  project INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, parent TEXT NOT NULL,
  number INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY(project, kind, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS document_by_name ON document(project, kind, name, number);
CREATE INDEX IF NOT EXISTS document_by_parent ON document(project, kind, parent, created);
)sql";

constexpr char kColumns[] = "id,name,parent,number,created,updated,body";

ConfigItem ReadItem(const Statement& row) {
  return {.id = std::string(row.Text(0)),
          .name = std::string(row.Text(1)),
          .parent = std::string(row.Text(2)),
          .number = row.Integer(3),
          .created_ns = row.Integer(4),
          .updated_ns = row.Integer(5),
          .body = std::string(row.Text(6))};
}

std::string WhereOf(const ConfigQuery& query) {
  std::string where = "project=?1 AND kind=?2";
  if (query.name) where += " AND name=?3";
  if (query.parent) where += " AND parent=?4";
  // As a range, which the index answers.
  if (query.parent_prefix) where += " AND parent>=?7 AND parent<?8";
  return where;
}

void BindWhere(Statement& statement, const ConfigQuery& query, const std::string& behind) {
  statement.Bind(1, query.project);
  statement.BindText(2, query.kind);
  if (query.name) statement.BindText(3, *query.name);
  if (query.parent) statement.BindText(4, *query.parent);
  if (!query.parent_prefix) return;
  statement.BindText(7, *query.parent_prefix);
  statement.BindText(8, behind);
}

// The first text that sorts behind all that begin so.
std::string BehindPrefix(std::string_view prefix) {
  std::string behind(prefix);
  if (!behind.empty()) ++behind.back();
  return behind;
}

}  // namespace

Result<std::unique_ptr<ConfigStore>> ConfigStore::Open(const std::string& path) {
  Result<std::unique_ptr<Database>> database = Database::Open(path, {.cache_kib = 4'096});
  if (!database.ok()) return std::move(database).status();
  if (Status status = (*database)->Execute(kSchema); !status.ok()) return status;
  return std::unique_ptr<ConfigStore>(new ConfigStore(*std::move(database)));
}

Result<std::optional<ConfigItem>> ConfigStore::Find(ProjectKey project, std::string_view kind,
                                                    std::string_view id) {
  const std::lock_guard lock(mutex_);
  Result<Statement> select = database_->Prepare(
      fmt::format("SELECT {} FROM document WHERE project=? AND kind=? AND id=?", kColumns));
  if (!select.ok()) return std::move(select).status();
  select->Bind(1, project);
  select->BindText(2, kind);
  select->BindText(3, id);
  const Result<bool> row = select->Step();
  if (!row.ok()) return row.status();
  if (!*row) return std::optional<ConfigItem>();
  return std::optional(ReadItem(*select));
}

Result<ConfigPage> ConfigStore::List(const ConfigQuery& query) {
  const std::lock_guard lock(mutex_);
  const std::string where = WhereOf(query);
  Result<Statement> count = database_->Prepare("SELECT count(*) FROM document WHERE " + where);
  if (!count.ok()) return std::move(count).status();
  const std::string behind = BehindPrefix(query.parent_prefix.value_or(""));
  BindWhere(*count, query, behind);
  if (const Result<bool> row = count->Step(); !row.ok()) return row.status();
  ConfigPage page{.items = {}, .total = static_cast<std::size_t>(count->Integer(0))};
  const char* direction = query.oldest_first ? "ASC" : "DESC";
  Result<Statement> select = database_->Prepare(fmt::format(
      "SELECT {0} FROM document WHERE {1} ORDER BY created {2},number {2},id {2} LIMIT ?5 OFFSET ?6",
      kColumns, where, direction));
  if (!select.ok()) return std::move(select).status();
  BindWhere(*select, query, behind);
  select->Bind(5, static_cast<std::int64_t>(query.limit));
  select->Bind(6, static_cast<std::int64_t>(query.offset));
  Status status = EachRow(*select, [&] { page.items.push_back(ReadItem(*select)); });
  if (!status.ok()) return status;
  return page;
}

Status ConfigStore::PutOne(ProjectKey project, std::string_view kind, const ConfigItem& item) {
  Result<Statement> insert = database_->Prepare("INSERT OR REPLACE INTO document VALUES(?,?,?,?,?,?,?,?,?)");
  if (!insert.ok()) return std::move(insert).status();
  insert->Bind(1, project);
  insert->BindText(2, kind);
  insert->BindText(3, item.id);
  insert->BindText(4, item.name);
  insert->BindText(5, item.parent);
  insert->Bind(6, item.number);
  insert->Bind(7, item.created_ns);
  insert->Bind(8, item.updated_ns);
  insert->BindText(9, item.body);
  return insert->Run();
}

Status ConfigStore::Put(ProjectKey project, std::string_view kind, const std::vector<ConfigItem>& items) {
  const std::lock_guard lock(mutex_);
  if (Status status = database_->Execute("BEGIN IMMEDIATE"); !status.ok()) return status;
  for (const ConfigItem& item : items) {
    Status status = PutOne(project, kind, item);
    if (status.ok()) continue;
    // The first fault tells more than that of the rollback.
    (void)database_->Execute("ROLLBACK");
    return status;
  }
  return database_->Execute("COMMIT");
}

Result<bool> ConfigStore::Remove(ProjectKey project, std::string_view kind, std::string_view id) {
  const std::lock_guard lock(mutex_);
  Result<Statement> erase =
      database_->Prepare("DELETE FROM document WHERE project=? AND kind=? AND id=? RETURNING 1");
  if (!erase.ok()) return std::move(erase).status();
  erase->Bind(1, project);
  erase->BindText(2, kind);
  erase->BindText(3, id);
  bool removed = false;
  // To its end: a statement that gives rows commits then.
  if (Status status = EachRow(*erase, [&removed] { removed = true; }); !status.ok()) return status;
  return removed;
}

Status ConfigStore::RemoveBefore(ProjectKey project, std::string_view kind, std::string_view parent_prefix,
                                 std::int64_t created_ns) {
  const std::lock_guard lock(mutex_);
  Result<Statement> erase = database_->Prepare(
      "DELETE FROM document WHERE project=? AND kind=? AND parent>=? AND parent<? AND created<?");
  if (!erase.ok()) return std::move(erase).status();
  const std::string behind = BehindPrefix(parent_prefix);
  erase->Bind(1, project);
  erase->BindText(2, kind);
  erase->BindText(3, parent_prefix);
  erase->BindText(4, behind);
  erase->Bind(5, created_ns);
  return erase->Run();
}

Status ConfigStore::RemoveOf(ProjectKey project, std::string_view kind, std::string_view parent) {
  const std::lock_guard lock(mutex_);
  Result<Statement> erase =
      database_->Prepare("DELETE FROM document WHERE project=? AND kind=? AND parent=?");
  if (!erase.ok()) return std::move(erase).status();
  erase->Bind(1, project);
  erase->BindText(2, kind);
  erase->BindText(3, parent);
  return erase->Run();
}

}  // namespace repartee::server
