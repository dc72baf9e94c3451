#include "repartee/server/store/sqlite/day_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/rows.h"
#include "repartee/server/store/sqlite/schema.h"
#include "repartee/server/store/sqlite/span_filter.h"
#include "repartee/server/store/sqlite/trace_keys.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxDictCache = 20'000;    // texts remembered; others are looked up
constexpr std::size_t kMaxDictText = 1'000;      // bytes; longer names are cut
constexpr std::size_t kMaxBlockBytes = 8 << 20;  // a block is closed early above that
// The writer and the follower move the log into the file.
constexpr DatabaseOptions kOptions{.cache_kib = 8'192, .checkpoint_bytes = 0};

std::string Placeholders(int count) {
  std::string out = "?";
  for (int i = 1; i < count; ++i) out += ",?";
  return out;
}

// "end=?5,name=?6,...": all of kTraceColumns but those of an index. SQLite rewrites the
// entries of every index whose columns an UPDATE names, changed or not.
std::string PlainTraceAssignments() {
  constexpr std::string_view kOfIndexes[] = {"tkey", "trace_id", "project", "start", "user_id", "session_id"};
  std::string out;
  std::string_view columns = kTraceColumns;
  for (int number = 1; !columns.empty(); ++number) {
    const std::size_t comma = std::min(columns.find(','), columns.size());
    const std::string_view column = columns.substr(0, comma);
    columns.remove_prefix(std::min(comma + 1, columns.size()));
    if (std::find(std::begin(kOfIndexes), std::end(kOfIndexes), column) != std::end(kOfIndexes)) continue;
    out += fmt::format("{}{}=?{}", out.empty() ? "" : ",", column, number);
  }
  return out;
}

// A reader finds day files by their names: a new one gets its name once its tables are in.
Status MakeDay(const std::string& folder, const std::string& path) {
  const std::string unnamed = path + ".new";
  std::error_code error;
  for (const char* part : {"", "-wal", "-shm"}) std::filesystem::remove(unnamed + part, error);
  {
    Result<std::unique_ptr<Database>> database = Database::Open(unnamed, kOptions);
    if (!database.ok()) return std::move(database).status();
    if (Status status = (*database)->Migrate(kDayVersions); !status.ok()) return status;
  }
  std::filesystem::rename(unnamed, path, error);
  if (error) return Status::Unavailable("{}: cannot be named: {}", path, error.message());
  const int directory = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = directory >= 0 && fsync(directory) == 0;
  if (directory >= 0) close(directory);
  return synced ? OkStatus() : Status::Unavailable("{}: its name is not on the disk yet", path);
}

}  // namespace

std::string DayPath(const std::string& folder, int day) {
  return fmt::format("{}/day-{:08}.db", folder, day);
}

Result<std::unique_ptr<DayFile>> DayFile::Open(const std::string& folder, int day) {
  if (const std::string path = DayPath(folder, day); !std::filesystem::exists(path)) {
    if (Status status = MakeDay(folder, path); !status.ok()) return status;
  }
  Result<std::unique_ptr<Database>> database = Database::Open(DayPath(folder, day), kOptions);
  if (!database.ok()) return std::move(database).status();
  if (Status status = (*database)->Migrate(kDayVersions); !status.ok()) return status;
  for (const auto& [table, column] : kLateDayColumns) {
    if (Status status = (*database)->AddColumn(table, column); !status.ok()) return status;
  }
  std::unique_ptr<DayFile> file(new DayFile(day, *std::move(database)));
  if (Status status = file->Prepare(); !status.ok()) return status;
  if (Status status = file->LoadMarks(); !status.ok()) return status;
  return file;
}

Status DayFile::Prepare() {
  const std::string trace_values = Placeholders(kTraceColumnCount);
  const Database::Prepared statements[] = {
      {&insert_span_,
       "INSERT OR REPLACE INTO "
       "span(tkey,span_id,parent,start,duration,name,type,level,stage,flags,model,provider,"
       "turn_number,ttfb,ub_latency,cost,input_tokens,output_tokens,total_tokens,hash,batch,item,series) "
       "VALUES(" +
           Placeholders(23) + ")"},
      {&insert_trace_, fmt::format("INSERT INTO trace({}) VALUES({})", kTraceColumns, trace_values)},
      {&update_trace_, fmt::format("UPDATE trace SET {} WHERE tkey=?1", PlainTraceAssignments())},
      {&update_trace_keys_, "UPDATE trace SET start=?4,user_id=?7,session_id=?8 WHERE tkey=?1"},
      {&put_turn_, "INSERT OR REPLACE INTO turn VALUES(" + Placeholders(10) + ")"},
      {&delete_turns_, "DELETE FROM turn WHERE tkey=?"},
      {&delete_turn_, "DELETE FROM turn WHERE tkey=? AND span_id=?"},
      {&insert_batch_,
       "INSERT INTO batch(number,raw_bytes,tkeys,span_filter,block,contents) VALUES(?,?,?,?,?,?)"},
      {&insert_dict_, "INSERT INTO dict(text) VALUES(?)"},
      {&find_dict_, "SELECT id FROM dict WHERE text=?"},
      {&put_meta_, "INSERT OR REPLACE INTO meta VALUES(?,?)"},
      {&find_trace_, fmt::format("SELECT {} FROM trace WHERE project=? AND trace_id=?", kTraceColumns)},
      {&trace_by_key_, fmt::format("SELECT {} FROM trace WHERE tkey=?", kTraceColumns)},
      {&find_span_, fmt::format("SELECT {},hash,series FROM span WHERE tkey=? AND span_id=?", kSpanColumns)},
      {&spans_of_, fmt::format("SELECT {},hash,series FROM span WHERE tkey=?", kSpanColumns)},
      {&keys_of_batch_, "SELECT tkeys FROM batch WHERE number=?"},
      {&put_reach_, "UPDATE trace_count SET longest=?,lead=? WHERE project=?"},
  };
  if (Status status = database_->PrepareAll(statements); !status.ok()) return status;
  Result<std::unique_ptr<SpanBodyReader>> bodies = SpanBodyReader::Create(*database_, kBlocksKeptToWrite);
  if (!bodies.ok()) return std::move(bodies).status();
  bodies_ = *std::move(bodies);
  Result<std::unique_ptr<RollupCache>> rollups = RollupCache::Create(*database_);
  if (!rollups.ok()) return std::move(rollups).status();
  rollups_ = *std::move(rollups);
  return OkStatus();
}

Status DayFile::LoadMarks() {
  const std::pair<std::int64_t*, std::string> marks[] = {
      {&last_batch_, "SELECT max(number) FROM batch"},
      {&rows_upto_, fmt::format("SELECT value FROM meta WHERE name='{}'", kRowsUpto)},
      {&rollups_upto_, fmt::format("SELECT value FROM meta WHERE name='{}'", kRollupsUpto)},
      {&next_key_, "SELECT max(tkey)+1 FROM trace"},
  };
  for (const auto& [mark, sql] : marks) {
    Result<std::int64_t> value = database_->QueryInteger(sql, mark == &next_key_ ? 1 : 0);
    if (!value.ok()) return std::move(value).status();
    *mark = *value;
  }
  Result<std::int64_t> next =
      database_->QueryInteger(fmt::format("SELECT value FROM meta WHERE name='{}'", kNextKey), 1);
  if (!next.ok()) return std::move(next).status();
  next_key_ = std::max(next_key_, *next);
  Result<Statement> reach = database_->Prepare("SELECT project,longest,lead FROM trace_count");
  if (!reach.ok()) return std::move(reach).status();
  return EachRow(*reach, [&] { reach_[reach->Integer(0)] = {reach->Integer(1), reach->Integer(2)}; });
}

Status DayFile::Begin() {
  if (in_transaction_) return OkStatus();
  if (Status status = database_->Execute("BEGIN IMMEDIATE"); !status.ok()) return status;
  in_transaction_ = true;
  return OkStatus();
}

Status DayFile::Commit() {
  if (Status status = FinishBlock(); !status.ok()) return status;
  if (Status status = database_->Execute("COMMIT"); !status.ok()) return status;
  in_transaction_ = false;
  return OkStatus();
}

Status DayFile::FinishBlock() {
  if (block_.items() == 0) return OkStatus();
  const std::string keys = WriteKeys(block_keys_);
  const std::string filter = MakeSpanFilter(block_spans_);
  std::size_t raw_bytes = 0;
  const std::uint32_t contents = block_.AddSpan(contents_.Finish());
  const std::string block = block_.Finish(raw_bytes);
  block_keys_.clear();
  block_spans_.clear();
  insert_batch_.Bind(1, last_batch_ + 1);
  insert_batch_.Bind(2, static_cast<std::int64_t>(raw_bytes));
  insert_batch_.BindBlob(3, keys);
  insert_batch_.BindBlob(4, filter);
  insert_batch_.BindBlob(5, block);
  insert_batch_.Bind(6, contents);
  if (Status status = insert_batch_.Run(); !status.ok()) return status;
  ++last_batch_;
  return OkStatus();
}

Result<std::int64_t> DayFile::DictId(std::string_view text) {
  const std::string cut(text.substr(0, kMaxDictText));
  if (const auto known = dict_.find(cut); known != dict_.end()) return known->second;
  std::int64_t id = 0;
  {
    const StatementUse use(find_dict_);
    find_dict_.BindText(1, cut);
    Result<bool> row = find_dict_.Step();
    if (!row.ok()) return std::move(row).status();
    if (*row) id = find_dict_.Integer(0);
  }
  if (id == 0) {
    insert_dict_.BindText(1, cut);
    if (Status status = insert_dict_.Run(); !status.ok()) return status;
    id = database_->last_insert_id();
  }
  if (dict_.size() < kMaxDictCache) dict_.emplace(cut, id);
  return id;
}

// Columns 6, 11 and 12 of the insert.
Status DayFile::BindNames(const SpanRecord& record) {
  const std::pair<int, std::string_view> names[] = {
      {6, record.name}, {11, record.model}, {12, record.provider}};
  for (const auto& [index, text] : names) {
    if (text.empty()) {
      insert_span_.BindNull(index);
      continue;
    }
    Result<std::int64_t> id = DictId(text);
    if (!id.ok()) return std::move(id).status();
    insert_span_.Bind(index, *id);
  }
  return OkStatus();
}

std::uint32_t DayFile::AddBody(LiveTrace& trace, const SpanRecord& record, const PreparedSpan& prepared) {
  const std::int64_t batch = open_batch();
  // Resource, scope, then the cuts.
  std::vector<std::pair<TextPlace, LiveTrace::Text*>> placed;
  placed.reserve(prepared.texts.cuts.size() + 2);
  const auto place = [&](std::string_view text, const TextHash& hash) {
    auto known = trace.texts.find(hash);
    if (known == trace.texts.end()) {
      const TextPlace at{batch, block_.AddText(text)};
      if (trace.texts.size() >= kMaxTextsPerLiveTrace) {
        placed.emplace_back(at, nullptr);
        return at;
      }
      known = trace.texts.emplace(hash, LiveTrace::Text{at}).first;
    }
    placed.emplace_back(known->second.place, &known->second);
    return known->second.place;
  };
  const std::uint32_t item = block_.AddSpan(EncodeSpanItem(record, prepared, batch, place));
  contents_.AddSpan(trace.row.place.key, item);
  for (const TextPart& part : prepared.texts.parts) {
    if (part.cut < 0) {
      contents_.AddText(part.bytes, part.is_escaped);
      continue;
    }
    const auto& [at, live] = placed[static_cast<std::size_t>(part.cut) + 2];
    // A text that the trace repeats is found by the span that had it first.
    if (live != nullptr && live->found_by != 0 && live->found_by != record.span_id) continue;
    if (live != nullptr) live->found_by = record.span_id;
    contents_.AddText(batch, at, part.is_escaped);
  }
  return item;
}

Status DayFile::WriteSpan(LiveTrace& trace, const SpanRecord& record, const PreparedSpan& prepared,
                          const std::optional<TextPlace>& replaced, std::int64_t series) {
  const std::int64_t batch = open_batch();
  const std::uint32_t number = AddBody(trace, record, prepared);
  if (replaced) contents_.AddReplaced(batch, *replaced);
  block_keys_.insert(trace.row.place.key);
  block_spans_.push_back(record.span_id);

  const SpanFacts& facts = record.facts;
  Statement& s = insert_span_;
  s.Bind(1, trace.row.place.key);
  s.Bind(2, ToStored(record.span_id));
  if (record.parent_id == 0) {
    s.BindNull(3);
  } else {
    s.Bind(3, ToStored(record.parent_id));
  }
  s.Bind(4, facts.start_ns);
  s.Bind(5, facts.end_ns - facts.start_ns);
  if (Status status = BindNames(record); !status.ok()) return status;
  s.Bind(7, static_cast<std::int64_t>(facts.type));
  s.Bind(8, static_cast<std::int64_t>(facts.level));
  s.Bind(9, static_cast<std::int64_t>(facts.stage));
  s.Bind(10, facts.flags);
  s.BindMeasure(13, facts.turn_number);
  s.BindMeasure(14, facts.ttfb_us);
  s.BindMeasure(15, facts.ub_latency_us);
  s.BindMeasure(16, facts.cost);
  s.BindMeasure(17, facts.input_tokens);
  s.BindMeasure(18, facts.output_tokens);
  s.BindMeasure(19, facts.total_tokens);
  s.Bind(20, static_cast<std::int64_t>(prepared.content_hash));
  s.Bind(21, batch);
  s.Bind(22, number);
  s.Bind(23, series);
  if (Status status = s.Run(); !status.ok()) return status;
  if (block_spans_.size() < kSpansPerBlock && block_.bytes() < kMaxBlockBytes) return OkStatus();
  return FinishBlock();
}

Status DayFile::InsertTrace(const LiveTrace& trace) {
  std::string id_bytes;
  std::string tags;
  BindTraceRow(insert_trace_, trace.row, id_bytes, tags);
  if (Status status = insert_trace_.Run(); !status.ok()) return status;
  return NoteReach(trace);
}

Status DayFile::NoteReach(const LiveTrace& trace) {
  const TraceRow& row = trace.row;
  Reach& known = reach_[row.project];
  std::int64_t length = 0;
  if (__builtin_sub_overflow(row.end_ns, row.start_ns, &length)) length = INT64_MAX;
  if (length <= known.longest && trace.lead_ns() <= known.lead) return OkStatus();
  known = {std::max(known.longest, length), std::max(known.lead, trace.lead_ns())};
  put_reach_.Bind(1, known.longest);
  put_reach_.Bind(2, known.lead);
  put_reach_.Bind(3, row.project);
  return put_reach_.Run();
}

Status DayFile::UpdateTrace(const LiveTrace& trace) {
  const TraceRow& row = trace.row;
  std::string id_bytes;
  std::string tags;
  BindTraceRow(update_trace_, row, id_bytes, tags);
  if (Status status = update_trace_.Run(); !status.ok()) return status;
  if (Status status = NoteReach(trace); !status.ok() || !trace.keys_changed) return status;
  BindTraceRow(update_trace_keys_, row, id_bytes, tags);
  return update_trace_keys_.Run();
}

Status DayFile::WriteTurns(LiveTrace& trace) {
  const std::int64_t key = trace.row.place.key;
  if (trace.rewrite_turns) {
    delete_turns_.Bind(1, key);
    if (Status status = delete_turns_.Run(); !status.ok()) return status;
  }
  for (const SpanId dropped : trace.dropped_turns) {
    delete_turn_.Bind(1, key);
    delete_turn_.Bind(2, ToStored(dropped));
    if (Status status = delete_turn_.Run(); !status.ok()) return status;
  }
  trace.dropped_turns.clear();
  for (LiveTrace::Turn& turn : trace.turns) {
    if (!turn.dirty && !trace.rewrite_turns) continue;
    const TurnRow& row = turn.row;
    put_turn_.Bind(1, key);
    put_turn_.Bind(2, ToStored(row.span));
    put_turn_.BindMeasure(3, row.number);
    put_turn_.Bind(4, row.start_ns);
    put_turn_.Bind(5, row.end_ns);
    put_turn_.Bind(6, row.interrupted ? 1 : 0);
    put_turn_.BindMeasure(7, row.ub_latency_us);
    put_turn_.BindMeasure(8, row.stt_ttfb_us);
    put_turn_.BindMeasure(9, row.llm_ttfb_us);
    put_turn_.BindMeasure(10, row.tts_ttfb_us);
    if (Status status = put_turn_.Run(); !status.ok()) return status;
    turn.dirty = false;
  }
  trace.rewrite_turns = false;
  return OkStatus();
}

Status DayFile::WriteMark(std::string_view name, std::int64_t batch, std::int64_t& mark) {
  if (batch == mark) return OkStatus();
  put_meta_.BindText(1, name);
  put_meta_.Bind(2, batch);
  if (Status status = put_meta_.Run(); !status.ok()) return status;
  mark = batch;
  return OkStatus();
}

Status DayFile::WriteRowsUpto(std::int64_t batch) { return WriteMark(kRowsUpto, batch, rows_upto_); }

Status DayFile::WriteRollups() {
  if (Status status = rollups_->Write(); !status.ok()) return status;
  return WriteMark(kRollupsUpto, has_open_block() ? open_batch() : last_batch_, rollups_upto_);
}

Result<std::optional<TraceRow>> DayFile::FindTrace(ProjectKey project, const TraceId& id) {
  const StatementUse use(find_trace_);
  const std::string bytes = id.Bytes();
  find_trace_.Bind(1, project);
  find_trace_.BindBlob(2, bytes);
  return NextTraceRow(find_trace_, day_);
}

Result<std::optional<TraceRow>> DayFile::TraceByKey(std::int64_t key) {
  const StatementUse use(trace_by_key_);
  trace_by_key_.Bind(1, key);
  return NextTraceRow(trace_by_key_, day_);
}

namespace {

DayFile::StoredSpanRow ReadStored(const Statement& statement) {
  return {ReadSpanRow(statement), static_cast<std::uint64_t>(statement.Integer(kSpanColumnCount)),
          statement.Measure(kSpanColumnCount + 1)};
}

}  // namespace

Result<std::optional<DayFile::StoredSpanRow>> DayFile::FindSpan(std::int64_t key, SpanId id) {
  const StatementUse use(find_span_);
  find_span_.Bind(1, key);
  find_span_.Bind(2, ToStored(id));
  Result<bool> row = find_span_.Step();
  if (!row.ok()) return std::move(row).status();
  if (!*row) return std::optional<StoredSpanRow>();
  return std::optional(ReadStored(find_span_));
}

Result<std::vector<DayFile::StoredSpanRow>> DayFile::SpansOf(std::int64_t key) {
  const StatementUse use(spans_of_);
  spans_of_.Bind(1, key);
  std::vector<StoredSpanRow> rows;
  Status status = EachRow(spans_of_, [&] { rows.push_back(ReadStored(spans_of_)); });
  if (!status.ok()) return status;
  return rows;
}

Result<std::vector<std::int64_t>> DayFile::KeysOfBatch(std::int64_t batch) {
  const StatementUse use(keys_of_batch_);
  keys_of_batch_.Bind(1, batch);
  Result<bool> row = keys_of_batch_.Step();
  if (!row.ok()) return std::move(row).status();
  return *row ? ReadKeys(keys_of_batch_.Blob(0)) : std::vector<std::int64_t>();
}

}  // namespace repartee::server
