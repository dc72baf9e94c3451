// SqlFilter: a condition in SQL with the values for its question marks, put together
// piece by piece; no value ever stands in the text.
//
// Thread: values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "repartee/server/store/figures.h"
#include "repartee/server/store/sqlite/database.h"
#include "repartee/server/store/trace_scope.h"

namespace repartee::server {

struct SqlFilter {
  using Value = std::variant<std::int64_t, double, std::string>;

  std::string where;
  std::vector<Value> values;

  void Add(std::string_view condition, Value value);
  // `column` is one of these; nothing if there are none.
  void AddAnyOf(std::string_view column, const std::vector<std::string>& texts);
  // Over the columns of `trace`.
  void AddScope(const TraceScope& scope);
  // Whether it asks for the scope's project and time and for nothing else.
  bool HasTimeAlone(const TraceScope& scope) const;
  // Binds from `index` and tells the index behind; the values must outlive the statement's run.
  int Bind(Statement& statement, int index) const;
};

// Over the columns of `trace`: the conversations whose figures are asked for.
SqlFilter FilterOf(const VoiceQuery& query);

}  // namespace repartee::server
