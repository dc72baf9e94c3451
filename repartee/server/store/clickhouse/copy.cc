#include "repartee/server/store/clickhouse/copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "repartee/base/clock.h"
#include "repartee/otel/wire/pull_parser.h"
#include "repartee/server/store/clickhouse/schema.h"
#include "repartee/server/store/clickhouse/shipper.h"
#include "repartee/server/store/clickhouse/sql.h"
#include "repartee/server/store/clickhouse/trace_update.h"
#include "repartee/server/store/sqlite/day_source.h"
#include "repartee/server/store/sqlite/index_file.h"
#include "repartee/server/store/sqlite/rows.h"

namespace repartee::server::clickhouse {
namespace {

constexpr std::size_t kTracesAtATime = 200;

// As the request made it, with what the store found it to be. The views are into `span`.
Result<SpanRecord> RecordOf(const TraceRow& trace, const DaySource::Span& span,
                            const MappingOptions& options) {
  otel::SpanParser parser;
  const Result<otel::ResourceView> resource = parser.ParseResource(span.body.resource);
  const Result<otel::ScopeView> scope = parser.ParseScope(span.body.scope);
  const Result<otel::SpanView> view = parser.ParseSpan(span.body.span);
  if (!resource.ok() || !scope.ok() || !view.ok())
    return Status::Malformed("span {} cannot be read", SpanIdHex(span.row.id));
  SpanMapper mapper(options.For(trace.project));
  mapper.Use(*resource, *scope, *view);
  std::optional<SpanRecord> record = MakeRecord(mapper, *resource, *scope, *view);
  if (!record) return Status::Malformed("span {} has ids that are none", SpanIdHex(span.row.id));
  // Ids as they are asked for: those of its bytes may be texts that these are the hashes of.
  record->trace_id = trace.id;
  record->span_id = span.row.id;
  record->parent_id = span.row.parent;
  record->facts = span.row.facts;
  record->name = span.row.name;
  record->model = span.row.model;
  record->provider = span.row.provider;
  if (trace.foreign_id) record->foreign_trace_id = *trace.foreign_id;
  return *std::move(record);
}

class Copy {
 public:
  explicit Copy(const CopyOptions& options)
      : options_(options), client_(options.address), time_(Clock::System()) {}

  Result<CopyProgress> Run() {
    if (Status status = CheckTables(client_); !status.ok()) return status;
    std::vector<int> days = ListDays(options_.folder);
    if (days.empty()) return Status::NotFound("{} has no traces", options_.folder);
    std::sort(days.begin(), days.end());
    for (const int day : days) {
      const Result<std::unique_ptr<DaySource>> source = DaySource::Open(options_.folder, day);
      const Result<std::int64_t> traces = source.ok() ? (*source)->Count() : source.status();
      if (traces.ok()) progress_.traces += *traces;
    }
    for (const int day : days) {
      Status status = CopyDay(day);
      if (status.code() == StatusCode::kMalformed) {
        Note(fmt::format("day {}: {}", day, status.message()));
      } else if (!status.ok()) {
        return status;
      }
    }
    return progress_;
  }

 private:
  void Note(std::string fault) {
    ++progress_.faults;
    if (progress_.faults_told.size() < kMaxFaultsTold) progress_.faults_told.push_back(std::move(fault));
  }

  Status CopyDay(int day) {
    Result<std::unique_ptr<DaySource>> source = DaySource::Open(options_.folder, day);
    if (!source.ok()) return std::move(source).status();
    for (std::int64_t after = INT64_MIN;;) {
      Result<std::vector<TraceRow>> some = (*source)->Traces(after, kTracesAtATime);
      if (!some.ok()) return std::move(some).status();
      if (some->empty()) return OkStatus();
      after = some->back().place.key;
      std::map<ProjectKey, std::vector<TraceRow>> by_project;
      for (TraceRow& trace : *some) by_project[trace.project].push_back(std::move(trace));
      for (const auto& [project, traces] : by_project) {
        if (Status status = CopyTraces(**source, project, traces); !status.ok()) return status;
      }
      if (options_.on_progress) options_.on_progress(progress_);
    }
  }

  Status CopyTraces(DaySource& source, ProjectKey project, const std::vector<TraceRow>& traces) {
    std::vector<TraceId> ids;
    for (const TraceRow& trace : traces) ids.push_back(trace.id);
    const Result<std::vector<TraceRow>> known = ReadTraces(client_, project, ids);
    if (!known.ok()) return known.status();
    std::map<std::string, const TraceRow*> by_id;
    for (const TraceRow& trace : *known) by_id[trace.id.Bytes()] = &trace;
    TraceSet sent;
    for (const TraceRow& trace : traces) {
      ++progress_.seen;
      const auto there = by_id.find(trace.id.Bytes());
      const bool is_there = there != by_id.end() && there->second->spans >= trace.spans &&
                            there->second->last_update_ns >= trace.last_update_ns;
      if (is_there) continue;
      Status status = CopyTrace(source, trace);
      if (status.code() == StatusCode::kMalformed) {
        Note(fmt::format("trace {}: {}", trace.ShownId(), status.message()));
        continue;
      }
      if (!status.ok()) return status;
      sent.emplace(project, trace.id.Bytes());
      ++progress_.copied;
    }
    if (Status status = Send(); !status.ok()) return status;
    const Result<std::vector<TraceChange>> made = UpdateTraces(client_, sent, time_);
    return made.status();
  }

  // The last one of the spans came with the trace's last change. A later part of a large trace counts as come
  // before the part before it, so that this holds before it is known how many there are.
  Status CopyTrace(DaySource& source, const TraceRow& trace) {
    std::int64_t taken_before = trace.last_update_ns + 1;
    for (std::int64_t first = INT64_MIN;;) {
      const Result<std::deque<DaySource::Span>> spans = source.Spans(trace.place.key, first, kSpansPerBlock);
      if (!spans.ok()) return spans.status();
      SpanBatch batch;
      batch.project = trace.project;
      for (const DaySource::Span& span : *spans) {
        Result<SpanRecord> record = RecordOf(trace, span, options_.mapping);
        if (!record.ok()) return std::move(record).status();
        batch.spans.push_back(*std::move(record));
      }
      taken_before -= static_cast<std::int64_t>(spans->size());
      const ShipRows rows = MakeShipRows(batch, taken_before);
      block_.spans += rows.spans;
      block_.span_rows += rows.span_rows;
      block_.day_rows += rows.day_rows;
      progress_.spans += rows.spans;
      if (block_.spans >= kSpansPerBlock) {
        if (Status status = Send(); !status.ok()) return status;
      }
      if (spans->size() < kSpansPerBlock || ToStored(spans->back().row.id) == INT64_MAX) return OkStatus();
      first = ToStored(spans->back().row.id) + 1;
    }
  }

  Status Send() {
    if (block_.spans == 0) return OkStatus();
    const std::string token = TokenOf(block_.span_rows);
    Status status = client_.Insert("span", kSpanColumns, std::move(block_.span_rows), token);
    if (status.ok()) status = client_.Insert("trace_day", kDayColumns, std::move(block_.day_rows), token);
    block_ = {};
    return status;
  }

  const CopyOptions& options_;
  Client client_;
  RisingTime time_;
  ShipRows block_;
  CopyProgress progress_;
};

}  // namespace

Result<CopyProgress> CopyStore(const CopyOptions& options) { return Copy(options).Run(); }

}  // namespace repartee::server::clickhouse
