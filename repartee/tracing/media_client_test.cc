#include "repartee/tracing/media_client.h"

#include <gmock/gmock.h>

#include <mutex>
#include <thread>

#include "repartee/base/json.h"
#include "repartee/net/http_server.h"

namespace repartee {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kHashOfAbc[] = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";

class MediaClientTest : public ::testing::Test {
 protected:
  MediaClientTest() {
    auto server = HttpServer::Listen({}, [this](HttpRequest request, HttpResponder responder) {
      const std::lock_guard lock(mutex_);
      HttpResponse answer = Answer(request);
      requests_.push_back(std::move(request));
      responder.Send(std::move(answer));
    });
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    base_ = "http://127.0.0.1:" + std::to_string(server_->port());
    options_.url = base_ + "/api/public/otel/v1/traces";
    options_.headers = {{"authorization", "Basic cGs6c2s="}};
  }
  ~MediaClientTest() override { server_->Stop(std::chrono::milliseconds(0)); }

  HttpResponse Answer(const HttpRequest& request) {
    if (failures_ > 0) {
      --failures_;
      return HttpResponse::Text(failure_, "not now");
    }
    if (request.method == "POST")
      return HttpResponse::Json(
          201, Json{{"mediaId", "m"}, {"uploadUrl", known_ ? Json() : Json(base_ + "/put")}}.dump());
    return HttpResponse::Text(200, "");
  }
  Status Upload() {
    MediaClient client(options_);
    return client.Upload({.trace_id = "t1",
                          .observation_id = "o1",
                          .field = "input",
                          .content_type = "audio/wav",
                          .bytes = "abc"});
  }

  std::mutex mutex_;
  std::vector<HttpRequest> requests_;  // guarded by mutex_, as the next three
  int failures_ = 0;
  int failure_ = 503;
  bool known_ = false;
  std::unique_ptr<HttpServer> server_;
  std::string base_;
  otel::OtlpOptions options_;
};

TEST_F(MediaClientTest, AnnouncesPutsAndReports) {
  ASSERT_TRUE(Upload().ok());

  ASSERT_THAT(requests_, SizeIs(3));
  EXPECT_EQ(requests_[0].path, "/api/public/media");
  EXPECT_EQ(requests_[0].headers.Get("authorization"), "Basic cGs6c2s=");
  EXPECT_EQ(requests_[0].body,
            std::string(R"({"traceId":"t1","field":"input","contentType":"audio/wav","contentLength":3,)") +
                R"("sha256Hash":")" + kHashOfAbc + R"(","observationId":"o1"})");
  EXPECT_EQ(requests_[1].method, "PUT");
  EXPECT_EQ(requests_[1].body, "abc");
  EXPECT_EQ(requests_[1].headers.Get("content-type"), "audio/wav");
  EXPECT_EQ(requests_[1].headers.Get("x-amz-checksum-sha256"), kHashOfAbc);
  EXPECT_FALSE(requests_[1].headers.Has("authorization"));  // the URL is signed, and may be another's
  EXPECT_EQ(requests_[2].method, "PATCH");
  EXPECT_EQ(requests_[2].path, "/api/public/media/ungWv48Bz-pBQUDeXa4iI7");
}

TEST_F(MediaClientTest, SendsNoBytesThatTheServerHas) {
  known_ = true;

  EXPECT_TRUE(Upload().ok());

  EXPECT_THAT(requests_, SizeIs(1));
}

TEST_F(MediaClientTest, TriesAgainWhenTheServerIsBusy) {
  failures_ = 1;

  EXPECT_TRUE(Upload().ok());

  EXPECT_THAT(requests_, SizeIs(4));
}

TEST_F(MediaClientTest, DoesNotTryARefusalAgainAndNamesIt) {
  failures_ = 9;
  failure_ = 401;

  const Status status = Upload();

  EXPECT_THAT(status.message(), HasSubstr(base_ + "/api/public/media answered 401 Unauthorized: not now"));
  EXPECT_THAT(requests_, SizeIs(1));
}

TEST_F(MediaClientTest, EndsWhenItIsStopped) {
  options_.url = "http://127.0.0.1:9/v1/traces";
  MediaClient client(options_);
  client.Stop();

  EXPECT_FALSE(client
                   .Upload({.trace_id = "t",
                            .observation_id = {},
                            .field = "input",
                            .content_type = "audio/wav",
                            .bytes = "x"})
                   .ok());
}

TEST(MediaUrl, IsBesideWhereTheSpansGo) {
  EXPECT_EQ(MediaUrl("https://h/api/public/otel/v1/traces"), "https://h/api/public/media");
  EXPECT_EQ(MediaUrl("https://h/sub/api/public/otel"), "https://h/sub/api/public/media");
  EXPECT_EQ(MediaUrl("http://localhost:4318/v1/traces"), "http://localhost:4318/api/public/media");
}

}  // namespace
}  // namespace repartee
