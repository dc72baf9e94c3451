#include "repartee/services/link/vendor_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/services/testing/vendor_sockets.h"

namespace repartee {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class VendorLinkTest : public ::testing::Test, private VendorLink::User {
 protected:
  void Begin() {
    vendor.Attach(loop);
    options.vendor = "acme";
    options.secret = "k-0001";
    link.emplace(loop, options, static_cast<VendorLink::User&>(*this));
    link->Open();
  }
  bool Until(UniqueFunction<bool()> done) { return loop.RunUntil(std::move(done), 20s); }
  bool UntilLinks(std::size_t count) {
    return Until([this, count] { return vendor.links.size() >= count && link->open(); });
  }

  struct Told {
    std::string text;
    ErrorCategory category;
    bool final;
  };
  EventLoop loop;
  testing::VendorSockets vendor;
  VendorLinkOptions options;
  std::string url;
  std::vector<std::string> heard;
  std::vector<std::string> lost;
  std::vector<Told> errors;
  int closed = 0;
  std::optional<VendorLink> link;

 private:
  WebSocketRequest LinkRequest() override {
    WebSocketRequest request;
    request.url = url.empty() ? vendor.url() + "/x" : url;
    return request;
  }
  void OnLinkOpen() override {}
  void OnLinkMessage(WebSocketKind, std::string_view message) override { heard.emplace_back(message); }
  void OnLinkLost(const std::string& why) override { lost.push_back(why); }
  void OnLinkError(const std::string& text, ErrorCategory category, bool final) override {
    errors.push_back({text, category, final});
  }
  void OnLinkClosed() override { ++closed; }
};

TEST_F(VendorLinkTest, CarriesMessagesAndClosesInOrder) {
  Begin();
  ASSERT_TRUE(UntilLinks(1));
  ASSERT_TRUE(link->Send(WebSocketKind::kText, "hello").ok());
  vendor.links[0].Say("welcome");
  ASSERT_TRUE(Until([this] { return !heard.empty() && !vendor.links[0].texts.empty(); }));
  link->Close();
  ASSERT_TRUE(Until([this] { return closed == 1 && vendor.links[0].closed; }));

  EXPECT_THAT(heard, ElementsAre("welcome"));
  EXPECT_EQ(vendor.links[0].closed->code, kWebSocketNormal);
  EXPECT_THAT(lost, IsEmpty());
  EXPECT_TRUE(link->idle());
  EXPECT_EQ(link->Send(WebSocketKind::kText, "x").code(), StatusCode::kFailedPrecondition);
}

TEST_F(VendorLinkTest, ConnectsAgainAtOnceWhenALinkBreaks) {
  Begin();
  ASSERT_TRUE(UntilLinks(1));
  const Nanos began = loop.now();
  vendor.links[0].socket->Abort();
  ASSERT_TRUE(UntilLinks(2));

  EXPECT_LT(loop.now() - began, 400ms);
  EXPECT_THAT(lost, ElementsAre(Not(IsEmpty())));
  EXPECT_THAT(errors, IsEmpty());
}

TEST_F(VendorLinkTest, TakesACloseInOrderForNoTrouble) {
  Begin();
  ASSERT_TRUE(UntilLinks(1));
  vendor.links[0].socket->Close(kWebSocketNormal, "timeout");
  ASSERT_TRUE(UntilLinks(2));

  EXPECT_THAT(lost, ElementsAre(""));
}

TEST_F(VendorLinkTest, GivesUpWhenLinksBreakYoungAgainAndAgain) {
  options.max_quick_failures = 2;
  Begin();
  ASSERT_TRUE(UntilLinks(1));
  vendor.links[0].socket->Close(kWebSocketInternal, "NET-0000");
  ASSERT_TRUE(UntilLinks(2));
  vendor.links[1].socket->Close(kWebSocketInternal, "NET-0000");
  ASSERT_TRUE(Until([this] { return !errors.empty(); }));

  EXPECT_TRUE(errors[0].final);
  EXPECT_THAT(errors[0].text, HasSubstr("2 connections in a row"));
  EXPECT_THAT(errors[0].text, HasSubstr("NET-0000"));
  EXPECT_TRUE(link->idle());
}

TEST_F(VendorLinkTest, DoesNotRepeatWhatRepeatingDoesNotChange) {
  vendor.RefuseNext(HttpResponse::Json(401, R"({"err_msg":"Invalid credentials k-0001."})"));
  Begin();
  ASSERT_TRUE(Until([this] { return !errors.empty(); }));

  EXPECT_TRUE(errors[0].final);
  EXPECT_EQ(errors[0].category, ErrorCategory::kAuthentication);
  EXPECT_THAT(errors[0].text, HasSubstr("401"));
  EXPECT_THAT(errors[0].text, HasSubstr("Invalid credentials ***."));
  EXPECT_THAT(vendor.links, IsEmpty());
}

TEST_F(VendorLinkTest, TellsOneCauseOnceHoweverOftenItTries) {
  for (int i = 0; i < 3; ++i) vendor.RefuseNext(HttpResponse::Text(503, "busy"));
  Begin();
  ASSERT_TRUE(UntilLinks(1));

  EXPECT_EQ(vendor.refused(), 3);
  ASSERT_THAT(errors, SizeIs(1));
  EXPECT_EQ(errors[0].category, ErrorCategory::kServer);
  EXPECT_FALSE(errors[0].final);
}

TEST_F(VendorLinkTest, WaitsAsLongAsABusyServerAsks) {
  HttpResponse busy = HttpResponse::Text(429, "");
  busy.headers.Add("Retry-After", "0.2");
  vendor.RefuseNext(std::move(busy));
  Begin();
  const Nanos began = loop.now();
  ASSERT_TRUE(UntilLinks(1));

  EXPECT_GE(loop.now() - began, 200ms);
  EXPECT_EQ(errors[0].category, ErrorCategory::kRateLimit);
}

TEST_F(VendorLinkTest, GivesUpAfterItsAttemptsAndBeginsAnewWhenAsked) {
  url = "ws://127.0.0.1:1/";
  options.max_attempts = 2;
  Begin();
  ASSERT_TRUE(Until([this] { return !errors.empty() && errors.back().final; }));
  EXPECT_THAT(errors.back().text, HasSubstr("2 attempts"));
  EXPECT_TRUE(link->idle());

  url.clear();
  link->Open();
  EXPECT_TRUE(UntilLinks(1));
}

TEST_F(VendorLinkTest, EndsAnAttemptThatIsUnderWay) {
  vendor.RefuseNext(HttpResponse::Text(503, "busy"));
  vendor.RefuseNext(HttpResponse::Text(503, "busy"));
  Begin();
  ASSERT_TRUE(Until([this] { return vendor.refused() == 2; }));
  link->Close();

  EXPECT_EQ(closed, 1);
  EXPECT_TRUE(link->idle());
}

}  // namespace
}  // namespace repartee
