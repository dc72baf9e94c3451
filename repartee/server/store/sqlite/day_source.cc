#include "repartee/server/store/sqlite/day_source.h"

#include <fmt/format.h>

#include <utility>

#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/day_file.h"
#include "repartee/server/store/sqlite/rows.h"

namespace repartee::server {

Result<std::unique_ptr<DaySource>> DaySource::Open(const std::string& folder, int day) {
  std::unique_ptr<DaySource> source(new DaySource);
  source->day_ = day;
  Result<std::unique_ptr<Database>> file =
      Database::Open(DayPath(folder, day), {.read_only = true, .create = false});
  if (!file.ok()) return std::move(file).status();
  source->file_ = *std::move(file);
  const Database::Prepared statements[] = {
      {&source->traces_,
       fmt::format("SELECT {} FROM trace WHERE tkey>? ORDER BY tkey LIMIT ?", kTraceColumns)},
      {&source->spans_,
       fmt::format("SELECT {} FROM span WHERE tkey=? AND span_id>=? ORDER BY span_id LIMIT ?", kSpanColumns)},
      {&source->name_, "SELECT text FROM dict WHERE id=?"},
  };
  if (Status status = source->file_->PrepareAll(statements); !status.ok()) return status;
  Result<std::unique_ptr<SpanBodyReader>> bodies = SpanBodyReader::Create(*source->file_, kBlocksKeptToRead);
  if (!bodies.ok()) return std::move(bodies).status();
  source->bodies_ = *std::move(bodies);
  return source;
}

Result<std::int64_t> DaySource::Count() { return file_->QueryInteger("SELECT count(*) FROM trace", 0); }

Result<std::vector<TraceRow>> DaySource::Traces(std::int64_t after, std::size_t limit) {
  const StatementUse use(traces_);
  traces_.Bind(1, after);
  traces_.Bind(2, static_cast<std::int64_t>(limit));
  std::vector<TraceRow> rows;
  Status status = EachRow(traces_, [&] { rows.push_back(ReadTraceRow(traces_, day_)); });
  if (!status.ok()) return status;
  return rows;
}

Result<std::deque<DaySource::Span>> DaySource::Spans(std::int64_t key, std::int64_t first,
                                                     std::size_t limit) {
  Result<std::deque<Span>> spans = SpanRows(key, first, limit);
  if (!spans.ok()) return spans;
  for (Span& span : *spans) {
    Result<SpanBody> body = bodies_->Read(key, span.row);
    if (!body.ok()) return std::move(body).status();
    span.body = *std::move(body);
  }
  return spans;
}

Result<std::deque<DaySource::Span>> DaySource::SpanRows(std::int64_t key, std::int64_t first,
                                                        std::size_t limit) {
  const StatementUse use(spans_);
  spans_.Bind(1, key);
  spans_.Bind(2, first);
  spans_.Bind(3, static_cast<std::int64_t>(limit));
  std::deque<Span> spans;
  Status status = EachRow(spans_, [&]() -> Result<bool> {
    SpanRow& row = spans.emplace_back().row;
    row = ReadSpanRow(spans_);
    const NameIds ids = ReadNameIds(spans_);
    const std::pair<std::int64_t, std::string*> texts[] = {
        {ids.name, &row.name}, {ids.model, &row.model}, {ids.provider, &row.provider}};
    for (const auto& [id, text] : texts) {
      Result<std::string> name = Name(id);
      if (!name.ok()) return std::move(name).status();
      *text = *std::move(name);
    }
    return true;
  });
  if (!status.ok()) return status;
  return spans;
}

Result<std::string> DaySource::Name(std::int64_t id) {
  if (id == 0) return std::string();
  const auto [known, is_new] = names_.try_emplace(id);
  if (!is_new) return known->second;
  const StatementUse use(name_);
  name_.Bind(1, id);
  const Result<bool> row = name_.Step();
  if (!row.ok()) return row.status();
  if (*row) known->second = name_.Text(0);
  return known->second;
}

}  // namespace repartee::server
