// Which services conversations had, counted over the day files.
#include <fmt/format.h>

#include <algorithm>

#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/reader.h"
#include "repartee/server/store/sqlite/rows.h"

namespace repartee::server {
namespace {

void Add(ServiceCounts& counts, Stage stage, std::string_view label, std::int64_t conversations) {
  if (label.empty()) return;
  const auto known =
      std::find_if(counts.services.begin(), counts.services.end(),
                   [&](const ServiceCount& count) { return count.stage == stage && count.label == label; });
  if (known != counts.services.end()) {
    known->conversations += conversations;
  } else {
    counts.services.push_back({stage, std::string(label), conversations});
  }
}

}  // namespace

Status Reader::CountServicesOf(const Bounds& bounds, const ConversationQuery& query, ServiceCounts& counts) {
  Result<ReadDay*> day = Day(bounds.day);
  if (!day.ok()) return std::move(day).status();
  const Result<SqlFilter> filter = ConversationFilter(**day, query);
  if (!filter.ok()) return filter.status();
  const std::int64_t most = kMaxConversationsForServices - counts.conversations;
  const std::string newest =
      fmt::format("SELECT tkey FROM trace WHERE {} ORDER BY start DESC LIMIT ?", filter->where);
  const Result<std::size_t> found =
      CountTraces(**day, bounds, query, *filter, static_cast<std::size_t>(most));
  if (!found.ok()) return found.status();
  counts.conversations += static_cast<std::int64_t>(*found);
  const std::string sql = fmt::format(
      "SELECT stage,{},seen FROM (SELECT span.stage AS stage,span.provider AS provider,span.model AS model,"
      "count(DISTINCT span.tkey) AS seen FROM ({}) AS newest JOIN span ON span.tkey=newest.tkey "
      "WHERE span.stage>={} GROUP BY 1,2,3) LEFT JOIN dict p ON p.id=provider LEFT JOIN dict m ON m.id=model",
      kServiceLabel, newest, static_cast<int>(Stage::kStt));
  Result<Statement> services = Ask(**day, sql, *filter, {most});
  if (!services.ok()) return std::move(services).status();
  return EachRow(*services, [&] {
    Add(counts, static_cast<Stage>(services->Integer(0)), services->Text(1), services->Integer(2));
  });
}

Result<ServiceCounts> Reader::CountServices(const ConversationQuery& query) {
  Result<std::vector<Bounds>> days = DaysOf(query.project, query.from_ns, query.to_ns);
  if (!days.ok()) return std::move(days).status();
  ServiceCounts counts;
  Status status = EachDay(*days, [&](const Bounds& bounds) {
    if (counts.conversations >= kMaxConversationsForServices) return OkStatus();
    return CountServicesOf(bounds, query, counts);
  });
  if (!status.ok()) return status;
  return counts;
}

}  // namespace repartee::server
