#include "repartee/server/ui/span_filters.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "repartee/server/ui/labels.h"
#include "repartee/server/ui/opened_span.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxSearchBytes = 200;
constexpr std::size_t kMaxAttributeFilters = 8;

struct AttributeTest {
  std::string key;
  std::string value;
  bool is_equal = true;
};

// What only the span's own row decides comes first: it costs nothing.
struct SpanConditions {
  std::vector<ObservationType> types;
  std::vector<Level> levels;
  std::vector<std::string> stages;
  std::optional<std::int64_t> min_ns, max_ns;
  std::string search;  // lower case
  std::vector<AttributeTest> attributes;

  bool empty() const {
    return types.empty() && levels.empty() && stages.empty() && !min_ns && !max_ns && search.empty() &&
           attributes.empty();
  }
  bool FitsRow(const SpanRow& span) const;
};

template <class T>
bool IsAnyOf(const std::vector<T>& wanted, const T& value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool SpanConditions::FitsRow(const SpanRow& span) const {
  const std::int64_t length = span.facts.end_ns - span.facts.start_ns;
  if (!IsAnyOf(types, span.facts.type) || !IsAnyOf(levels, span.facts.level)) return false;
  if (!IsAnyOf(stages, std::string(StageName(span)))) return false;
  if ((min_ns && length < *min_ns) || (max_ns && length >= *max_ns)) return false;
  if (search.empty()) return true;
  const std::string text =
      fmt::format("{}\n{}\n{}\n{}", SpanLabel(span), span.name, span.model, span.provider);
  return Lower(text).find(search) != std::string::npos;
}

bool FitsAttribute(const AttributeTest& test, const OpenedSpan& span) {
  const std::span<const otel::KeyValueView> places[] = {span.span.attributes, span.resource.attributes,
                                                        span.scope.attributes};
  for (const auto& attributes : places) {
    if (FindAttribute(attributes, test.key) == nullptr) continue;
    return (AttributeText(attributes, test.key) == test.value) == test.is_equal;
  }
  return !test.is_equal;  // what is not there is not equal either
}

Result<bool> FitsBody(const std::vector<AttributeTest>& tests, StoreReader& reader, const TraceRow& trace,
                      const SpanRow& span) {
  SpanOpener opener(reader, trace.place);
  Result<OpenedSpan> opened = opener.Open(span);
  if (!opened.ok()) return std::move(opened).status();
  return std::all_of(tests.begin(), tests.end(),
                     [&opened](const AttributeTest& test) { return FitsAttribute(test, *opened); });
}

// "key=value" or "key!=value".
std::optional<AttributeTest> ReadAttribute(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return std::nullopt;
  const bool is_not = text[equals - 1] == '!';
  AttributeTest test{text.substr(0, is_not ? equals - 1 : equals), text.substr(equals + 1), !is_not};
  if (test.key.empty()) return std::nullopt;
  return test;
}

SpanConditions ReadConditions(UiQuery& query) {
  SpanConditions conditions;
  for (const std::string& name : query.Texts("type")) {
    const std::optional<ObservationType> type = TypeFromName(name);
    if (!type) query.Fault("type", "give SPAN, GENERATION, TOOL, AGENT or another type");
    if (type) conditions.types.push_back(*type);
  }
  for (const std::string& name : query.Texts("level")) {
    const std::optional<Level> level = LevelFromName(name);
    if (!level) query.Fault("level", "give DEBUG, DEFAULT, WARNING or ERROR");
    if (level) conditions.levels.push_back(*level);
  }
  conditions.stages = query.Texts("stage");
  conditions.min_ns = query.Millis("duration_from");
  conditions.max_ns = query.Millis("duration_to");
  conditions.search = Lower(query.Text("q").value_or(""));
  if (conditions.search.size() > kMaxSearchBytes) query.Fault("q", "longer than 200 bytes");
  const std::vector<std::string> attributes = query.Texts("attribute");
  if (attributes.size() > kMaxAttributeFilters) query.Fault("attribute", "more than 8");
  for (const std::string& text : attributes) {
    std::optional<AttributeTest> test = ReadAttribute(text);
    if (!test) return query.Fault("attribute", "give key=value or key!=value"), conditions;
    conditions.attributes.push_back(*std::move(test));
  }
  return conditions;
}

}  // namespace

SpanQuery ReadSpanFilters(UiQuery& query, const UiCall& call) {
  SpanQuery to;
  to.project = call.project.key;
  to.from_ns = query.Millis("from");
  to.to_ns = query.Millis("to");
  to.user_id = query.Text("caller");
  to.session_id = query.Text("session");
  to.environments = query.Texts("environment");
  if (const std::optional<std::string> trace = query.Text("trace")) to.trace = TraceIdFromText(*trace);
  SpanConditions conditions = ReadConditions(query);
  if (conditions.empty()) return to;
  to.accept = [conditions = std::move(conditions), &reader = call.reader](
                  const TraceRow& trace, const SpanRow& span) -> Result<bool> {
    if (!conditions.FitsRow(span)) return false;
    if (conditions.attributes.empty()) return true;
    return FitsBody(conditions.attributes, reader, trace, span);
  };
  return to;
}

std::string PositionText(const FoundSpan& found) {
  return fmt::format("{}.{}.{}", found.span.facts.start_ns, found.trace.id.Hex(), SpanIdHex(found.span.id));
}

std::optional<SpanPosition> ReadPosition(std::string_view text) {
  SpanPosition position;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), position.start_ns);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  constexpr std::size_t kTraceEnd = 33;
  if (text.size() != kTraceEnd + 17 || text[0] != '.' || text[kTraceEnd] != '.') return std::nullopt;
  const std::optional<TraceId> trace = TraceId::FromHex(text.substr(1, 32));
  const std::optional<SpanId> span = SpanIdFromHex(text.substr(kTraceEnd + 1));
  if (!trace || !span) return std::nullopt;
  position.trace = *trace;
  position.span = *span;
  return position;
}

}  // namespace repartee::server
