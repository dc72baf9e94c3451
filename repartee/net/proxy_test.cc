#include "repartee/net/proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>

#include "repartee/net/http_client.h"
#include "repartee/net/test_peers.h"
#include "repartee/net/websocket.h"

namespace repartee {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ProxyTest : public ::testing::Test {
 protected:
  ProxyTest() { Unset(); }
  ~ProxyTest() override { Unset(); }
  static void Unset() {
    for (const char* const name : {"https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"}) unsetenv(name);
  }
  static void Use(const std::string& proxy, const std::string& exempt = {}) {
    setenv("HTTPS_PROXY", proxy.c_str(), 1);
    setenv("NO_PROXY", exempt.c_str(), 1);
  }
  static bool IsUsedFor(const std::string& host, int port = 443) {
    const auto proxy = ProxyFor(host, port);
    EXPECT_TRUE(proxy.ok()) << proxy.status();
    return proxy.ok() && proxy->has_value();
  }
  static Result<HttpResponse> Fetch(const std::string& url) {
    HttpRequest request;
    request.target = url;
    return FetchBlocking(std::move(request));
  }
};

TEST_F(ProxyTest, IsNoneUnlessTheEnvironmentNamesOne) {
  EXPECT_FALSE(IsUsedFor("example.com"));
  Use("");
  EXPECT_FALSE(IsUsedFor("example.com"));
  Use("proxy.local:3128");
  EXPECT_TRUE(IsUsedFor("example.com"));
}

TEST_F(ProxyTest, LeavesOutTheHostsOfNoProxy) {
  Use("http://p:1", "example.com, .inner.net,10.0.0.7,host:8443, ::1");

  EXPECT_FALSE(IsUsedFor("example.com"));
  EXPECT_FALSE(IsUsedFor("API.Example.com"));
  EXPECT_TRUE(IsUsedFor("notexample.com"));
  EXPECT_FALSE(IsUsedFor("a.inner.net"));
  EXPECT_FALSE(IsUsedFor("10.0.0.7"));
  EXPECT_TRUE(IsUsedFor("10.0.0.70"));
  EXPECT_FALSE(IsUsedFor("host", 8443));
  EXPECT_TRUE(IsUsedFor("host", 443));
  EXPECT_FALSE(IsUsedFor("::1"));
  Use("http://p:1", "*");
  EXPECT_FALSE(IsUsedFor("anything"));
}

TEST_F(ProxyTest, NamesAProxyThatCannotBeWithoutItsCredentials) {
  Use("https://user:secret@p:1");
  EXPECT_THAT(ProxyFor("h", 443).status().message(), HasSubstr("HTTPS_PROXY"));
  Use("http://user:secret@p:99999");
  const Status status = ProxyFor("h", 443).status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), Not(HasSubstr("secret")));
  EXPECT_EQ(Fetch("https://h/").status().code(), StatusCode::kInvalidArgument);
}

TEST_F(ProxyTest, TunnelsASecureRequestWithItsCredentials) {
  std::string asked;
  std::string first;
  std::optional<ScriptedServer> proxy(std::in_place, 1, [&](RawSocket& socket, int) {
    asked = socket.ReadUntil("\r\n\r\n");
    socket.Send("HTTP/1.1 200 Connection established\r\n\r\n");
    first = socket.ReadBytes(200);
  });
  Use("http://user:p%40ss@127.0.0.1:" + std::to_string(proxy->port()));
  const auto answer = Fetch("https://example.test/path?secret=1");
  proxy.reset();  // its thread is over: what it wrote may be read

  EXPECT_FALSE(answer.ok());  // nobody speaks TLS behind it
  EXPECT_THAT(asked, StartsWith("CONNECT example.test:443 HTTP/1.1\r\nHost: example.test:443\r\n"));
  EXPECT_THAT(asked, HasSubstr("Proxy-Authorization: Basic dXNlcjpwQHNz\r\n"));
  EXPECT_THAT(asked, Not(HasSubstr("secret")));
  EXPECT_THAT(first, StartsWith("\x16\x03"));  // a TLS hello
  EXPECT_THAT(first, HasSubstr("example.test"));
}

TEST_F(ProxyTest, TellsWhyAProxyRefuses) {
  ScriptedServer proxy(2, [](RawSocket& socket, int connection) {
    socket.ReadUntil("\r\n\r\n");
    socket.Send(connection == 0 ? "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"
                                : "HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  Use("http://127.0.0.1:" + std::to_string(proxy.port()));

  EXPECT_THAT(Fetch("https://example.test/").status().message(), HasSubstr("407"));
  EventLoop loop;
  WebSocketRequest request;
  request.url = "wss://example.test/";
  const auto socket = ConnectWebSocket(loop, std::move(request));
  Status told;
  WebSocketHandler handler;
  handler.on_closed = [&](const WebSocketClosed& closed) {
    told = closed.status;
    loop.Stop();
  };
  socket->Start(std::move(handler));
  loop.Run();
  EXPECT_THAT(told.message(), HasSubstr("403 Forbidden"));
}

TEST_F(ProxyTest, IsLeftAsideForPlainConnections) {
  ScriptedServer server(1, [](RawSocket& socket, int) {
    socket.ReadUntil("\r\n\r\n");
    socket.Send("HTTP/1.1 204 No Content\r\n\r\n");
  });
  Use("http://127.0.0.1:1");

  const auto answer = Fetch(server.Url("/"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 204);
}

}  // namespace
}  // namespace repartee
