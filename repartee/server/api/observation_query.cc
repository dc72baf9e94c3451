#include "repartee/server/api/observation_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "repartee/base/encoding.h"
#include "repartee/server/api/columns.h"
#include "repartee/server/api/span_conditions.h"

namespace repartee::server {
namespace {

void ReadIds(QueryReader& query, ObservationApi api, SpanQuery& wanted) {
  if (const std::optional<std::string> trace = query.Text("traceId")) {
    wanted.trace = TraceIdFromText(*trace);
  }
  if (const std::optional<std::string> parent = query.Text("parentObservationId")) {
    wanted.parent = SpanIdFromText(*parent);
  } else if (api == ObservationApi::kV2 && query.Has("parentObservationId")) {
    wanted.parent = 0;
  }
}

void ReadEnums(QueryReader& query, SpanQuery& wanted) {
  if (const std::optional<std::string> type = query.Text("type")) {
    wanted.type = TypeFromName(*type);
    if (!wanted.type) query.Fault("type", "invalid_value", "no such observation type: " + *type);
  }
  if (const std::optional<std::string> level = query.Text("level")) {
    wanted.level = LevelFromName(*level);
    if (!wanted.level) query.Fault("level", "invalid_value", "no such level: " + *level);
  }
}

// What the store can look up or bound by itself; the test asks again all the same.
void Narrow(const FilterCondition& condition, SpanQuery& wanted) {
  const bool equal = condition.kind == FilterKind::kString && condition.op == FilterOperator::kEqual;
  if (condition.column == "traceId" && equal) wanted.trace = TraceIdFromText(condition.text);
  if (condition.column != "startTime" || condition.kind != FilterKind::kDatetime) return;
  const std::int64_t ns = condition.time_ns;
  if (condition.op == FilterOperator::kGreater || condition.op == FilterOperator::kGreaterOrEqual)
    wanted.from_ns = std::max(wanted.from_ns.value_or(ns), ns);
  if (condition.op == FilterOperator::kLess) wanted.to_ns = std::min(wanted.to_ns.value_or(ns), ns);
}

// Of a column that the filter names, the simple parameter does not count.
void Forget(std::string_view column, SpanQuery& wanted) {
  if (column == "name") wanted.name.reset();
  if (column == "userId") wanted.user_id.reset();
  if (column == "sessionId") wanted.session_id.reset();
  if (column == "environment") wanted.environments.clear();
  if (column == "type") wanted.type.reset();
  if (column == "level") wanted.level.reset();
  if (column == "traceId") wanted.trace.reset();
  if (column == "parentObservationId") wanted.parent.reset();
  if (column == "isRootObservation") wanted.is_root.reset();
  if (column == "startTime") {
    wanted.from_ns.reset();
    wanted.to_ns.reset();
  }
}

bool IsFilterColumn(std::string_view column) {
  return IsObservationColumn(column) || IsSpanConditionColumn(column);
}

// A span's own, which only its bytes tell. Of a filter that names it, the parameter does not count.
void AddVersion(QueryReader& query, std::vector<FilterCondition>& conditions) {
  std::optional<std::string> version = query.Text("version");
  const bool is_named = std::any_of(conditions.begin(), conditions.end(),
                                    [](const FilterCondition& c) { return c.column == "version"; });
  if (!version || is_named) return;
  FilterCondition& condition = conditions.emplace_back();
  condition.column = "version";
  condition.text = *std::move(version);
}

// Texts of all observations are searched only where the search can be an indexed one.
void CheckTextSearch(const std::vector<FilterCondition>& conditions, QueryReader& query) {
  const auto is_text = [](const FilterCondition& c) { return c.column == "input" || c.column == "output"; };
  const auto is_indexed = [&](const FilterCondition& c) {
    return is_text(c) && (c.op == FilterOperator::kEqual || c.op == FilterOperator::kMatches);
  };
  if (std::none_of(conditions.begin(), conditions.end(), is_text)) return;
  if (std::any_of(conditions.begin(), conditions.end(), is_indexed)) return;
  query.Fault(
      "filter", "invalid_value",
      "A filter on input or output needs at least one condition with = or matches on input or output");
}

// What WriteSpanCursor wrote.
std::optional<SpanPosition> PositionOf(std::string_view text) {
  const Result<std::string> decoded = Base64Decode(text);
  if (!decoded.ok() || !decoded->starts_with("1:")) return std::nullopt;
  const std::string_view left = std::string_view(*decoded).substr(2);
  const std::size_t colon = left.find(':');
  const std::size_t second = colon == std::string_view::npos ? colon : left.find(':', colon + 1);
  if (second == std::string_view::npos) return std::nullopt;
  SpanPosition position;
  const auto [end, error] = std::from_chars(left.data(), left.data() + colon, position.start_ns);
  const std::optional<TraceId> trace = TraceId::FromHex(left.substr(colon + 1, second - colon - 1));
  const std::optional<SpanId> span = SpanIdFromHex(left.substr(second + 1));
  if (error != std::errc() || end != left.data() + colon || !trace || !span) return std::nullopt;
  position.trace = *trace;
  position.span = *span;
  return position;
}

}  // namespace

std::string WriteSpanCursor(const FoundSpan& last) {
  return Base64Encode(
      fmt::format("1:{}:{}:{}", last.span.facts.start_ns, last.trace.id.Hex(), SpanIdHex(last.span.id)));
}

void ReadSpanCursor(QueryReader& query, SpanQuery& wanted) {
  const std::optional<std::string> cursor = query.Text("cursor");
  if (!cursor) return;
  wanted.behind = PositionOf(*cursor);
  if (!wanted.behind) query.Fault("cursor", "invalid_format", "Invalid cursor format");
}

Result<SpanQuery> ReadSpanQuery(QueryReader& query, const ApiCall& call, ObservationApi api) {
  SpanQuery wanted;
  wanted.project = call.project.key;
  wanted.name = query.Text("name");
  wanted.user_id = query.Text("userId");
  wanted.environments = query.Texts("environment");
  wanted.from_ns = query.Time("fromStartTime");
  wanted.to_ns = query.Time("toStartTime");
  ReadEnums(query, wanted);
  ReadIds(query, api, wanted);
  if (api == ObservationApi::kV2) {
    wanted.session_id = query.Text("sessionId");
    wanted.is_root = query.Bool("isRootObservation");
  }
  std::vector<FilterCondition> conditions;
  if (const std::optional<std::string> filter = query.Text("filter"))
    conditions = ParseFilter(*filter, "filter", IsFilterColumn, query.faults());
  if (api == ObservationApi::kV2) CheckTextSearch(conditions, query);
  for (const FilterCondition& condition : conditions) Forget(condition.column, wanted);
  for (const FilterCondition& condition : conditions) Narrow(condition, wanted);
  AddVersion(query, conditions);
  Result<SpanTest> test = FullSpanTest(call, std::move(conditions));
  if (!test.ok()) return test.status();
  wanted.accept = *std::move(test);
  return wanted;
}

}  // namespace repartee::server
