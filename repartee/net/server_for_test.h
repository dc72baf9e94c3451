// A server with a handler of the test's, and the bytes of requests for it. For the tests of net/ alone.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "repartee/net/http_server.h"
#include "repartee/net/test_peers.h"

namespace repartee {

// Says what it was asked.
inline void Echo(HttpRequest request, HttpResponder responder) {
  responder.Send(HttpResponse::Text(200, request.method + " " + request.path + " [" + request.body + "]"));
}

inline std::unique_ptr<HttpServer> Serve(HttpHandler handler, HttpServerOptions options = {}) {
  auto server = HttpServer::Listen(std::move(options), std::move(handler));
  EXPECT_TRUE(server.ok()) << server.status();
  return *std::move(server);
}

inline std::string Get(std::string_view path, std::string_view more = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(more) + "\r\n";
}

inline std::string Post(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

// What the server says to these bytes, until it closes.
inline std::string AnswerTo(const HttpServer& server, std::string_view bytes) {
  RawClient client(server.port());
  client->Send(bytes);
  return client->ReadAll();
}

inline bool Eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

// Hands the stream of each request to the test.
struct Streams {
  std::promise<std::shared_ptr<HttpStream>> promise;
  std::future<std::shared_ptr<HttpStream>> future = promise.get_future();

  HttpHandler Handler() {
    return [this](HttpRequest request, HttpResponder responder) {
      if (request.path != "/stream") return Echo(std::move(request), std::move(responder));
      promise.set_value(responder.StartStream(200, {{"Content-Type", "text/event-stream"}}));
    };
  }
};

}  // namespace repartee
