#include "repartee/web/assets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace repartee::web {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A build without the pages has nothing to serve; what it must do then is the test below.
#define NEEDS_PAGES() \
  if (Assets().empty()) GTEST_SKIP() << "built with -DREPARTEE_WEB=OFF"

HttpRequest Get(std::string path, std::string encodings) {
  HttpRequest request;
  request.path = std::move(path);
  if (!encodings.empty()) request.headers.Set("Accept-Encoding", std::move(encodings));
  return request;
}

TEST(WebAssets, DecodesEveryFileToItsSize) {
  NEEDS_PAGES();
  for (const WebAsset& asset : Assets()) {
    const Result<std::string> text = Decode(asset);

    ASSERT_TRUE(text.ok()) << text.status();
    EXPECT_EQ(text->size(), asset.size) << asset.path;
  }
}

TEST(WebAssets, SaysSoWhenTheEmbeddedBytesAreDamaged) {
  const WebAsset asset{
      .path = "/index.html", .brotli = "not brotli", .size = 10, .type = "text/html", .hash = "a"};

  EXPECT_THAT(Decode(asset).status().message(), HasSubstr("/index.html"));
}

TEST(WebAssets, AnswersBrotliAsStoredAndDecodedAlike) {
  NEEDS_PAGES();
  const auto packed = ServeAsset(Get("/index.html", "gzip, deflate, br"), "/index.html");
  const auto plain = ServeAsset(Get("/index.html", "gzip, br;q=0"), "/index.html");

  ASSERT_TRUE(packed && plain);
  EXPECT_EQ(packed->headers.Get("Content-Encoding"), "br");
  EXPECT_EQ(packed->body, FindAsset("/index.html")->brotli);
  EXPECT_FALSE(plain->headers.Has("Content-Encoding"));
  EXPECT_THAT(plain->body, HasSubstr("<!doctype html>"));
}

TEST(WebAssets, KeepsThePageFreeOfInlineScriptAndStyle) {
  NEEDS_PAGES();
  const auto page = ServeAsset(Get("/index.html", ""), "/index.html");

  ASSERT_TRUE(page);
  EXPECT_THAT(std::string(page->headers.Get("Content-Security-Policy")), HasSubstr("script-src 'self';"));
  EXPECT_THAT(page->body, Not(HasSubstr("<style")));
  EXPECT_THAT(page->body, Not(HasSubstr(" style=")));
  EXPECT_THAT(page->body, Not(HasSubstr("//cdn")));
  for (std::size_t at = page->body.find("<script"); at != std::string::npos;
       at = page->body.find("<script", at + 1)) {
    EXPECT_NE(page->body.substr(at, page->body.find('>', at) - at).find("src="), std::string::npos);
  }
}

TEST(WebAssets, CachesHashedNamesForEverAndThePageNot) {
  NEEDS_PAGES();
  for (const WebAsset& asset : Assets()) {
    const auto answer = ServeAsset(Get(std::string(asset.path), "br"), asset.path);

    ASSERT_TRUE(answer);
    const bool cached = answer->headers.Get("Cache-Control").find("immutable") != std::string_view::npos;
    EXPECT_EQ(cached, asset.path.starts_with("/assets/")) << asset.path;
  }
}

TEST(WebAssets, SendsNoBodyWhenTheBrowserHasTheFile) {
  NEEDS_PAGES();
  HttpRequest request = Get("/index.html", "br");
  request.headers.Set("If-None-Match", "\"" + std::string(FindAsset("/index.html")->hash) + "\"");

  const auto answer = ServeAsset(request, "/index.html");

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 304);
  EXPECT_EQ(answer->body, "");
}

TEST(WebAssets, KnowsNoOtherPathAndNoOtherMethod) {
  HttpRequest post = Get("/index.html", "br");
  post.method = "POST";

  EXPECT_FALSE(ServeAsset(post, "/index.html"));
  EXPECT_FALSE(ServeAsset(Get("/../index.html", "br"), "/../index.html"));
  EXPECT_EQ(FindAsset(""), nullptr);
}

}  // namespace
}  // namespace repartee::web
