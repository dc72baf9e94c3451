// The writer's deletions. A trace's rows, and what it had added to the roll-ups, go in
// one transaction, so it is hidden from then on; its words and bodies go behind, by
// what the day file notes as removed.
#include <algorithm>
#include <filesystem>
#include <map>

#include "repartee/base/log.h"
#include "repartee/server/limits.h"
#include "repartee/server/model/time.h"
#include "repartee/server/store/sqlite/text_file.h"
#include "repartee/server/store/sqlite/writer.h"

namespace repartee::server {
namespace {

constexpr std::int64_t kTracesPerRetention = 500;  // one step of a project's
constexpr int kDaysWithMinutes = 8;                // back, whose files are looked at for rows of minutes
constexpr std::int64_t kDayNs = 86'400LL * 1'000'000'000;

const KeptDays* RuleOf(const std::vector<KeptDays>& rules, ProjectKey project) {
  const auto found = std::find_if(rules.begin(), rules.end(),
                                  [project](const KeptDays& rule) { return rule.project == project; });
  return found == rules.end() ? nullptr : &*found;
}

Result<std::vector<ProjectKey>> ProjectsIn(Database& database) {
  Result<Statement> select = database.Prepare("SELECT DISTINCT project FROM trace");
  if (!select.ok()) return std::move(select).status();
  std::vector<ProjectKey> projects;
  Status status = EachRow(*select, [&] { projects.push_back(select->Integer(0)); });
  if (!status.ok()) return status;
  return projects;
}

Result<std::vector<TraceId>> SomeTraces(Database& database, ProjectKey project) {
  Result<Statement> select = database.Prepare("SELECT trace_id FROM trace WHERE project=? LIMIT ?");
  if (!select.ok()) return std::move(select).status();
  select->Bind(1, project);
  select->Bind(2, kTracesPerRetention);
  std::vector<TraceId> ids;
  Status status = EachRow(*select, [&] {
    if (const std::optional<TraceId> id = TraceId::FromBytes(select->Blob(0))) ids.push_back(*id);
  });
  if (!status.ok()) return status;
  return ids;
}

}  // namespace

// Of memory alone; its rows are the caller's.
void Writer::Forget(OpenDay& day, LiveTrace& trace) {
  if (trace.dirty_since != 0) day.dirty.erase(trace.dirty_place);
  std::erase(day.urgent, &trace);
  std::erase(day.recompute, &trace);
  std::erase(changed_, &trace);
  Unlist(trace);
  traces_.erase({trace.row.project, trace.row.id});
}

Status Writer::DeleteTrace(OpenDay& day, const TraceRow& row) {
  const std::int64_t key = row.place.key;
  Result<std::vector<DayFile::StoredSpanRow>> spans = day.file->SpansOf(key);
  if (!spans.ok()) return std::move(spans).status();
  const std::int64_t now = options_.clock->WallNow().count();
  for (const DayFile::StoredSpanRow& span : *spans) {
    if (span.series < 0) continue;
    if (Status status = day.file->rollups().Remove(span.series, span.row.facts, now); !status.ok())
      return status;
  }
  day.write_rollups = true;
  if (Status status = day.file->DeleteTrace(key); !status.ok()) return status;
  const auto live = traces_.find({row.project, row.id});
  if (live != traces_.end()) Forget(day, *live->second);
  return OkStatus();
}

Status Writer::DeleteFrom(OpenDay& day, ProjectKey project, const std::vector<TraceId>& ids) {
  if (Status status = day.file->Begin(); !status.ok()) return status;
  for (const TraceId& id : ids) {
    Result<std::optional<TraceRow>> row = day.file->FindTrace(project, id);
    if (!row.ok()) return std::move(row).status();
    if (!*row) continue;
    if (Status status = DeleteTrace(day, **row); !status.ok()) return status;
  }
  return WriteRows(day);
}

// Commits what a job did to one day; a fault drops what memory has of it.
Status Writer::CommitAlone(OpenDay& day, Status status) {
  if (status.ok()) status = day.file->Commit();
  if (!status.ok()) DropDay(day.file->day());
  return status;
}

Status Writer::DeleteTraces(ProjectKey project, const std::vector<TraceId>& ids) {
  std::map<int, std::vector<TraceId>> by_day;
  for (const TraceId& id : ids) {
    if (const auto live = traces_.find({project, id}); live != traces_.end()) {
      by_day[live->second->row.place.day].push_back(id);
      continue;
    }
    Result<std::optional<int>> day = FindDayOf(project, id);
    if (!day.ok()) return std::move(day).status();
    if (*day && std::filesystem::exists(DayPath(options_.folder, **day))) by_day[**day].push_back(id);
  }
  for (const auto& [number, of_day] : by_day) {
    Result<OpenDay*> day = Day(number);
    if (!day.ok()) return std::move(day).status();
    if (Status status = CommitAlone(**day, DeleteFrom(**day, project, of_day)); !status.ok()) return status;
    text_.Notify(number);
  }
  return OkStatus();
}

Status Writer::EmptyBlocks(int number, const std::vector<std::int64_t>& batches,
                           const std::set<std::int64_t>& keys) {
  if (!std::filesystem::exists(DayPath(options_.folder, number))) return OkStatus();
  Result<OpenDay*> day = Day(number);
  if (!day.ok()) return std::move(day).status();
  Status status = (*day)->file->Begin();
  for (const std::int64_t batch : batches) {
    if (status.ok()) status = (*day)->file->EmptyItems(batch, keys);
  }
  if (!status.ok()) left_for_later_.insert(number);
  return CommitAlone(**day, std::move(status));
}

Status Writer::FinishRemoval(int number, const std::set<std::int64_t>& keys) {
  if (left_for_later_.contains(number) || !std::filesystem::exists(DayPath(options_.folder, number)))
    return OkStatus();
  Result<OpenDay*> day = Day(number);
  if (!day.ok()) return std::move(day).status();
  Status status = (*day)->file->Begin();
  if (status.ok()) status = (*day)->file->ForgetRemoved(keys);
  if (status = CommitAlone(**day, std::move(status)); !status.ok()) return status;
  return (*day)->file->Shrink();
}

Status Writer::DropFile(int number) {
  const bool had_reset = had_reset_;
  if (days_.contains(number)) DropDay(number);
  had_reset_ = had_reset;
  std::error_code error;
  for (const std::string& path : {DayPath(options_.folder, number), TextPath(options_.folder, number)}) {
    // The file last: without its log it would be an older state.
    for (const char* part : {"-shm", "-wal", ""}) {
      std::filesystem::remove(path + part, error);
      if (error) return Status::Unavailable("{}{}: {}", path, part, error.message());
    }
  }
  LogInfo("store: {} is past its retention and deleted", DayPath(options_.folder, number));
  text_.Reopen(number);
  follower_.Push({.day = number, .batch = 0, .traces = {}, .is_gone = true});
  ++*options_.dropped_files;
  return OkStatus();
}

Result<bool> Writer::RetainDay(int number, const std::vector<KeptDays>& rules) {
  Result<OpenDay*> day = Day(number);
  if (!day.ok()) return std::move(day).status();
  Result<std::vector<ProjectKey>> projects = ProjectsIn((*day)->file->database());
  if (!projects.ok()) return std::move(projects).status();
  const auto is_past = [&](ProjectKey project) {
    const KeptDays* const rule = RuleOf(rules, project);
    return rule != nullptr && number < rule->first_day;
  };
  if (std::all_of(projects->begin(), projects->end(), is_past)) {
    if (Status status = DropFile(number); !status.ok()) return status;
    return false;
  }
  for (const ProjectKey project : *projects) {
    if (!is_past(project)) continue;
    Result<std::vector<TraceId>> ids = SomeTraces((*day)->file->database(), project);
    if (!ids.ok()) return std::move(ids).status();
    if (Status status = CommitAlone(**day, DeleteFrom(**day, project, *ids)); !status.ok()) return status;
    text_.Notify(number);
    return true;
  }
  return false;
}

// Charts of what is older read rows of hours.
Status Writer::PruneMinutes() {
  const std::int64_t now = options_.clock->WallNow().count();
  for (const int number : ListDays(options_.folder)) {
    if (number >= UtcDay(now - kMinutesKeptNs) || number < UtcDay(now - kDaysWithMinutes * kDayNs)) continue;
    Result<OpenDay*> day = Day(number);
    if (!day.ok()) return std::move(day).status();
    Status status = (*day)->file->DeleteMinutesBefore(now - kMinutesKeptNs);
    if (!status.ok()) return status;
    if (days_.size() > kMaxOpenDays) CloseIdleDay();
  }
  return OkStatus();
}

Result<bool> Writer::Retain(const std::vector<KeptDays>& rules) {
  int latest = 0;
  for (const KeptDays& rule : rules) latest = std::max(latest, rule.first_day);
  for (const int number : ListDays(options_.folder)) {
    if (number >= latest) continue;
    Result<bool> more = RetainDay(number, rules);
    if (!more.ok() || *more) return more;
    if (days_.size() > kMaxOpenDays) CloseIdleDay();
  }
  if (Status status = PruneMinutes(); !status.ok()) return status;
  return false;
}

}  // namespace repartee::server
