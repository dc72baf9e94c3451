#include "repartee/server/store/clickhouse/conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "repartee/server/limits.h"
#include "repartee/server/store/clickhouse/client.h"
#include "repartee/server/store/clickhouse/sql.h"

namespace repartee::server::clickhouse {
namespace {

constexpr std::size_t kMinIdDigits = 4;
constexpr std::string_view kRowTexts =
    "concat(ifNull(name, ''), '\\n', preview_input, '\\n', preview_output, '\\n', ifNull(user_id, ''), "
    "'\\n', "
    "ifNull(session_id, ''))";

std::string SqlTexts(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + SqlText(text);
  return list;
}

// The rows of both tables are ordered by the day of their start. A trace's start moves back when an earlier
// span comes: the row that counts then has the day before, and must be seen to beat the one it replaces.
std::string DayRange(std::optional<std::int64_t> from_ns, std::optional<std::int64_t> to_ns, int slack) {
  const auto day_of = [](std::int64_t ns, int more) {
    const int day = std::clamp(static_cast<int>(DayNumber(ns)) + more, 0, 0xffff);
    return SqlDay(static_cast<std::uint16_t>(day));
  };
  std::string range;
  if (from_ns) range += fmt::format(" AND day >= {}", day_of(*from_ns, -slack));
  if (to_ns) range += fmt::format(" AND day <= {}", day_of(*to_ns, slack));
  return range;
}

void AddOutcomes(const ConversationQuery& query, Conditions& conditions) {
  if (query.outcomes.empty()) return;
  std::string numbers;
  for (const Outcome outcome : query.outcomes)
    numbers += fmt::format("{}{}", numbers.empty() ? "" : ", ", static_cast<int>(outcome));
  conditions.Add(
      fmt::format("multiIf(complete = 0 AND last_update > {}, 0, errors > 0, 3, warnings > 0, 2, 1) IN ({})",
                  query.live_after_ns, numbers));
}

// Words without the quotes that make them a phrase.
std::vector<std::string> WordsOf(std::string_view search) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : search) {
    const bool is_between = c == ' ' || c == '"' || c == '\t' || c == '\n';
    if (!is_between) word += c;
    if (is_between && !word.empty()) words.push_back(std::exchange(word, ""));
  }
  if (!word.empty()) words.push_back(std::move(word));
  if (words.size() > kMaxSearchWords) words.resize(kMaxSearchWords);
  return words;
}

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

// The words are looked for in the traces' own texts and, all in one span, in the spans' messages.
void AddSearch(const ConversationQuery& query, Conditions& conditions) {
  const std::vector<std::string> words = WordsOf(query.search);
  if (words.empty()) return;
  Conditions in_row;
  Conditions in_span;
  in_span.Add(LivingSpans(query.project));
  for (const std::string& word : words) {
    in_row.Add(fmt::format("positionCaseInsensitiveUTF8({}, {}) > 0", kRowTexts, SqlText(word)));
    in_span.Add(fmt::format("positionCaseInsensitiveUTF8(raw, {}) > 0", SqlText(word)));
  }
  std::string any = fmt::format("({}) OR trace_id IN (SELECT trace_id FROM span WHERE {}{})", in_row.Text(),
                                in_span.Text(), DayRange(query.from_ns, std::nullopt, 0));
  if (query.search.size() >= kMinIdDigits && query.search.size() <= 32 && IsHex(query.search))
    any += fmt::format(" OR startsWith(lower(hex(trace_id)), lower({}))", SqlText(query.search));
  conditions.Add(fmt::format("({})", any));
}

}  // namespace

void Conditions::Add(std::string_view condition) {
  if (!text_.empty()) text_ += " AND ";
  text_ += condition;
}

void Conditions::AddText(std::string_view column, const std::optional<std::string>& text) {
  if (text) Add(fmt::format("{} = {}", column, SqlText(*text)));
}

void Conditions::AddAnyOf(std::string_view column, const std::vector<std::string>& texts) {
  if (!texts.empty()) Add(fmt::format("{} IN ({})", column, SqlTexts(texts)));
}

void Conditions::AddRange(std::string_view column, std::optional<std::int64_t> from,
                          std::optional<std::int64_t> to) {
  if (from) Add(fmt::format("{} >= {}", column, *from));
  if (to) Add(fmt::format("{} < {}", column, *to));
}

Conditions ConditionsOf(const TraceScope& scope) {
  Conditions conditions;
  conditions.Add("is_deleted = 0");
  conditions.AddRange("start", scope.from_ns, scope.to_ns);
  conditions.AddText("user_id", scope.user_id);
  conditions.AddText("session_id", scope.session_id);
  conditions.AddText("app_version", scope.version);
  conditions.AddText("release", scope.release);
  for (const std::string& tag : scope.tags) conditions.Add(fmt::format("has(tags, {})", SqlText(tag)));
  conditions.AddAnyOf("environment", scope.environments);
  return conditions;
}

Conditions ConditionsOf(const ConversationQuery& query) {
  Conditions conditions = ConditionsOf(static_cast<const TraceScope&>(query));
  AddOutcomes(query, conditions);
  conditions.AddRange("ub_p95", query.min_ub_latency_p95_us, query.max_ub_latency_p95_us);
  if (query.min_interrupted_turns > 0)
    conditions.Add(fmt::format("interrupted >= {}", query.min_interrupted_turns));
  conditions.AddRange("interrupted", std::nullopt, query.max_interrupted_turns);
  if (query.with_turns) conditions.Add("turns > 0");
  for (const ServiceWanted& wanted : query.services) {
    if (wanted.labels.empty()) continue;
    conditions.Add(
        fmt::format("trace_id IN (SELECT trace_id FROM span WHERE {}{} AND stage = {} AND {} IN ({}))",
                    LivingSpans(query.project), DayRange(query.from_ns, std::nullopt, 0),
                    static_cast<int>(wanted.stage), kServiceLabel, SqlTexts(wanted.labels)));
  }
  AddSearch(query, conditions);
  return conditions;
}

std::string TraceSource(ProjectKey project, std::optional<std::int64_t> from_ns,
                        std::optional<std::int64_t> to_ns) {
  return fmt::format(
      "(SELECT * FROM trace WHERE project = {}{} ORDER BY trace_key, trace_id, version DESC "
      "LIMIT 1 BY trace_key, trace_id)",
      project, DayRange(from_ns, to_ns, 1));
}

std::string SpanSource(ProjectKey project, std::optional<std::int64_t> from_ns,
                       std::optional<std::int64_t> to_ns, std::string_view identity) {
  return fmt::format(
      "(SELECT {} FROM span WHERE {}{} AND {} ORDER BY trace_key, trace_id, span_id, rank DESC, taken DESC "
      "LIMIT 1 BY trace_key, trace_id, span_id)",
      kStoredColumns, LivingSpans(project), DayRange(from_ns, to_ns, 0), identity);
}

// Few traces are deleted, and fewer begin anew: only of these each row's time is asked for. ANY LEFT JOIN is
// the one join that means the same to all versions. The key narrows what is read where nothing was deleted.
std::string LivingSpans(ProjectKey project) {
  return fmt::format(
      "project = {0} AND (trace_id NOT IN (SELECT trace_id FROM deletion WHERE project = {0}) OR "
      "(trace_id, span_id, taken) IN (SELECT trace_id, span_id, taken FROM (SELECT trace_id, span_id, taken "
      "FROM span WHERE project = {0} AND trace_key IN (SELECT trace_key FROM deletion WHERE project = {0})) "
      "ANY LEFT JOIN (SELECT trace_id, max(at) AS until FROM deletion WHERE project = {0} GROUP BY trace_id) "
      "USING trace_id WHERE taken > until))",
      project);
}

}  // namespace repartee::server::clickhouse
