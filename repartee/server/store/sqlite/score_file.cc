#include "repartee/server/store/sqlite/score_file.h"

#include <fmt/format.h>

#include "repartee/base/log.h"
#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/rows.h"
#include "repartee/server/store/sqlite/sql_filter.h"

namespace repartee::server {
namespace {

constexpr char kSchema[] = R"sql(
CREATE TABLE score(
  project INTEGER NOT NULL, id TEXT NOT NULL, trace_id TEXT, observation_id TEXT, session_id TEXT, run_id TEXT,
  name TEXT NOT NULL, type INTEGER NOT NULL, source INTEGER NOT NULL, value REAL NOT NULL, string_value TEXT,
  long_string_value TEXT, config_id TEXT, queue_id TEXT, author_id TEXT, comment TEXT, metadata TEXT,
  environment TEXT NOT NULL, time INTEGER NOT NULL, event INTEGER NOT NULL, created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  PRIMARY KEY(project, id));
CREATE INDEX score_by_time ON score(project, time, id);
CREATE INDEX score_by_trace ON score(project, trace_id) WHERE trace_id IS NOT NULL;
CREATE INDEX score_by_session ON score(project, session_id) WHERE session_id IS NOT NULL;
)sql";
constexpr int kVersion = 1;

constexpr std::string_view kColumns =
    "project,id,trace_id,observation_id,session_id,run_id,name,type,source,value,string_value,"
    "long_string_value,config_id,queue_id,author_id,comment,metadata,environment,time,event,created,updated";

// Time and trace are those of the first event; all else is the later event's, texts
// that it leaves out excepted.
constexpr std::string_view kUpsert =
    "INSERT INTO score({}) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(project,id) DO "
    "UPDATE SET observation_id=coalesce(excluded.observation_id,observation_id),"
    "session_id=coalesce(excluded.session_id,session_id),run_id=coalesce(excluded.run_id,run_id),"
    "name=excluded.name,type=excluded.type,source=excluded.source,value=excluded.value,"
    "string_value=excluded.string_value,long_string_value=excluded.long_string_value,"
    "config_id=coalesce(excluded.config_id,config_id),queue_id=coalesce(excluded.queue_id,queue_id),"
    "author_id=coalesce(excluded.author_id,author_id),comment=coalesce(excluded.comment,comment),"
    "metadata=coalesce(excluded.metadata,metadata),event=excluded.event,updated=excluded.updated "
    "WHERE excluded.event>=event";

ScoreRow ReadRow(const Statement& s) {
  ScoreRow row;
  row.project = s.Integer(0);
  std::string* const texts[] = {&row.id,         &row.trace_id, &row.observation_id,
                                &row.session_id, &row.run_id,   &row.name};
  for (int i = 0; i < 6; ++i) *texts[i] = s.Text(i + 1);
  row.type = static_cast<ScoreType>(s.Integer(7));
  row.source = static_cast<ScoreSource>(s.Integer(8));
  row.value = s.Real(9);
  row.string_value = OptionalText(s, 10);
  row.long_string_value = OptionalText(s, 11);
  row.config_id = s.Text(12);
  row.queue_id = s.Text(13);
  row.author_id = s.Text(14);
  row.comment = OptionalText(s, 15);
  row.metadata = s.Text(16);
  row.environment = s.Text(17);
  row.time_ns = s.Integer(18);
  row.event_ns = s.Integer(19);
  row.created_ns = s.Integer(20);
  row.updated_ns = s.Integer(21);
  return row;
}

template <class Value>
void AddNumbers(SqlFilter& filter, std::string_view column, const std::vector<Value>& wanted) {
  if (wanted.empty()) return;
  std::string numbers;
  for (const Value value : wanted)
    numbers += fmt::format("{}{:.17g}", numbers.empty() ? "" : ",", static_cast<double>(value));
  filter.where += fmt::format(" AND {} IN ({})", column, numbers);
}

SqlFilter FilterOf(const ScoreQuery& query) {
  SqlFilter filter;
  filter.Add("project=?", query.project);
  filter.AddAnyOf("id", query.ids);
  filter.AddAnyOf("name", query.names);
  AddNumbers(filter, "type", query.types);
  AddNumbers(filter, "source", query.sources);
  filter.AddAnyOf("environment", query.environments);
  filter.AddAnyOf("trace_id", query.trace_ids);
  filter.AddAnyOf("observation_id", query.observation_ids);
  filter.AddAnyOf("session_id", query.session_ids);
  filter.AddAnyOf("run_id", query.run_ids);
  filter.AddAnyOf("config_id", query.config_ids);
  filter.AddAnyOf("queue_id", query.queue_ids);
  filter.AddAnyOf("author_id", query.author_ids);
  filter.AddAnyOf("string_value", query.string_values);
  AddNumbers(filter, "value", query.numbers);
  constexpr std::string_view kSigns[] = {"=", "<>", "<", "<=", ">", ">="};
  for (const ScoreCondition& condition : query.values) {
    const std::string_view sign = kSigns[static_cast<std::size_t>(condition.comparison)];
    filter.Add(fmt::format("value{}cast(? AS REAL)", sign), fmt::format("{:.17g}", condition.value));
  }
  if (query.from_ns) filter.Add("time>=?", *query.from_ns);
  if (query.to_ns) filter.Add("time<?", *query.to_ns);
  if (query.of_traces)
    filter.where += *query.of_traces ? " AND trace_id IS NOT NULL" : " AND trace_id IS NULL";
  return filter;
}

}  // namespace

Result<std::unique_ptr<ScoreFile>> ScoreFile::Open(const std::string& folder, bool read_only) {
  const DatabaseOptions options{.read_only = read_only, .cache_kib = 4'096};
  Result<std::unique_ptr<Database>> database = Database::Open(folder + "/scores.db", options);
  if (!database.ok()) return std::move(database).status();
  std::unique_ptr<ScoreFile> file(new ScoreFile(*std::move(database)));
  if (read_only) return file;
  if (Status status = file->database_->ApplySchema(kSchema, kVersion); !status.ok()) return status;
  const Database::Prepared statements[] = {
      {&file->upsert_, fmt::format(kUpsert, kColumns)},
      {&file->delete_, "DELETE FROM score WHERE project=? AND id=?"},
      {&file->delete_of_trace_, "DELETE FROM score WHERE project=? AND trace_id=?"},
      {&file->delete_before_, "DELETE FROM score WHERE project=? AND trace_id IS NOT NULL AND created<?"},
  };
  if (Status status = file->database_->PrepareAll(statements); !status.ok()) return status;
  return file;
}

void ScoreFile::Rollback() {
  if (!database_->Execute("ROLLBACK").ok()) LogDebug("{}: nothing to roll back", database_->path());
}

Status ScoreFile::Upsert(const ScoreRow& row, std::int64_t now_ns) {
  Statement& s = upsert_;
  s.Bind(1, row.project);
  s.BindText(2, row.id);
  s.BindOptionalText(3, row.trace_id);
  s.BindOptionalText(4, row.observation_id);
  s.BindOptionalText(5, row.session_id);
  s.BindOptionalText(6, row.run_id);
  s.BindText(7, row.name);
  s.Bind(8, static_cast<std::int64_t>(row.type));
  s.Bind(9, static_cast<std::int64_t>(row.source));
  s.BindReal(10, row.value);
  BindOptional(s, 11, row.string_value);
  BindOptional(s, 12, row.long_string_value);
  s.BindOptionalText(13, row.config_id);
  s.BindOptionalText(14, row.queue_id);
  s.BindOptionalText(15, row.author_id);
  BindOptional(s, 16, row.comment);
  s.BindOptionalText(17, row.metadata);
  s.BindText(18, row.environment);
  s.Bind(19, row.time_ns);
  s.Bind(20, row.event_ns);
  s.Bind(21, now_ns);
  s.Bind(22, now_ns);
  return s.Run();
}

Status ScoreFile::Delete(const ScoreDeletion& deletion) {
  Statement& erase = !deletion.id.empty()         ? delete_
                     : !deletion.trace_id.empty() ? delete_of_trace_
                                                  : delete_before_;
  erase.Bind(1, deletion.project);
  if (&erase == &delete_before_) {
    erase.Bind(2, deletion.before_ns);
  } else {
    erase.BindText(2, deletion.id.empty() ? deletion.trace_id : deletion.id);
  }
  return erase.Run();
}

Result<ScorePage> ScoreFile::List(const ScoreQuery& query) {
  ScorePage page;
  SqlFilter filter = FilterOf(query);
  // SQLite takes a project for small and would go through all its scores in their order.
  const std::string_view table = query.trace_ids.empty() ? "score" : "score INDEXED BY score_by_trace";
  if (query.count) {
    Result<Statement> count =
        database_->Prepare(fmt::format("SELECT count(*) FROM {} WHERE {}", table, filter.where));
    if (!count.ok()) return std::move(count).status();
    filter.Bind(*count, 1);
    if (Result<bool> row = count->Step(); !row.ok()) return std::move(row).status();
    page.total = static_cast<std::size_t>(count->Integer(0));
  }
  if (query.after) {
    filter.Add("(time,id)<(?", query.after->first);
    filter.where += ",?)";
    filter.values.emplace_back(query.after->second);
  }
  Result<Statement> select = database_->Prepare(
      fmt::format("SELECT {} FROM {} WHERE {} ORDER BY time DESC,id DESC LIMIT {} OFFSET {}", kColumns, table,
                  filter.where, query.limit, query.offset));
  if (!select.ok()) return std::move(select).status();
  filter.Bind(*select, 1);
  Status status = EachRow(*select, [&] { page.rows.push_back(ReadRow(*select)); });
  if (!status.ok()) return status;
  return page;
}

ScoreWriter::ScoreWriter(std::unique_ptr<ScoreFile> file, const Clock& clock)
    : file_(std::move(file)), clock_(clock), thread_([this] { Run(); }) {}

Status ScoreWriter::Push(Change change, Store::Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return Status::Unavailable("the server is stopping");
    if (jobs_.size() >= kMaxQueuedScores) return Status::ResourceExhausted("too many scores wait, try again");
    jobs_.push_back({std::move(change), std::move(done)});
  }
  wake_.notify_one();
  return OkStatus();
}

void ScoreWriter::DeleteOfTraces(ProjectKey project, std::vector<std::string> ids, Store::Done done) {
  std::vector<ScoreDeletion> deletions;
  for (std::string& id : ids) deletions.push_back({.project = project, .trace_id = std::move(id)});
  // Here for a refusal, behind the commit for the answer.
  auto shared = std::make_shared<Store::Done>(std::move(done));
  Status taken = Push(std::move(deletions), [shared](Status status) { (*shared)(std::move(status)); });
  if (!taken.ok()) (*shared)(std::move(taken));
}

void ScoreWriter::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status ScoreWriter::Apply(const Change& change, std::int64_t now_ns) {
  if (const auto* one = std::get_if<ScoreDeletion>(&change)) return file_->Delete(*one);
  Status status;
  if (const auto* rows = std::get_if<std::vector<ScoreRow>>(&change)) {
    for (const ScoreRow& row : *rows) {
      if (status = file_->Upsert(row, now_ns); !status.ok()) return status;
    }
    return status;
  }
  for (const ScoreDeletion& deletion : std::get<std::vector<ScoreDeletion>>(change)) {
    if (status = file_->Delete(deletion); !status.ok()) return status;
  }
  return status;
}

Status ScoreWriter::Write(const std::vector<Job>& jobs) {
  if (Status status = file_->Begin(); !status.ok()) return status;
  const std::int64_t now = clock_.WallNow().count();
  for (const Job& job : jobs) {
    if (Status status = Apply(job.change, now); !status.ok()) return status;
  }
  return file_->Commit();
}

void ScoreWriter::Run() {
  while (true) {
    std::vector<Job> jobs;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      jobs.assign(std::make_move_iterator(jobs_.begin()), std::make_move_iterator(jobs_.end()));
      jobs_.clear();
    }
    const Status status = Write(jobs);
    if (!status.ok()) {
      LogError("store: {}", status.message());
      file_->Rollback();
    }
    for (Job& job : jobs) job.done(status);
  }
}

}  // namespace repartee::server
