// Against a server that answers as a test says; store_server_test.cc asks real ones.
#include "repartee/server/store/clickhouse/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <thread>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/net/http_server.h"
#include "repartee/server/store/clickhouse/row_binary.h"

namespace repartee::server::clickhouse {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(ClickHouseAddress, HasHostDatabaseAndCredentials) {
  const Result<Address> address = ParseAddress("http://me:s%40cret@[::1]:8123/traces");

  ASSERT_TRUE(address.ok()) << address.status();
  EXPECT_EQ(address->endpoint, "http://me:s%40cret@[::1]:8123/");
  EXPECT_EQ(address->shown, "http://[::1]:8123/traces");
  EXPECT_EQ(address->database, "traces");
  EXPECT_EQ(ParseAddress("https://host:8443")->database, "default");
  EXPECT_EQ(ParseAddress("http://host:8123/traces/")->database, "traces");
}

TEST(ClickHouseAddress, IsRefusedWithTheReasonAndWithoutThePassword) {
  const std::pair<const char*, const char*> cases[] = {
      {"clickhouse://me:secret@host:9000/db", "the scheme is none of http"},
      {"ws://me:secret@host:8123/db", "ws is not spoken"},
      {"http://me:secret@host:8123/a/b", "\"a/b\" is no database's name"},
      {"http://me:secret@host:8123/a;b", "no database's name"},
      {"http://me:secret@host:8123/?database=x", "has a query"},
      {"http://me:secret@:8123/", "host"},
      {"host:8123", "URL of ClickHouse"}};
  for (const auto& [url, reason] : cases) {
    const Result<Address> address = ParseAddress(url);
    EXPECT_EQ(address.status().code(), StatusCode::kInvalidArgument) << url;
    EXPECT_THAT(address.status().message(), AllOf(HasSubstr(reason), Not(HasSubstr("secret"))));
  }
}

TEST(ClickHouseText, IsALiteralWhateverItHolds) {
  EXPECT_EQ(SqlText("it's"), R"('it\'s')");
  EXPECT_EQ(SqlText(R"(a\)"), R"('a\\')");
  EXPECT_EQ(SqlText(std::string_view("\0\n\xff", 3)), R"('\x00\x0A\xFF')");
  EXPECT_EQ(SqlText(""), "''");
}

TEST(ClickHouseVersion, IsReadFromItsFirstTwoNumbers) {
  EXPECT_EQ(ParseVersion("18.16.1"), (Version{18, 16}));
  EXPECT_EQ(ParseVersion("26.9.2.1"), (Version{26, 9}));
  EXPECT_LT((Version{18, 16}), (Version{22, 3}));
  for (const char* text : {"", "18", "18.", "x.1", "-1.2", "v18.1"})
    EXPECT_EQ(ParseVersion(text), std::nullopt);
}

// Answers SELECT version() as that version; everything else as the test says.
class ScriptedClickHouse {
 public:
  explicit ScriptedClickHouse(std::string version, HttpResponse answer = {})
      : version_(std::move(version)), answer_(std::move(answer)) {
    auto server = HttpServer::Listen({}, [this](HttpRequest request, HttpResponder responder) {
      const std::lock_guard lock(mutex_);
      if (request.body == "SELECT version() FORMAT RowBinary") {
        RowWriter row;
        row.AddString(version_);
        return responder.Send(HttpResponse::Text(200, row.bytes()));
      }
      requests_.push_back(std::move(request));
      responder.Send(answer_);
    });
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  Client Connect(ClientLimits limits = {}) const {
    Result<Address> address =
        ParseAddress("http://me:secret@127.0.0.1:" + std::to_string(server_->port()) + "/db");
    EXPECT_TRUE(address.ok()) << address.status();
    return Client(*std::move(address), limits);
  }
  std::vector<HttpRequest> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  std::mutex mutex_;
  const std::string version_;
  const HttpResponse answer_;
  std::vector<HttpRequest> requests_;  // guarded by mutex_
  std::unique_ptr<HttpServer> server_;
};

TEST(ClickHouseClient, AsksForWholeAnswersInRowBinary) {
  ScriptedClickHouse server("18.16.1", HttpResponse::Text(200, "rows"));
  Client client = server.Connect();

  const Result<std::string> rows = client.Select("SELECT 1");

  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(*rows, "rows");
  ASSERT_THAT(server.requests(), SizeIs(1));
  const HttpRequest request = server.requests()[0];
  EXPECT_EQ(request.body, "SELECT 1 FORMAT RowBinary");
  EXPECT_EQ(request.QueryParameter("database"), "db");
  EXPECT_EQ(request.QueryParameter("wait_end_of_query"), "1");
  EXPECT_EQ(request.QueryParameter("max_execution_time"), "28");
  EXPECT_EQ(request.headers.Get("Authorization"), "Basic bWU6c2VjcmV0");
}

TEST(ClickHouseClient, SendsATokenToServersThatKnowTokens) {
  ScriptedClickHouse old_server("18.16.1");
  ScriptedClickHouse new_server("26.9.2.1");
  Client to_old = old_server.Connect();
  Client to_new = new_server.Connect();

  ASSERT_TRUE(to_old.Insert("span", "a,b", "\1\2", "node-1-7").ok());
  ASSERT_TRUE(to_new.Insert("span", "a,b", "\1\2", "node-1-7").ok());

  const HttpRequest request = old_server.requests().at(0);
  EXPECT_EQ(request.QueryParameter("query"), "INSERT INTO span (a,b) FORMAT RowBinary");
  EXPECT_EQ(request.body, "\1\2");
  EXPECT_FALSE(request.HasQueryParameter("insert_deduplication_token"));
  EXPECT_EQ(new_server.requests().at(0).QueryParameter("insert_deduplication_token"), "node-1-7");
}

TEST(ClickHouseClient, SaysWhatWasRefusedWithoutThePassword) {
  ScriptedClickHouse server("18.16.1",
                            HttpResponse::Text(404, "Code: 60, e.displayText() = DB::Exception: Table db.x"));
  Client client = server.Connect();

  const Status status = client.Select("SELECT a FROM x").status();

  EXPECT_EQ(status.code(), StatusCode::kInternal);
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr("/db: SELECT a FROM x: ClickHouse refuses (code 60): Table db.x"),
                    Not(HasSubstr("secret"))));
}

TEST(ClickHouseClient, TellsAnotherServerFromClickHouse) {
  ScriptedClickHouse server("Apache");
  Client client = server.Connect();

  const Status status = client.ServerVersion().status();

  EXPECT_EQ(status.code(), StatusCode::kMalformed);
  EXPECT_THAT(status.message(), HasSubstr("8123"));
}

TEST(ClickHouseClient, TakesNoLargerAnswerThanIsAllowed) {
  ScriptedClickHouse server("18.16.1", HttpResponse::Text(200, std::string(100'000, 'x')));
  Client client = server.Connect({.max_answer_bytes = 50'000});

  EXPECT_EQ(client.Select("SELECT 1").status().code(), StatusCode::kResourceExhausted);
}

TEST(ClickHouseClient, ACallHasItsTimeHoweverLongAgoTheLastOneWas) {
  ScriptedClickHouse server("18.16.1", HttpResponse::Text(200, "rows"));
  constexpr std::chrono::milliseconds kLimit{400};
  Client client = server.Connect({.timeout = kLimit});
  ASSERT_TRUE(client.Select("SELECT 1").ok());
  const Nanos later = Clock::System().MonotonicNow() + kLimit + kLimit / 8;
  while (Clock::System().MonotonicNow() < later) std::this_thread::yield();

  const Result<std::string> rows = client.Select("SELECT 2");

  EXPECT_TRUE(rows.ok()) << rows.status();
}

TEST(ClickHouseClient, SaysThatNobodyIsThere) {
  int port = 0;
  {
    auto server = HttpServer::Listen({}, [](HttpRequest, HttpResponder) {});
    ASSERT_TRUE(server.ok()) << server.status();
    port = (*server)->port();
  }
  Client client(*ParseAddress("http://127.0.0.1:" + std::to_string(port)), {});

  const Status status = client.Execute("SELECT 1");

  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_THAT(status.message(),
              StartsWith("http://127.0.0.1:" + std::to_string(port) + "/default: SELECT 1"));
}

}  // namespace
}  // namespace repartee::server::clickhouse
