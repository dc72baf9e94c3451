// Client: one thread's way to a ClickHouse server over its HTTP interface. A call waits for
// its answer; connections are kept between calls. Texts and numbers go out within SQL, rows
// as RowBinary both ways (row_binary.h).
//
// Every answer is asked for whole (wait_end_of_query), so that a query that fails half way
// has an error's status and not half an answer. Limits: ClientLimits.
//
// Thread: that of its owner, which has no event loop of its own while a call waits.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "repartee/base/event_loop.h"
#include "repartee/base/status.h"
#include "repartee/net/http_client.h"

namespace repartee::server::clickhouse {

// Where a server is and as whom we speak to it.
struct Address {
  std::string endpoint;  // "http://user:password@host:8123/"; not for showing
  std::string shown;     // "http://host:8123/repartee"
  std::string database;
};

// "http://user:password@host:8123/database"; no database means "default". InvalidArgument that
// names the fault, never the password.
Result<Address> ParseAddress(std::string_view url);

// A text as a literal of SQL, bytes as they are.
std::string SqlText(std::string_view text);

struct ClientLimits {
  std::chrono::milliseconds timeout{30'000};  // of a call; a query is ended by the server before
  std::size_t max_answer_bytes = 256 << 20;   // beyond: ResourceExhausted
};

// What is not known by every version from 18.16 on.
struct Version {
  int year = 0;
  int month = 0;
  friend auto operator<=>(const Version&, const Version&) = default;
};
// Of "18.16.1" and "26.9.2.1"; nothing of another text.
std::optional<Version> ParseVersion(std::string_view text);

class Client {
 public:
  explicit Client(Address address, ClientLimits limits = {});

  const Address& address() const { return address_; }

  // The errors of all calls begin with what was asked of whom. Unavailable: the server is away or cannot
  // now; ResourceExhausted: it is too much for it. What else it refuses is Internal, since whoever asks for
  // a trace has no part in it; ServerVersion alone says it by FaultOf's codes, and Malformed of an answer
  // that cannot be ClickHouse's.

  // Also says whether somebody answers who is ClickHouse. Asked once, then known.
  Result<Version> ServerVersion();
  // A SELECT without FORMAT; its rows in RowBinary.
  Result<std::string> Select(std::string_view sql);
  // The same without the address's database, which may not be there yet: of the server's own tables.
  Result<std::string> SelectOfServer(std::string_view sql);
  // What has no rows. `sql` may not be the caller's to repeat: it may have been done when the answer was
  // lost.
  Status Execute(std::string_view sql);
  // The address's database, unless it is there.
  Status CreateDatabase();
  // Rows of `columns` ("a,b,c") in RowBinary. Two calls with the same token, a text of ours, are stored
  // once by servers that know tokens, and by replicated tables of older ones if the rows are the same too.
  Status Insert(std::string_view table, std::string_view columns, std::string rows, std::string_view token);

 private:
  // `settings` begins with "&" or is empty.
  Result<std::string> SelectWith(std::string_view settings, std::string_view sql);
  Result<std::string> Call(std::string_view settings, std::string_view query_in_url, std::string body);
  Result<HttpResponse> Fetch(HttpRequest request);

  const Address address_;
  const ClientLimits limits_;
  std::optional<Version> version_;
  EventLoop loop_;
  HttpClient http_;
};

}  // namespace repartee::server::clickhouse
