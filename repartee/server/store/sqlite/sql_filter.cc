#include "repartee/server/store/sqlite/sql_filter.h"

#include <fmt/format.h>

#include "repartee/server/store/sqlite/rows.h"

namespace repartee::server {

void SqlFilter::Add(std::string_view condition, Value value) {
  where += fmt::format("{}{}", where.empty() ? "" : " AND ", condition);
  values.push_back(std::move(value));
}

void SqlFilter::AddAnyOf(std::string_view column, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  std::string marks = "?";
  for (std::size_t i = 1; i < texts.size(); ++i) marks += ",?";
  where += fmt::format("{}{} IN ({})", where.empty() ? "" : " AND ", column, marks);
  for (const std::string& text : texts) values.emplace_back(text);
}

void SqlFilter::AddScope(const TraceScope& scope) {
  Add("project=?", scope.project);
  if (scope.from_ns) Add("start>=?", *scope.from_ns);
  if (scope.to_ns) Add("start<?", *scope.to_ns);
  if (scope.user_id) Add("user_id=?", *scope.user_id);
  if (scope.session_id) Add("session_id=?", *scope.session_id);
  if (scope.version) Add("version=?", *scope.version);
  if (scope.release) Add("release=?", *scope.release);
  for (const std::string& tag : scope.tags) Add("instr(tags,?)>0", TagPattern(tag));
  AddAnyOf("environment", scope.environments);
}

bool SqlFilter::HasTimeAlone(const TraceScope& scope) const {
  SqlFilter bare;
  bare.AddScope({.project = scope.project, .from_ns = scope.from_ns, .to_ns = scope.to_ns});
  return where == bare.where;
}

int SqlFilter::Bind(Statement& statement, int index) const {
  for (const auto& value : values) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      statement.Bind(index++, *number);
    } else if (const auto* real = std::get_if<double>(&value)) {
      statement.BindReal(index++, *real);
    } else {
      statement.BindText(index++, std::get<std::string>(value));
    }
  }
  return index;
}

SqlFilter FilterOf(const VoiceQuery& query) {
  TraceScope scope{.project = query.project, .from_ns = query.from_ns, .to_ns = query.to_ns};
  scope.environments = query.environments;
  SqlFilter filter;
  filter.AddScope(scope);
  return filter;
}

}  // namespace repartee::server
