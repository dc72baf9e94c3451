// Names that are not found in time, as a client meets them.
#include "repartee/net/name_lookup.h"

#include <gmock/gmock.h>

#include "repartee/net/client_for_test.h"
#include "repartee/net/hanging_name_for_test.h"
#include "repartee/net/server_for_test.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

std::string Url(const std::string& host, int port) { return "http://" + host + ":" + std::to_string(port); }

HttpClientOptions Patience(milliseconds time) {
  HttpClientOptions options;
  options.connect_timeout = time;
  return options;
}

class NameLookupTest : public HttpClientTest {};

TEST_F(NameLookupTest, FindsTheAddressesOfAName) {
  const auto server = Serve(Echo);

  const Result<HttpResponse> answer = Fetch(To(Url("localhost", server->port())));

  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 200);
}

TEST_F(NameLookupTest, SaysThatThereIsNoSuchName) {
  const Result<HttpResponse> answer = Fetch(To("http://no-such-host.invalid/"));

  EXPECT_EQ(answer.status().code(), StatusCode::kUnavailable);
  EXPECT_THAT(answer.status().message(), HasSubstr("name not found"));
}

TEST_F(NameLookupTest, ANameServerThatDoesNotAnswerCostsTheTimeLimitAlone) {
  const HangingName hangs;
  UseClient(Patience(milliseconds(30)));

  const Result<HttpResponse> answer = Fetch(To(Url(HangingName::kName, 80)));

  EXPECT_EQ(answer.status().code(), StatusCode::kDeadlineExceeded);
  EXPECT_THAT(answer.status().message(), HasSubstr("the name was not found within 30 ms"));
}

TEST_F(NameLookupTest, OtherNamesAreFoundMeanwhile) {
  const HangingName hangs;
  const auto server = Serve(Echo);
  const auto call =
      client_->Fetch(To(Url(HangingName::kName, 80)), {}, [](const Result<HttpResponse>&) { FAIL(); });
  ASSERT_TRUE(HangingName::WaitAsked(1));

  EXPECT_TRUE(Fetch(To(Url("localhost", server->port()))).ok());
}

// Asio's own resolver would keep the loop's end waiting for the answer.
TEST_F(NameLookupTest, ALoopEndsWithoutWaitingForTheAnswer) {
  const HangingName hangs;
  const auto begun = std::chrono::steady_clock::now();
  {
    EventLoop loop;
    HttpClient client(loop);
    const auto call =
        client.Fetch(To(Url(HangingName::kName, 80)), {}, [](const Result<HttpResponse>&) { FAIL(); });
    loop.RunFor(milliseconds(1));
    ASSERT_TRUE(HangingName::WaitAsked(1));
  }

  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(10));
}

TEST_F(NameLookupTest, WhatIsAskedAtOnceIsLimited) {
  const HangingName hangs;
  std::vector<std::unique_ptr<HttpCall>> calls;
  std::vector<std::string> refusals;
  for (int i = 0; i < 33; ++i) {
    calls.push_back(client_->Fetch(To(Url(HangingName::kName, 80)), {}, [&](Result<HttpResponse> answer) {
      refusals.push_back(answer.status().message());
    }));
  }

  EXPECT_TRUE(loop_.RunUntil([&] { return !refusals.empty(); }, seconds(5)));
  EXPECT_THAT(refusals.front(), HasSubstr("the name server does not answer"));
}

}  // namespace
}  // namespace repartee
