// An HTTP client on a loop of the test's own, and answers for it. For the tests of net/ alone.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "repartee/net/http_client.h"
#include "repartee/net/test_peers.h"

namespace repartee {

inline constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

inline HttpRequest To(std::string url, std::string method = "GET", std::string body = "") {
  HttpRequest request;
  request.method = std::move(method);
  request.target = std::move(url);
  request.body = std::move(body);
  return request;
}

class HttpClientTest : public ::testing::Test {
 protected:
  // Fetches on the fixture's loop and waits.
  Result<HttpResponse> Fetch(HttpRequest request, HttpCallOptions options = {}) {
    std::optional<Result<HttpResponse>> answer;
    const auto call = client_->Fetch(std::move(request), options,
                                     [&](Result<HttpResponse> result) { answer = std::move(result); });
    EXPECT_FALSE(answer.has_value()) << "called back before the loop's next turn";
    EXPECT_TRUE(loop_.RunUntil([&] { return answer.has_value(); }, std::chrono::seconds(20)));
    return answer ? *std::move(answer) : Status::Internal("the loop gave up");
  }

  void UseClient(HttpClientOptions options) {
    client_ = std::make_unique<HttpClient>(loop_, std::move(options));
  }

  EventLoop loop_;
  std::unique_ptr<HttpClient> client_ = std::make_unique<HttpClient>(loop_);
};

}  // namespace repartee
