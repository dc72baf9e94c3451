#include "repartee/agent/mcp_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "repartee/agent/tool_caller_for_test.h"
#include "repartee/net/http_server.h"

namespace repartee {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A server of two tools on two pages, whose answers are JSON or events.
class MCPClientTest : public ::testing::Test {
 protected:
  MCPClientTest() {
    auto server = HttpServer::Listen(
        {}, [this](HttpRequest request, HttpResponder responder) { responder.Send(Answer(request)); });
    server_ = *std::move(server);
    options_.url = fmt::format("http://127.0.0.1:{}/mcp", server_->port());
  }

  HttpResponse Answer(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    const Json message = *ParseJson(request.body);
    const std::string method = message["method"];
    asked_.push_back(method);
    last_ = message;
    last_headers_ = request.headers;
    if (method == "notifications/initialized") return HttpResponse::Text(202, "");
    if (method == "initialize") {
      HttpResponse hello = Reply(Json{{"protocolVersion", "2025-06-18"}});
      hello.headers.Set("Mcp-Session-Id", fmt::format("s{}", ++sessions_));
      return hello;
    }
    if (request.headers.Get("Mcp-Session-Id") != fmt::format("s{}", sessions_)) {
      return HttpResponse::Text(404, "no session");
    }
    if (method == "tools/call") return result_.is_null() ? HttpResponse::Text(500, "broken") : Reply(result_);
    if (!message["params"].contains("cursor")) {
      const Json schema{{"type", "object"},
                        {"properties", {{"day", {{"type", "string"}}}}},
                        {"required", Json::array({"day"})}};
      const Json tool{{"name", "book"}, {"description", "Books."}, {"inputSchema", schema}};
      const Json odd{{"name", "no name for a model!"}};
      return Reply(Json{{"tools", Json::array({tool, odd})}, {"nextCursor", "2"}});
    }
    return Reply(Json{{"tools", Json::array({Json{{"name", "cancel"}}})}});
  }

  HttpResponse Reply(Json result) const {
    const Json reply{{"jsonrpc", "2.0"}, {"id", 1}, {"result", std::move(result)}};
    if (!events_) return HttpResponse::Json(200, reply.dump());
    HttpResponse response = HttpResponse::Text(
        200, "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\n\ndata: " + reply.dump() +
                 "\n\n");
    response.headers.Set("Content-Type", "text/event-stream");
    return response;
  }

  Json Call(Json arguments) {
    const auto tools = GetMCPTools(options_);
    EXPECT_TRUE(tools.ok()) << tools.status();
    {
      const std::lock_guard lock(mutex_);
      sessions_ += forget_ ? 1 : 0;
    }
    return testing::CallTool(tools->front(), std::move(arguments));
  }

  std::mutex mutex_;
  std::vector<std::string> asked_;
  Json last_;
  HttpHeaders last_headers_;
  int sessions_ = 0;
  bool events_ = false;
  bool forget_ = false;
  Json result_ = Json::parse(R"({"content": [{"type": "text", "text": "It is booked."}]})");
  std::unique_ptr<HttpServer> server_;
  MCPClientOptions options_;
};

TEST_F(MCPClientTest, OffersTheToolsOfTheServer) {
  const auto tools = GetMCPTools(options_);

  ASSERT_TRUE(tools.ok()) << tools.status();
  ASSERT_EQ(tools->size(), 2U);
  EXPECT_EQ((*tools)[0].schema, Json::parse(R"({"name": "book", "description": "Books.",
      "properties": {"day": {"type": "string"}}, "required": ["day"]})"));
  EXPECT_EQ((*tools)[1].name, "cancel");
  EXPECT_THAT(asked_, ElementsAre("initialize", "notifications/initialized", "tools/list", "tools/list"));
}

TEST_F(MCPClientTest, CallsAToolAndGivesItsAnswerToTheModel) {
  options_.headers.Set("Authorization", "Bearer t");
  EXPECT_EQ(Call(Json{{"day", "Monday"}}), "It is booked.");

  EXPECT_EQ(last_["params"], Json::parse(R"({"name": "book", "arguments": {"day": "Monday"}})"));
  EXPECT_EQ(last_headers_.Get("Authorization"), "Bearer t");
  EXPECT_EQ(last_headers_.Get("MCP-Protocol-Version"), "2025-06-18");
}

TEST_F(MCPClientTest, UnderstandsAnswersThatComeAsEvents) {
  events_ = true;
  result_ = Json::parse(R"({"content": [], "structuredContent": {"hour": 10}})");

  EXPECT_EQ(Call(Json::object()), Json::parse(R"({"hour": 10})"));
}

TEST_F(MCPClientTest, BeginsASessionAnewThatTheServerHasForgotten) {
  forget_ = true;

  EXPECT_EQ(Call(Json::object()), "It is booked.");
}

TEST_F(MCPClientTest, TellsTheModelWhatWentWrong) {
  result_ = Json::parse(R"({"content": [{"type": "text", "text": "taken"}], "isError": true})");
  EXPECT_EQ(Call(Json::object()), "The tool failed: taken");
  result_ = nullptr;
  EXPECT_THAT(Call(Json::object()).get<std::string>(), HasSubstr("500 Internal Server Error: broken"));
}

TEST_F(MCPClientTest, NamesTheServerThatIsNone) {
  options_.tools = {"cancel"};
  EXPECT_EQ(GetMCPTools(options_)->size(), 1U);
  options_.tools = {"fly"};
  EXPECT_THAT(GetMCPTools(options_).status().message(), HasSubstr("has no tool fly"));
  options_.url = "http://127.0.0.1:1/mcp";
  EXPECT_THAT(GetMCPTools(options_).status().message(), HasSubstr("the tools of http://127.0.0.1:1/mcp"));
}

}  // namespace
}  // namespace repartee
