#include "repartee/net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/net/client_for_test.h"
#include "repartee/net/http_server.h"

namespace repartee {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;

struct Heard {
  std::vector<std::string> events;
  bool done = false;

  HttpClient::StreamHandler Handler() {
    HttpClient::StreamHandler handler;
    handler.on_headers = [this](HttpResponse head) {
      events.push_back("head " + std::to_string(head.status));
    };
    handler.on_data = [this](std::string_view bytes) { events.emplace_back(bytes); };
    handler.done = [this](const Status& status) {
      events.push_back("done " + std::string(StatusCodeName(status.code())));
      done = true;
    };
    return handler;
  }
};

TEST_F(HttpClientTest, DeliversAStreamAsItComes) {
  // Each piece is sent only after the one before has been heard.
  Heard heard;
  std::shared_ptr<HttpStream> stream;
  const auto server = HttpServer::Listen({}, [&](HttpRequest, HttpResponder responder) {
    auto opened = responder.StartStream(429, {});
    loop_.Post([&stream, opened] { stream = opened; });
  });
  ASSERT_TRUE(server.ok());
  const auto call =
      client_->Stream(To("http://127.0.0.1:" + std::to_string((*server)->port())), {}, heard.Handler());
  const auto wait_for = [&](std::size_t events) {
    return loop_.RunUntil([&] { return stream && heard.events.size() >= events; }, 20s);
  };

  ASSERT_TRUE(wait_for(1));
  stream->Write("one");
  ASSERT_TRUE(wait_for(2));
  stream->Write("two");
  ASSERT_TRUE(wait_for(3));
  stream->Close();
  ASSERT_TRUE(wait_for(4));

  EXPECT_THAT(heard.events, ElementsAre("head 429", "one", "two", "done ok"));
}

TEST_F(HttpClientTest, EndsAStreamThatStalls) {
  Heard heard;
  ScriptedServer server(1, [](RawSocket& socket, int) {
    socket.ReadMessage();
    socket.Send("HTTP/1.1 200 OK\r\n\r\npiece");
    socket.ReadAll();
  });
  HttpCallOptions options;
  options.timeout = 0ms;
  options.stall_timeout = 20ms;

  const auto call = client_->Stream(To(server.Url("/")), options, heard.Handler());
  ASSERT_TRUE(loop_.RunUntil([&] { return heard.done; }, 20s));

  EXPECT_THAT(heard.events, ElementsAre("head 200", "piece", "done deadline_exceeded"));
}

TEST_F(HttpClientTest, TellsAStreamThatWasCut) {
  Heard heard;
  ScriptedServer server(1, [](RawSocket& socket, int) {
    socket.ReadMessage();
    socket.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\npiece\r\n");
  });

  const auto call = client_->Stream(To(server.Url("/")), {}, heard.Handler());
  ASSERT_TRUE(loop_.RunUntil([&] { return heard.done; }, 20s));

  EXPECT_THAT(heard.events, ElementsAre("head 200", "piece", "done unavailable"));
}

}  // namespace
}  // namespace repartee
