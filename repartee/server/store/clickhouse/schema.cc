#include "repartee/server/store/clickhouse/schema.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "repartee/server/store/clickhouse/row_binary.h"

namespace repartee::server::clickhouse {
namespace {

// What came with which version. Each is older than that; these are the first ones without its early faults.
constexpr Version kFirstWithCodecs{20, 3};
constexpr Version kFirstWithDictionaries{20, 3};  // LowCardinality
constexpr Version kFirstWithSkipIndexes{20, 3};
constexpr Version kFirstWithInsertWindow{21, 8};

constexpr std::string_view kVersionTable = "repartee_schema";

// The types that the server can have.
struct Types {
  explicit Types(const Version& server) {
    if (server >= kFirstWithDictionaries) name = "LowCardinality(String)";
    if (server >= kFirstWithCodecs) {
      large = "String CODEC(ZSTD(3))";
      time = "Int64 CODEC(Delta, ZSTD(1))";
    }
  }
  std::string_view name = "String";   // of few different values
  std::string_view large = "String";  // a body
  std::string_view time = "Int64";    // nanoseconds since 1970
};

// A table that is asked for by `name`; its rows lie in it, or behind it in NAME_local.
struct Table {
  std::string_view name;
  std::string columns;
  std::string_view version_column;  // of ReplacingMergeTree
  std::string_view order;           // the key, which also says what is the same row
  std::string_view partition;       // may be empty
};

std::string SpanColumns(const Types& types, const Version& server) {
  std::string columns = fmt::format(
      "project Int64, day Date, trace_key UInt64, trace_id FixedString(16), span_id UInt64, rank UInt64, "
      "taken {time}, parent UInt64, start {time}, end {time}, name {name}, model {name}, provider {name}, "
      "type UInt8, level UInt8, stage UInt8, flags UInt32, turn_number Int32, ttfb Int64, ub_latency Int64, "
      "cost Int64, input_tokens Int64, output_tokens Int64, total_tokens Int64, environment {name}, "
      "foreign_id Nullable(String), preview_input String, preview_output String, speaks UInt8, "
      "trace_name Nullable(String), user_id Nullable(String), session_id Nullable(String), "
      "release Nullable(String), app_version Nullable(String), said_environment Nullable(String), "
      "tags Array(String), is_public Int8, whole UInt8, raw {large}, resource {large}, scope {large}",
      fmt::arg("time", types.time), fmt::arg("name", types.name), fmt::arg("large", types.large));
  if (server >= kFirstWithSkipIndexes)
    columns += ", INDEX by_span_id span_id TYPE bloom_filter(0.01) GRANULARITY 4";
  return columns;
}

std::string TraceColumns(const Types& types) {
  return fmt::format(
      "project Int64, day Date, trace_key UInt64, trace_id FixedString(16), version UInt64, is_deleted "
      "UInt8, "
      "foreign_id Nullable(String), start {time}, end {time}, name Nullable(String), user_id "
      "Nullable(String), "
      "session_id Nullable(String), release Nullable(String), app_version Nullable(String), "
      "environment {name}, tags Array(String), is_public UInt8, level UInt8, spans Int64, errors Int64, "
      "warnings Int64, cost Int64, input_tokens Int64, output_tokens Int64, total_tokens Int64, turns Int64, "
      "interrupted Int64, ub_p50 Int64, ub_p95 Int64, ub_max Int64, stt_p50 Int64, llm_p50 Int64, "
      "tts_p50 Int64, preview_input String, preview_output String, last_update {time}, complete UInt8, "
      "turn_span Array(UInt64), turn_number Array(Int32), turn_start Array(Int64), turn_end Array(Int64), "
      "turn_interrupted Array(UInt8), turn_ub Array(Int64), turn_stt Array(Int64), turn_llm Array(Int64), "
      "turn_tts Array(Int64)",
      fmt::arg("time", types.time), fmt::arg("name", types.name));
}

std::string EngineOf(const Table& table, const std::string& local_name, const std::string& database,
                     const SchemaOptions& options) {
  if (!options.replicated) return fmt::format("ReplacingMergeTree({})", table.version_column);
  const std::string_view comma = table.version_column.empty() ? "" : ", ";
  return fmt::format("ReplicatedReplacingMergeTree('/clickhouse/tables/{{shard}}/{}/{}', '{{replica}}'{}{})",
                     database, local_name, comma, table.version_column);
}

void AddTable(const Table& table, const Version& server, const std::string& database,
              const SchemaOptions& options, std::vector<std::string>& statements) {
  const std::string local_name = fmt::format("{}{}", table.name, options.cluster.empty() ? "" : "_local");
  std::string statement = fmt::format("CREATE TABLE IF NOT EXISTS {} ({}) ENGINE = {}", local_name,
                                      table.columns, EngineOf(table, local_name, database, options));
  if (!table.partition.empty()) statement += fmt::format(" PARTITION BY {}", table.partition);
  statement += fmt::format(" ORDER BY ({})", table.order);
  // Replicated tables remember their last hundred inserts by themselves.
  if (!options.replicated && server >= kFirstWithInsertWindow)
    statement += " SETTINGS non_replicated_deduplication_window = 1000";
  statements.push_back(std::move(statement));
  if (options.cluster.empty()) return;
  // A trace lies on one shard, so that what groups by trace is done there.
  statements.push_back(
      fmt::format("CREATE TABLE IF NOT EXISTS {0} AS {1} ENGINE = Distributed({2}, {3}, {1}, trace_key)",
                  table.name, local_name, SqlText(options.cluster), database));
}

// Version 1. A span's day is that of its start, so the rows of one span share a partition; where it comes
// again with another day, both stay, and queries take the one that counts. A trace's row is found by the day
// of its start; `trace_day` tells by the id alone on which days there are spans. What a trace was sent before
// it was deleted counts no more, in whichever node's log it waits: `deletion` tells until when.
std::vector<std::string> FirstTables(const Version& server, const std::string& database,
                                     const SchemaOptions& options) {
  const Types types(server);
  std::vector<std::string> statements;
  AddTable({.name = "span",
            .columns = SpanColumns(types, server),
            .version_column = "rank",
            .order = "project, day, trace_key, trace_id, span_id",
            .partition = "toYYYYMM(day)"},
           server, database, options, statements);
  AddTable({.name = "trace",
            .columns = TraceColumns(types),
            .version_column = "version",
            .order = "project, day, trace_key, trace_id",
            .partition = "toYYYYMM(day)"},
           server, database, options, statements);
  AddTable({.name = "trace_day",
            .columns = "project Int64, trace_key UInt64, trace_id FixedString(16), day Date",
            .version_column = "",
            .order = "project, trace_key, trace_id, day",
            .partition = ""},
           server, database, options, statements);
  AddTable({.name = "deletion",
            .columns = "project Int64, trace_key UInt64, trace_id FixedString(16), at Int64",
            .version_column = "at",
            .order = "project, trace_key, trace_id",
            .partition = ""},
           server, database, options, statements);
  return statements;
}

Result<std::uint64_t> NumberOf(const Result<std::string>& answer) {
  if (!answer.ok()) return answer.status();
  RowReader rows(*answer);
  const std::uint64_t number = rows.TakeUInt64();
  if (!rows.status().ok()) return rows.status();
  return number;
}

Status CheckMacros(Client& client) {
  const Result<std::uint64_t> macros = NumberOf(client.SelectOfServer(
      "SELECT toUInt64(count()) FROM system.macros WHERE macro IN ('shard', 'replica')"));
  if (!macros.ok()) return macros.status();
  if (*macros == 2) return OkStatus();
  return Status::InvalidArgument(
      "{}: has not both macros that replicas need: put "
      "<macros><shard>..</shard><replica>..</replica></macros> "
      "into its configuration",
      client.address().shown);
}

Status NoteVersion(Client& client, int version) {
  return client.Execute(fmt::format("INSERT INTO {} (version) VALUES ({})", kVersionTable, version));
}

}  // namespace

std::vector<std::string> SchemaStatements(int to_version, const Version& server, const std::string& database,
                                          const SchemaOptions& options) {
  if (to_version == 1) return FirstTables(server, database, options);
  return {};
}

Result<int> StoredSchemaVersion(Client& client) {
  // Who the server does not let in is told by its own code.
  if (const Result<Version> server = client.ServerVersion(); !server.ok()) return server.status();
  // Not even the database may be there.
  const Result<std::uint64_t> known = NumberOf(client.SelectOfServer(
      fmt::format("SELECT toUInt64(count()) FROM system.tables WHERE database = {} AND name = {}",
                  SqlText(client.address().database), SqlText(kVersionTable))));
  if (!known.ok()) return known.status();
  if (*known == 0) return 0;
  const Result<std::uint64_t> version =
      NumberOf(client.Select(fmt::format("SELECT toUInt64(max(version)) FROM {}", kVersionTable)));
  if (!version.ok()) return version.status();
  return static_cast<int>(*version);
}

Status CheckTables(Client& client) {
  const Result<int> version = StoredSchemaVersion(client);
  if (!version.ok()) return version.status();
  if (*version == kSchemaVersion) return OkStatus();
  return Status::FailedPrecondition(
      "{}: its tables are of version {} and this program needs {}: run repartee store migrate "
      "--clickhouse-url URL",
      client.address().shown, *version, kSchemaVersion);
}

Result<Migration> Migrate(Client& client, const SchemaOptions& options) {
  const Result<Version> server = client.ServerVersion();
  if (!server.ok()) return server.status();
  if (options.replicated) {
    if (Status status = CheckMacros(client); !status.ok()) return status;
  }
  if (Status status = client.CreateDatabase(); !status.ok()) return status;
  const Result<int> stored = StoredSchemaVersion(client);
  if (!stored.ok()) return stored.status();
  if (*stored > kSchemaVersion)
    return Status::FailedPrecondition(
        "{}: its tables are of version {}, and this program knows no later one than {}: use the program that "
        "made them, or a newer one",
        client.address().shown, *stored, kSchemaVersion);
  Migration migration{.server = *server, .from = *stored, .to = *stored};
  // Of this server alone, as each is migrated by itself.
  Status status = client.Execute(fmt::format(
      "CREATE TABLE IF NOT EXISTS {} (version UInt32) ENGINE = MergeTree ORDER BY version", kVersionTable));
  for (int next = *stored + 1; status.ok() && next <= kSchemaVersion; ++next) {
    for (const std::string& statement : SchemaStatements(next, *server, client.address().database, options)) {
      status = client.Execute(statement);
      if (!status.ok()) break;
    }
    if (status.ok()) status = NoteVersion(client, next);
    if (status.ok()) migration.to = next;
  }
  if (!status.ok()) return std::move(status).Annotate("migration to version {}", migration.to + 1);
  return migration;
}

}  // namespace repartee::server::clickhouse
