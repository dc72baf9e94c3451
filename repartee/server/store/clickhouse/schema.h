// The tables of a store in ClickHouse, and how they come to be there. One text for every
// version from 18.16 on; what newer ones do better (codecs, dictionaries of texts, skipping
// indexes, windows of remembered inserts) is added where the server's version has it.
//
// A span's row is a fact and holds everything of it. It may be stored several times: of the
// rows of one span the one with the highest (rank, taken) counts, in every query. All else
// (`trace`, `trace_day`) is derived from span rows and can be made again.
//
// Thread: that of the client's owner; statements wait for the server.
#pragma once

#include <string>
#include <vector>

#include "repartee/base/status.h"
#include "repartee/server/store/clickhouse/client.h"

namespace repartee::server::clickhouse {

// The version that the statements below end at.
inline constexpr int kSchemaVersion = 1;

struct SchemaOptions {
  // Tables are Replicated*, their place in Keeper made of the server's macros {shard} and {replica}.
  bool replicated = false;
  // The cluster, as system.clusters calls it, over whose shards traces are spread: `span` is then a
  // Distributed table before `span_local`. Empty: all lies on this one server.
  std::string cluster{};
};

// The statements that lead from one version of the schema to the next, in order. Each may be run again.
std::vector<std::string> SchemaStatements(int to_version, const Version& server, const std::string& database,
                                          const SchemaOptions& options);

struct Migration {
  Version server;
  int from = 0;  // 0: there was nothing
  int to = 0;
};

// Makes the database and its tables on this one server, or brings them to kSchemaVersion; does nothing
// where they are. Of several servers each is to be asked: a statement ON CLUSTER waits for minutes where one
// of them is away. FailedPrecondition when the tables are a later program's, InvalidArgument when replicas
// are asked for and the server has no macros, and what Client's calls say. May be run again after a fault.
Result<Migration> Migrate(Client& client, const SchemaOptions& options);

// The version of the tables that are there; 0: none.
Result<int> StoredSchemaVersion(Client& client);
// FailedPrecondition unless it is this program's.
Status CheckTables(Client& client);

}  // namespace repartee::server::clickhouse
