#include "repartee/net/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/net/server_for_test.h"

namespace repartee {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

TEST(HttpServerStop, LetsTheRequestInHandFinish) {
  std::promise<HttpResponder> asked;
  auto server = Serve([&](HttpRequest, HttpResponder responder) { asked.set_value(std::move(responder)); });
  RawClient busy(server->port());
  RawClient idle(server->port());
  busy->Send(Get("/"));
  HttpResponder responder = asked.get_future().get();

  std::thread stopping([&] { server->Stop(10s); });
  EXPECT_THAT(idle->ReadAll(), IsEmpty());  // closed at once
  responder.Send(HttpResponse::Text(200, "done"));
  stopping.join();

  const std::string answer = busy->ReadAll();
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("done"));
}

TEST(HttpServerStop, CutsOffWhatOutlastsTheGrace) {
  std::promise<HttpResponder> asked;
  auto server = Serve([&](HttpRequest, HttpResponder responder) { asked.set_value(std::move(responder)); });
  RawClient client(server->port());
  client->Send(Get("/"));
  HttpResponder responder = asked.get_future().get();

  server->Stop(1ms);

  EXPECT_THAT(client->ReadAll(), IsEmpty());
  server.reset();
  responder.Send(HttpResponse::Text(200, "too late"));  // and nothing happens
}

TEST(HttpServerStop, EndsOpenStreams) {
  Streams streams;
  const auto server = Serve(streams.Handler());
  RawClient client(server->port());
  client->Send(Get("/stream"));
  const auto stream = streams.future.get();
  stream->Write("last");

  server->Stop(10s);

  EXPECT_FALSE(stream->open());
  EXPECT_THAT(client->ReadAll(), EndsWith("4\r\nlast\r\n"));  // cut, not ended
}

TEST(HttpServerListen, NamesThePortThatIsTaken) {
  const auto server = Serve(Echo);
  HttpServerOptions options;
  options.port = server->port();

  const auto second = HttpServer::Listen(options, Echo);

  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), StatusCode::kAlreadyExists);
  EXPECT_THAT(second.status().message(), HasSubstr("port " + std::to_string(server->port())));
}

TEST(HttpServerListen, TakesAPortWhoseConnectionsStillLinger) {
  auto server = Serve(Echo);
  HttpServerOptions options;
  options.port = server->port();
  RawClient client(server->port());
  client->Send(Get("/"));
  client->ReadMessage();
  server.reset();  // closes first, so the port is left in TIME_WAIT

  EXPECT_TRUE(HttpServer::Listen(options, Echo).ok());
}

TEST(HttpServerListen, RefusesABadAddress) {
  HttpServerOptions options;
  options.host = "no.such.address";
  EXPECT_EQ(HttpServer::Listen(options, Echo).status().code(), StatusCode::kInvalidArgument);
  options = {};
  options.port = 70000;
  EXPECT_EQ(HttpServer::Listen(options, Echo).status().code(), StatusCode::kInvalidArgument);
  options = {};
  options.host = "192.0.2.1";  // of nobody's machine
  EXPECT_EQ(HttpServer::Listen(options, Echo).status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace repartee
