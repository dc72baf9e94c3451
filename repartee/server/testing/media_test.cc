// Media as the SDKs move them: announced, uploaded, found again.
#include "repartee/server/media/media_http.h"

#include <gmock/gmock.h>
#include <openssl/sha.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "repartee/base/encoding.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Sha256(const std::string& bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return {reinterpret_cast<const char*>(digest), sizeof digest};
}

class MediaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<MediaStore>> media = MediaStore::Open(folder_.path());
    ASSERT_TRUE(media.ok()) << media.status();
    media_ = *std::move(media);
    http_ = std::make_unique<MediaHttp>(kit_.store(), kit_.keys(), *media_);
  }
  void TearDown() override { kit_.store().Stop(); }

  HttpResponse Send(const std::string& method, const std::string& path, std::string body = "",
                    HttpHeaders headers = {}) {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.headers = std::move(headers);
    request.headers.Add("Host", "traces.example:3000");
    if (!request.headers.Has("authorization"))
      request.headers.Add("Authorization",
                          "Basic " + Base64Encode(std::string(kPublicKey) + ":" + kSecretKey));
    request.body = std::move(body);
    std::promise<HttpResponse> answer;
    http_->Handle(std::move(request), [&answer](HttpResponse r) { answer.set_value(std::move(r)); });
    return answer.get_future().get();
  }
  Json Announce(const std::string& bytes, int status = 201) { return Announce(bytes, bytes.size(), status); }
  // With another length than it has.
  Json Announce(const std::string& bytes, std::size_t length, int status) {
    const Json said = {{"traceId", "t"},          {"observationId", "o"},
                       {"field", "input"},        {"contentType", "audio/wav"},
                       {"contentLength", length}, {"sha256Hash", Base64Encode(Sha256(bytes))}};
    const HttpResponse response = Send("POST", "/api/public/media", said.dump());
    EXPECT_EQ(response.status, status) << response.body;
    return *ParseJson(response.body);
  }
  // Below the host, which answers in the server's own URLs name.
  static std::string PathOf(const Json& url) {
    const std::string text = url.get<std::string>();
    EXPECT_THAT(text, StartsWith("http://traces.example:3000/"));
    return text.substr(text.find("/api/"));
  }

  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
  std::unique_ptr<MediaStore> media_;
  std::unique_ptr<MediaHttp> http_;
};

TEST_F(MediaTest, TheIdIsTheOneThatClientsCompute) {
  const Result<std::string> hash = Base64Decode("0Z0YqYOjY83OLUFiNGJ2DNSbK48GlOJjYDe1oQ7i6D0=");

  EXPECT_EQ(MediaIdOf(*hash), "0Z0YqYOjY83OLUFiNGJ2DN");
}

TEST_F(MediaTest, WhatIsUploadedIsFoundAgain) {
  const std::string bytes = "sixteen bytes or";
  const Json announced = Announce(bytes);
  const std::string id = announced["mediaId"];
  EXPECT_EQ(Send("GET", "/api/public/media/" + id).status, 404);

  EXPECT_EQ(Send("PUT", PathOf(announced["uploadUrl"]), bytes).status, 200);
  EXPECT_EQ(Send("PATCH", "/api/public/media/" + id, "{}").status, 200);

  const Json found = *ParseJson(Send("GET", "/api/public/media/" + id).body);
  EXPECT_EQ(found["contentType"], "audio/wav");
  const HttpResponse whole = Send("GET", PathOf(found["url"]));
  EXPECT_EQ(whole.body, bytes);
  EXPECT_EQ(whole.headers.Get("content-type"), "audio/wav");
  const HttpResponse part = Send("GET", PathOf(found["url"]), "", {{"Range", "bytes=8-12"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "bytes");
  EXPECT_EQ(part.headers.Get("content-range"), "bytes 8-12/16");
  EXPECT_EQ(Send("GET", PathOf(found["url"]), "", {{"Range", "bytes=16-"}}).status, 416);
}

TEST_F(MediaTest, TheSameBytesAreUploadedOnce) {
  const Json first = Announce("once");
  Send("PUT", PathOf(first["uploadUrl"]), "once");

  EXPECT_TRUE(Announce("once")["uploadUrl"].is_null());
}

TEST_F(MediaTest, TheSameBytesMayComeTwiceAtOnce) {
  const std::string bytes(4 << 20, 'x');
  const std::string path = PathOf(Announce(bytes)["uploadUrl"]);
  std::vector<std::future<int>> uploads;
  for (int i = 0; i < 8; ++i)
    uploads.push_back(std::async(std::launch::async, [&] { return Send("PUT", path, bytes).status; }));

  for (std::future<int>& upload : uploads) EXPECT_EQ(upload.get(), 200);

  const Json found = *ParseJson(Send("GET", "/api/public/media/" + MediaIdOf(Sha256(bytes))).body);
  EXPECT_EQ(Send("GET", PathOf(found["url"])).body, bytes);
}

TEST_F(MediaTest, WhatAStopLeftOfAnUploadGoesAtTheNextStart) {
  std::filesystem::create_directories(folder_.path() + "/media/scratch");
  const std::string left = folder_.path() + "/media/scratch/1.part";
  std::ofstream(left) << "half";
  http_.reset();
  media_.reset();
  SetUp();

  EXPECT_FALSE(std::filesystem::exists(left));
  const Json announced = Announce("whole");
  EXPECT_EQ(Send("PUT", PathOf(announced["uploadUrl"]), "whole").status, 200);
}

TEST_F(MediaTest, AnAnnouncementWithAWrongLengthIsCorrectedByTheNext) {
  const Json wrong = Announce("right", 999, 201);
  EXPECT_EQ(Send("PUT", PathOf(wrong["uploadUrl"]), "right").status, 400);

  const Json announced = Announce("right");
  EXPECT_EQ(Send("PUT", PathOf(announced["uploadUrl"]), "right").status, 200);

  // What is here says itself how long it is.
  Announce("right", 999, 201);
  const Json found = *ParseJson(Send("GET", "/api/public/media/" + MediaIdOf(Sha256("right"))).body);
  EXPECT_EQ(found["contentLength"], 5);
}

TEST_F(MediaTest, OtherBytesThanAnnouncedAreRefused) {
  const Json announced = Announce("good");

  EXPECT_EQ(Send("PUT", PathOf(announced["uploadUrl"]), "evil").status, 400);
  EXPECT_EQ(Send("PUT", PathOf(announced["uploadUrl"]), "longer").status, 400);
  EXPECT_EQ(Send("GET", "/api/public/media/" + announced["mediaId"].get<std::string>()).status, 404);
}

TEST_F(MediaTest, AUrlThatWasChangedOpensNothing) {
  std::string path = PathOf(Announce("mine")["uploadUrl"]);
  path.back() = path.back() == '0' ? '1' : '0';

  EXPECT_EQ(Send("PUT", path, "mine").status, 403);
  EXPECT_EQ(Send("PUT", "/api/public/media/upload/1.x.2", "mine").status, 403);
  EXPECT_EQ(Send("GET", "/api/public/media/download/....", "").status, 403);
}

TEST_F(MediaTest, AnnouncementsThatCannotBeAreRefusedWithTheReason) {
  EXPECT_EQ(Send("POST", "/api/public/media", "{").status, 400);
  EXPECT_THAT(Send("POST", "/api/public/media", R"({"field":"input"})").body, HasSubstr("traceId"));
  EXPECT_THAT(Send("POST", "/api/public/media", R"({"traceId":"t","field":"side"})").body,
              HasSubstr("field"));
  EXPECT_THAT(Send("POST", "/api/public/media",
                   R"({"traceId":"t","field":"input","contentType":"a/b","contentLength":99999999999})")
                  .body,
              HasSubstr("contentLength"));
  EXPECT_EQ(Send("POST", "/api/public/media", "{}", {{"Authorization", "Basic x"}}).status, 401);
}

}  // namespace
}  // namespace repartee::server::testing
