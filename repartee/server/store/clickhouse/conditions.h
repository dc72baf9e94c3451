// Conditions: what lists ask of traces and spans, as SQL. Texts stand in it as literals.
//
// Thread: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/server/store/store.h"

namespace repartee::server::clickhouse {

// Each must hold.
class Conditions {
 public:
  void Add(std::string_view condition);
  // `column` is that text.
  void AddText(std::string_view column, const std::optional<std::string>& text);
  // `column` is one of these; nothing if there are none.
  void AddAnyOf(std::string_view column, const std::vector<std::string>& texts);
  // from <= `column` < to, as far as they are given.
  void AddRange(std::string_view column, std::optional<std::int64_t> from, std::optional<std::int64_t> to);

  // Never empty.
  std::string Text() const { return text_.empty() ? "1" : text_; }

 private:
  std::string text_;
};

// Over the rows of `trace` that count.
Conditions ConditionsOf(const TraceScope& scope);
Conditions ConditionsOf(const ConversationQuery& query);

// What stands behind FROM: of each trace (span) the row that counts, of those that may begin in the range.
std::string TraceSource(ProjectKey project, std::optional<std::int64_t> from_ns,
                        std::optional<std::int64_t> to_ns);
// `identity` is asked of all rows of a span, also of those that do not count.
std::string SpanSource(ProjectKey project, std::optional<std::int64_t> from_ns,
                       std::optional<std::int64_t> to_ns, std::string_view identity = "1");

// A condition on `span`: rows of that project which came since their trace was deleted, if it was.
std::string LivingSpans(ProjectKey project);

// What a list calls a span's service, of its columns.
inline constexpr char kServiceLabel[] =
    "if(provider != '' AND model != '', concat(provider, ' · ', model), concat(provider, model))";

}  // namespace repartee::server::clickhouse
