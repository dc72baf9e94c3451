#include "repartee/net/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/net/server_for_test.h"

namespace repartee {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(HttpServerStream, FeedsPiecesAndThenTakesTheNextRequest) {
  Streams streams;
  const auto server = Serve(streams.Handler());
  RawClient client(server->port());
  client->Send(Get("/stream"));
  const auto stream = streams.future.get();

  EXPECT_THAT(client->ReadUntil("\r\n\r\n"), HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_TRUE(stream->Write("data: 1\n\n"));
  EXPECT_EQ(client->ReadUntil("\n\n\r\n"), "9\r\ndata: 1\n\n\r\n");
  EXPECT_TRUE(stream->Write(""));
  EXPECT_TRUE(stream->Write("x"));
  stream->Close();
  EXPECT_EQ(client->ReadUntil("0\r\n\r\n"), "1\r\nx\r\n0\r\n\r\n");
  EXPECT_FALSE(stream->Write("late"));

  client->Send(Get("/next"));
  EXPECT_THAT(client->ReadMessage(), EndsWith("GET /next []"));
}

TEST(HttpServerStream, EndsWithItsHandle) {
  Streams streams;
  const auto server = Serve(streams.Handler());
  RawClient client(server->port());

  client->Send(Get("/stream") + Get("/next"));
  streams.future.get().reset();

  EXPECT_THAT(client->ReadUntil("0\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(client->ReadMessage(), EndsWith("GET /next []"));
}

TEST(HttpServerStream, UsesNoChunksForHttp10) {
  Streams streams;
  const auto server = Serve(streams.Handler());
  RawClient client(server->port());

  client->Send("GET /stream HTTP/1.0\r\n\r\n");
  const auto stream = streams.future.get();
  stream->Write("plain");
  stream->Close();

  const std::string answer = client->ReadAll();
  EXPECT_THAT(answer, Not(HasSubstr("chunked")));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nplain"));
}

TEST(HttpServerStream, HasNoBodyForHead) {
  Streams streams;
  const auto server = Serve(streams.Handler());
  RawClient client(server->port());

  client->Send("HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n" + Get("/next"));

  EXPECT_FALSE(streams.future.get()->Write("x"));
  EXPECT_THAT(client->ReadUntil("\r\n\r\n"), Not(HasSubstr("chunked")));
  EXPECT_THAT(client->ReadMessage(), EndsWith("GET /next []"));
}

TEST(HttpServerStream, LearnsThatThePeerLeft) {
  Streams streams;
  const auto server = Serve(streams.Handler());
  RawClient client(server->port());
  client->Send(Get("/stream"));
  const auto stream = streams.future.get();

  client->Close();

  EXPECT_TRUE(Eventually([&] { return !stream->open(); }));
  EXPECT_FALSE(stream->Write("x"));
}

TEST(HttpServerStream, DropsAPeerThatTakesNothing) {
  Streams streams;
  const auto server = Serve(streams.Handler());
  RawClient client(server->port());
  client->Send(Get("/stream"));
  const auto stream = streams.future.get();

  const std::string piece(64 << 10, 'x');
  int written = 0;
  while (stream->Write(piece) && written < 10000) ++written;

  EXPECT_LT(written, 10000);
  EXPECT_FALSE(stream->open());
}

}  // namespace
}  // namespace repartee
