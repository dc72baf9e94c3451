#include "repartee/agent/http_tool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "repartee/agent/tool_caller_for_test.h"
#include "repartee/net/http_server.h"

namespace repartee {
namespace {

using ::testing::HasSubstr;

// A server that keeps what it was asked.
class HttpToolTest : public ::testing::Test {
 protected:
  HttpToolTest() {
    auto server = HttpServer::Listen({}, [this](HttpRequest request, HttpResponder responder) {
      {
        const std::lock_guard lock(mutex_);
        asked_ = request;
      }
      if (request.path == "/late") return hung_.push_back(std::move(responder));
      responder.Send(answer_);
    });
    server_ = *std::move(server);
    tool_.name = "book";
    tool_.properties = Json{{"day", {{"type", "string"}}}, {"note", {{"type", "string"}}}};
    tool_.url = Url("/");
  }

  std::string Url(const std::string& path) const {
    return fmt::format("http://127.0.0.1:{}{}", server_->port(), path);
  }

  // What the model is told.
  Json Call(Json arguments) {
    auto made = MakeHttpTool(tool_);
    EXPECT_TRUE(made.ok()) << made.status();
    return testing::CallTool(*made, std::move(arguments));
  }

  HttpRequest asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

  HttpResponse answer_ = HttpResponse::Json(200, R"({"booked": true})");
  std::vector<HttpResponder> hung_;
  std::mutex mutex_;
  HttpRequest asked_;
  std::unique_ptr<HttpServer> server_;
  HttpToolOptions tool_;
};

TEST_F(HttpToolTest, PostsTheArguments) {
  tool_.headers.Set("Authorization", "Bearer t");
  EXPECT_EQ(Call(Json{{"day", "Monday"}}), Json::parse(R"({"booked": true})"));

  EXPECT_EQ(asked().method, "POST");
  EXPECT_EQ(asked().body, R"({"day":"Monday"})");
  EXPECT_EQ(asked().headers.Get("authorization"), "Bearer t");
  EXPECT_EQ(asked().headers.Get("content-type"), "application/json");
}

TEST_F(HttpToolTest, PutsArgumentsIntoThePathAndTheQuery) {
  tool_.method = "GET";
  tool_.url = Url("/days/{day}?all=1");
  Call(Json{{"day", "next Monday/1"}, {"note", "a&b"}});

  EXPECT_EQ(asked().target, "/days/next%20Monday%2F1?all=1&note=a%26b");
}

TEST_F(HttpToolTest, TellsTheModelWhatWentWrong) {
  answer_ = HttpResponse::Text(409, "that hour is taken");
  EXPECT_EQ(Call(Json::object()), "The request was refused: 409 Conflict: that hour is taken");

  tool_.url = "http://127.0.0.1:1/";
  EXPECT_THAT(Call(Json::object()).get<std::string>(), HasSubstr("The request failed: "));

  tool_.url = Url("/late");
  tool_.timeout = std::chrono::milliseconds(50);
  EXPECT_THAT(Call(Json::object()).get<std::string>(), HasSubstr("50 ms"));

  tool_.required = Json::array({"day"});
  EXPECT_EQ(Call(Json::object()), "The function book was not called: the argument day is missing.");
}

TEST_F(HttpToolTest, TakesTextForAnAnswer) {
  answer_ = HttpResponse::Text(200, "nine o'clock");
  EXPECT_EQ(Call(Json::object()), "nine o'clock");
  answer_ = HttpResponse::Text(204, "");
  EXPECT_EQ(Call(Json::object()), "done");
}

TEST_F(HttpToolTest, RefusesWhatCannotBe) {
  const auto fault = [](HttpToolOptions tool) { return MakeHttpTool(std::move(tool)).status().message(); };
  HttpToolOptions tool = tool_;
  tool.method = "BREW";
  EXPECT_THAT(fault(tool), HasSubstr("the tool book: the method BREW is none of GET"));
  tool = tool_;
  tool.url = "ws://a/";
  EXPECT_THAT(fault(tool), HasSubstr("http://"));
  tool = tool_;
  tool.headers.Set("A", "b\r\nC: d");
  EXPECT_FALSE(fault(tool).empty());
}

}  // namespace
}  // namespace repartee
