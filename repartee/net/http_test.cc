#include "repartee/net/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace repartee {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(HttpHeaders, FindsNamesWithoutRegardToCase) {
  HttpHeaders headers{{"Content-Type", "text/html"}, {"X-A", "1"}, {"x-a", "2"}};

  EXPECT_EQ(headers.Get("content-TYPE"), "text/html");
  EXPECT_EQ(headers.Get("x-A"), "1");
  EXPECT_TRUE(headers.Has("X-a"));
  EXPECT_FALSE(headers.Has("X"));
  EXPECT_EQ(headers.Get("X"), "");
}

TEST(HttpHeaders, SetReplacesEveryFieldOfThatName) {
  HttpHeaders headers{{"A", "1"}, {"b", "2"}, {"a", "3"}};

  headers.Set("A", "4");

  EXPECT_THAT(headers.fields(), ElementsAre(std::pair<std::string, std::string>("b", "2"),
                                            std::pair<std::string, std::string>("A", "4")));
}

TEST(HttpRequest, DecodesQueryParameters) {
  HttpRequest request;
  request.query = "name=a+b%2Bc&tag=1&&tag=2&empty=&flag&na%6De2=x&broken=%zz%4";

  EXPECT_EQ(request.QueryParameter("name"), "a b+c");
  EXPECT_THAT(request.QueryParameters("tag"), ElementsAre("1", "2"));
  EXPECT_TRUE(request.HasQueryParameter("empty"));
  EXPECT_TRUE(request.HasQueryParameter("flag"));
  EXPECT_FALSE(request.HasQueryParameter("none"));
  EXPECT_FALSE(request.HasQueryParameter(""));
  EXPECT_EQ(request.QueryParameter("name2"), "x");
  EXPECT_EQ(request.QueryParameter("broken"), "%zz%4");
  EXPECT_THAT(request.QueryParameters("none"), IsEmpty());
}

TEST(HttpResponse, NamesTheTypeOfItsBody) {
  EXPECT_EQ(HttpResponse::Json(201, "{}").headers.Get("Content-Type"), "application/json");
  EXPECT_EQ(HttpResponse::Text(200, "x").headers.Get("Content-Type"), "text/plain; charset=utf-8");
}

TEST(HttpStatusTextTest, KnowsTheRegisteredCodes) {
  EXPECT_EQ(HttpStatusText(404), "Not Found");
  EXPECT_EQ(HttpStatusText(299), "Unknown");
}

struct UrlCase {
  const char* text;
  const char* scheme;
  const char* user_info;
  const char* host;
  int port;
  const char* target;
  const char* authority;
};

class GoodUrl : public ::testing::TestWithParam<UrlCase> {};

TEST_P(GoodUrl, IsTakenApart) {
  const auto url = ParseUrl(GetParam().text);

  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->scheme, GetParam().scheme);
  EXPECT_EQ(url->user_info, GetParam().user_info);
  EXPECT_EQ(url->host, GetParam().host);
  EXPECT_EQ(url->port, GetParam().port);
  EXPECT_EQ(url->target, GetParam().target);
  EXPECT_EQ(url->Authority(), GetParam().authority);
}

INSTANTIATE_TEST_SUITE_P(
    Urls, GoodUrl,
    ::testing::Values(UrlCase{"http://a", "http", "", "a", 80, "/", "a"},
                      UrlCase{"HTTPS://Api.Example.com/v1?x=1#part", "https", "", "api.example.com", 443,
                              "/v1?x=1", "api.example.com"},
                      UrlCase{"wss://h:8443?q", "wss", "", "h", 8443, "/?q", "h:8443"},
                      UrlCase{"ws://h:/p", "ws", "", "h", 80, "/p", "h"},
                      UrlCase{"http://pk:s@k@h:1/@", "http", "pk:s@k", "h", 1, "/@", "h:1"},
                      UrlCase{"http://[::1]:4318/v1", "http", "", "::1", 4318, "/v1", "[::1]:4318"},
                      UrlCase{"https://[FE80::2]", "https", "", "fe80::2", 443, "/", "[fe80::2]"}));

struct BadUrlCase {
  const char* text;
  const char* reason;
};

class BadUrl : public ::testing::TestWithParam<BadUrlCase> {};

TEST_P(BadUrl, IsRefusedWithTheReason) {
  const auto url = ParseUrl(GetParam().text);

  ASSERT_FALSE(url.ok());
  EXPECT_EQ(url.status().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(url.status().message(), HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Urls, BadUrl,
    ::testing::Values(BadUrlCase{"", "no scheme"}, BadUrlCase{"localhost:4318", "no scheme"},
                      BadUrlCase{"ftp://h", "the scheme is none of"}, BadUrlCase{"http://", "no host"},
                      BadUrlCase{"http://:80", "no host"}, BadUrlCase{"http://u@/x", "no host"},
                      BadUrlCase{"http://h:0", "'0' is not a number from 1 to 65535"},
                      BadUrlCase{"http://h:65536", "not a number"}, BadUrlCase{"http://h:8x", "not a number"},
                      BadUrlCase{"http://h:+8", "not a number"}, BadUrlCase{"http://[::1", "without ']'"},
                      BadUrlCase{"http://[::1]80", "after ']'"}, BadUrlCase{"http://::1/", "needs brackets"},
                      BadUrlCase{"http://a b/", "no host name"}, BadUrlCase{"http://h/a b", "percent-encode"},
                      BadUrlCase{"http://h/\r\nX: y", "percent-encode"},
                      BadUrlCase{"http://\xC3\xBC/", "no host name"}));

TEST(ParseUrlTest, ShowsTheTextButNeverAPassword) {
  EXPECT_THAT(ParseUrl("http//example").status().message(), HasSubstr("http//example"));
  EXPECT_THAT(ParseUrl("http://pk:secret@h:99999/").status().message(), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace repartee
