// Lists of sessions over the day files: a session's traces may lie in several.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/reader.h"

namespace repartee::server {
namespace {

// A session's first trace in one file; SQLite takes the other columns from that row.
constexpr char kFirstOfSession[] =
    "SELECT session_id,min(start),environment FROM trace WHERE project=? AND session_id IS NOT NULL "
    "GROUP BY session_id";

}  // namespace

Result<SessionPage> Reader::ListSessions(const SessionQuery& query) {
  Result<std::vector<Bounds>> days = DaysOf(query.project, std::nullopt, query.to_ns);
  if (!days.ok()) return std::move(days).status();
  std::unordered_map<std::string, SessionRow> sessions;
  Status status = EachDay(*days, [&](const Bounds& bounds) {
    Result<ReadDay*> day = Day(bounds.day);
    if (!day.ok()) return std::move(day).status();
    Result<Statement> firsts = (*day)->database->Prepare(kFirstOfSession);
    if (!firsts.ok()) return std::move(firsts).status();
    firsts->Bind(1, query.project);
    Status read = EachRow(*firsts, [&] {
      SessionRow& row = sessions[std::string(firsts->Text(0))];
      const std::int64_t start = firsts->Integer(1);
      if (!row.id.empty() && row.first_start_ns <= start) return;
      row = {std::string(firsts->Text(0)), start, std::string(firsts->Text(2))};
    });
    const bool is_too_much = read.ok() && sessions.size() > kMaxTracesScanned;
    return is_too_much ? Status::ResourceExhausted("more than {} sessions", kMaxTracesScanned) : read;
  });
  if (!status.ok()) return status;
  SessionPage page;
  for (auto& [id, row] : sessions) {
    const std::vector<std::string>& any = query.environments;
    const bool fits = (!query.from_ns || row.first_start_ns >= *query.from_ns) &&
                      (!query.to_ns || row.first_start_ns < *query.to_ns) &&
                      (any.empty() || std::find(any.begin(), any.end(), row.environment) != any.end());
    if (fits) page.rows.push_back(std::move(row));
  }
  std::sort(page.rows.begin(), page.rows.end(), [](const SessionRow& a, const SessionRow& b) {
    return std::tie(b.first_start_ns, b.id) < std::tie(a.first_start_ns, a.id);
  });
  page.total = page.rows.size();
  page.rows.erase(page.rows.begin(),
                  page.rows.begin() + static_cast<std::ptrdiff_t>(std::min(query.offset, page.rows.size())));
  if (page.rows.size() > query.limit) page.rows.resize(query.limit);
  return page;
}

}  // namespace repartee::server
