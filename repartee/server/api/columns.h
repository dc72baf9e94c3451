// Columns of traces and observations as filters and metrics name them, and where
// their values come from: a row, or the whole span, which is read once and only when
// a column needs it, or what extra_columns.h knows.
//
// Thread: one at a time.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "repartee/server/api/extra_columns.h"
#include "repartee/server/api/filter.h"
#include "repartee/server/api/trace_view.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

bool IsTraceColumn(std::string_view column);
bool IsObservationColumn(std::string_view column);

class TraceColumns {
 public:
  // All are borrowed.
  TraceColumns(StoreReader& reader, const MappingOptions& mapping, const TraceRow& trace, TraceScores& scores)
      : reader_(reader), mapping_(mapping), trace_(trace), scores_(scores) {}

  // `key` is a metadata key, or a score's name. The column exists.
  Result<FieldValue> Get(std::string_view column, std::string_view key);

 private:
  // How many spans of its have this level; what they cost, in USD.
  Result<FieldValue> LevelCount(Level level);
  Result<FieldValue> CostPart(std::string_view part);

  StoreReader& reader_;
  const MappingOptions& mapping_;
  const TraceRow& trace_;
  TraceScores& scores_;
  std::optional<TraceListItem> item_;
};

class ObservationColumns {
 public:
  // All are borrowed.
  ObservationColumns(StoreReader& reader, const MappingOptions& mapping, const TraceRow& trace,
                     const SpanRow& span, TraceScores& scores)
      : reader_(reader), mapping_(mapping), trace_(trace), span_(span), scores_(scores) {}

  // `key` is a metadata key, or a score's name. The column exists.
  Result<FieldValue> Get(std::string_view column, std::string_view key);
  // The whole span.
  Result<const Observation*> Full();
  Result<const ToolNames*> Tools();
  Result<std::vector<const ScoreRow*>> Scores() { return scores_.Of(trace_, span_); }

 private:
  Result<const ExperimentFacts*> Experiment();
  Result<FieldValue> GetExtra(std::string_view column, std::string_view key);

  StoreReader& reader_;
  const MappingOptions& mapping_;
  const TraceRow& trace_;
  const SpanRow& span_;
  TraceScores& scores_;
  std::optional<Observation> full_;
  std::optional<ToolNames> tools_;
  std::optional<ExperimentFacts> experiment_;
};

// Tests for the store's lists; conditions that a row can answer are asked first.
// `reader` and `mapping` are borrowed for the life of the test.
TraceTest TestOf(std::vector<FilterCondition> conditions, StoreReader& reader, const MappingOptions& mapping);
SpanTest SpanTestOf(std::vector<FilterCondition> conditions, StoreReader& reader,
                    const MappingOptions& mapping);

}  // namespace repartee::server
