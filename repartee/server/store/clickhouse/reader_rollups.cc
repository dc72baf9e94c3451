// Roll-ups for charts, counted from the spans each time, so nothing is behind.
#include <fmt/format.h>

#include <algorithm>

#include "repartee/server/store/clickhouse/conditions.h"
#include "repartee/server/store/clickhouse/reader.h"
#include "repartee/server/store/sqlite/varint.h"

namespace repartee::server::clickhouse {
namespace {

constexpr std::size_t kBucketsAtATime = 512;  // of one sketch's bytes

// As sketch.cc numbers its buckets: 0 of zero and below, i + 1 of what ends at gamma^i.
std::string BucketOfValue(std::string_view value) {
  return fmt::format("toUInt32(if({0} <= 0, 0, 1 + ceil(log({0}) / log(1.02))))", value);
}

// One row a series and start. Names of turns are made one by SeriesName behind it.
std::string RollupSql(const RollupQuery& query, const RollupRange& range) {
  Conditions conditions;
  conditions.AddRange("start", range.from_ns, range.to_ns);
  conditions.AddAnyOf("environment", query.environments);
  conditions.Add(fmt::format("bitAnd(flags, {}) = 0", kFlagProvisional | kFlagTraceEntry));
  const std::string columns = fmt::format(
      "stage, type, toString(environment) AS said_environment, toString(name) AS said_name, "
      "toString(provider) AS said_provider, toString(model) AS said_model, intDiv(start, {0}) * {0} AS "
      "bucket, level, "
      "flags, cost, input_tokens, output_tokens, total_tokens, if(end > start, intDiv(end - start, 1000), 0) "
      "AS length, "
      "if(stage = {1}, ub_latency, ttfb) AS wait",
      LengthOf(range.resolution), static_cast<int>(Stage::kTurn));
  return fmt::format(
      "SELECT stage, type, said_environment, said_name, said_provider, said_model, toInt64(bucket), "
      "toInt64(count()), "
      "toInt64(sum(level = {error})), toInt64(sum(stage = {turn} AND bitAnd(flags, {marks}) = {cut})), "
      "toInt64(sum(if(cost > 0, cost, 0))), toInt64(sum(cost >= 0)), "
      "toInt64(sum(if(input_tokens > 0, input_tokens, 0))), toInt64(sum(if(output_tokens > 0, output_tokens, "
      "0))), "
      "toInt64(sum(if(total_tokens > 0, total_tokens, 0))), toInt64(sum(length)), "
      "sumMap([{length}], [toUInt64(1)]), toInt64(sum(if(wait >= 0, wait, 0))), "
      "sumMap(if(wait >= 0, [{wait}], emptyArrayUInt32()), if(wait >= 0, [toUInt64(1)], emptyArrayUInt64())) "
      "FROM (SELECT {columns} FROM {source} WHERE {where}) "
      "GROUP BY stage, type, said_environment, said_name, said_provider, said_model, bucket",
      fmt::arg("error", static_cast<int>(Level::kError)), fmt::arg("turn", static_cast<int>(Stage::kTurn)),
      fmt::arg("marks", kFlagInterrupted | kFlagEndedByHangup), fmt::arg("cut", kFlagInterrupted),
      fmt::arg("length", BucketOfValue("length")), fmt::arg("wait", BucketOfValue("wait")),
      fmt::arg("columns", columns), fmt::arg("source", SpanSource(query.project, range.from_ns, range.to_ns)),
      fmt::arg("where", conditions.Text()));
}

// The bytes of a sketch (sketch.h) that has these buckets.
void MergeBuckets(const std::vector<std::uint32_t>& indexes, const std::vector<std::uint64_t>& counts,
                  std::int64_t sum, Sketch& sketch) {
  for (std::size_t from = 0; from < indexes.size(); from += kBucketsAtATime) {
    const std::size_t to = std::min(indexes.size(), from + kBucketsAtATime);
    std::string bytes;
    AppendVarint(bytes, ToZigzag(from == 0 ? sum : 0));
    AppendVarint(bytes, to - from);
    std::uint32_t last = 0;
    for (std::size_t i = from; i < to; ++i) {
      AppendVarint(bytes, indexes[i] - last);
      AppendVarint(bytes, counts[i]);
      last = indexes[i];
    }
    std::string_view in = bytes;
    if (const std::optional<Sketch> part = Sketch::ReadFrom(in)) sketch.Merge(*part);
  }
}

Sketch ReadSketch(RowReader& rows) {
  const std::int64_t sum = rows.TakeInt64();
  std::vector<std::uint32_t> indexes;
  std::vector<std::uint64_t> counts;
  for (std::size_t left = rows.TakeCount(); left > 0 && rows.status().ok(); --left)
    indexes.push_back(rows.TakeUInt32());
  for (std::size_t left = rows.TakeCount(); left > 0 && rows.status().ok(); --left)
    counts.push_back(rows.TakeUInt64());
  counts.resize(indexes.size());
  Sketch sketch;
  MergeBuckets(indexes, counts, sum, sketch);
  return sketch;
}

Rollup ReadRollup(RowReader& rows) {
  Rollup rollup;
  for (std::int64_t* const number :
       {&rollup.count, &rollup.errors, &rollup.interrupted, &rollup.cost, &rollup.priced,
        &rollup.input_tokens, &rollup.output_tokens, &rollup.total_tokens})
    *number = rows.TakeInt64();
  rollup.duration = ReadSketch(rows);
  rollup.wait = ReadSketch(rows);
  return rollup;
}

Series ReadSeries(ProjectKey project, RowReader& rows) {
  StoredSpan span;
  span.record.facts.stage = static_cast<Stage>(std::min<std::uint8_t>(rows.TakeUInt8(), 5));
  span.record.facts.type =
      static_cast<ObservationType>(std::min<std::uint8_t>(rows.TakeUInt8(), kObservationTypes - 1));
  span.record.environment = rows.TakeString();
  // The views are into the answer.
  span.record.name = rows.TakeString();
  span.record.provider = rows.TakeString();
  span.record.model = rows.TakeString();
  return SeriesOf(project, span.record);
}

}  // namespace

Status Reader::VisitRollups(const RollupQuery& query, const RollupRange& range, const RollupVisitor& visit) {
  Result<std::string> answer = client_.Select(RollupSql(query, range));
  if (!answer.ok()) return std::move(answer).status();
  RowReader rows(*answer);
  while (!rows.AtEnd()) {
    const Series series = ReadSeries(query.project, rows);
    const std::int64_t start_ns = rows.TakeInt64();
    const Rollup rollup = ReadRollup(rows);
    if (rows.status().ok()) visit(series, start_ns, rollup);
  }
  return rows.status();
}

// Counted from the spans each time, so nothing is behind.
Status Reader::ReadRollups(const RollupQuery& query, const RollupVisitor& visit) {
  for (const RollupRange& range : query.ranges) {
    if (Status status = VisitRollups(query, range, visit); !status.ok()) return status;
  }
  return OkStatus();
}

}  // namespace repartee::server::clickhouse
