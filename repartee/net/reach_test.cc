#include "repartee/net/reach.h"

#include <gmock/gmock.h>

#include "repartee/net/server_for_test.h"

namespace repartee {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(TryToReach, GoesAllTheWayToAServerThatListens) {
  const auto server = Serve(Echo);

  const Result<Reach> reach = TryToReach("http://127.0.0.1:" + std::to_string(server->port()), seconds(5));

  ASSERT_TRUE(reach.ok()) << reach.status();
  EXPECT_THAT(reach->addresses, ElementsAre("127.0.0.1"));
  ASSERT_TRUE(reach->connection.has_value());
  EXPECT_TRUE(reach->connection->ok()) << *reach->connection;
  EXPECT_FALSE(reach->tls.has_value());
}

TEST(TryToReach, StopsWhereTheWayEnds) {
  int port = 0;
  {
    const auto server = Serve(Echo);
    port = server->port();
  }

  const Result<Reach> nobody = TryToReach("https://localhost:" + std::to_string(port), seconds(5));
  const Result<Reach> no_name = TryToReach("http://no-such-host.invalid:80/v1/traces", seconds(5));

  ASSERT_TRUE(nobody.ok() && no_name.ok());
  EXPECT_THAT(nobody->addresses, Not(IsEmpty()));
  ASSERT_TRUE(nobody->connection.has_value());
  EXPECT_THAT(nobody->connection->message(), HasSubstr("cannot connect"));
  EXPECT_FALSE(nobody->tls.has_value());
  EXPECT_THAT(no_name->name->message(), HasSubstr("name not found"));
  EXPECT_FALSE(no_name->connection.has_value());
}

TEST(TryToReach, SaysThatTheOtherSideSpeaksNoTls) {
  const auto server = Serve(Echo);

  const Result<Reach> reach = TryToReach("https://127.0.0.1:" + std::to_string(server->port()), seconds(5));

  ASSERT_TRUE(reach.ok()) << reach.status();
  EXPECT_TRUE(reach->connection->ok());
  ASSERT_TRUE(reach->tls.has_value());
  EXPECT_THAT(reach->tls->message(), HasSubstr("TLS handshake failed"));
}

TEST(TryToReach, WaitsNoLongerThanItMayForTls) {
  ScriptedServer silent(2, [](RawSocket& socket, int) { socket.ReadAll(); });

  const Result<Reach> reach =
      TryToReach("https://127.0.0.1:" + std::to_string(silent.port()), std::chrono::milliseconds(50));

  ASSERT_TRUE(reach.ok()) << reach.status();
  ASSERT_TRUE(reach->tls.has_value());
  EXPECT_EQ(reach->tls->code(), StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace repartee
