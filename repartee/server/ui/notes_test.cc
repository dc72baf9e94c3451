// Scores and comments of a conversation and of a second of it.
#include "repartee/server/ui/ui_kit_for_test.h"

namespace repartee::server::testing {
namespace {

using ::testing::HasSubstr;

class NotesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ui_.Send({{.trace_id = TraceIdOf(1), .span_id = SpanIdOf(1), .name = "call"}});
    path_ = "/api/ui/conversations/" + TraceId::FromBytes(TraceIdOf(1))->Hex();
    token_ = ui_.GetJson("/api/ui/session")["csrf_token"];
  }
  HttpResponse Post(const std::string& what, const std::string& body) {
    return ui_.Send("POST", path_ + what, *ParseJson(body), {{"X-CSRF-Token", token_}});
  }

  UiKit ui_;
  std::string path_;
  std::string token_;
};

TEST_F(NotesTest, CommentsKeepTheirSecond) {
  EXPECT_EQ(Post("/comments", R"({"content":"too slow here","at":57400})").status, 201);
  EXPECT_EQ(Post("/comments", R"({"content":"at the very start","at":0})").status, 201);
  EXPECT_EQ(Post("/comments", R"({"content":"good in all"})").status, 201);

  const Json comments = ui_.GetJson(path_ + "/notes")["comments"];

  ASSERT_EQ(comments.size(), 3u);
  EXPECT_EQ(comments[0]["content"], "too slow here");
  EXPECT_EQ(comments[0]["at"], 57'400);
  EXPECT_EQ(comments[1]["at"], 0);
  EXPECT_TRUE(comments[2]["at"].is_null());
}

TEST_F(NotesTest, ScoresOfPeopleAreRowsOfThePublicApi) {
  EXPECT_EQ(Post("/scores", R"({"name":"helpful","value":0.9,"at":1200,"comment":"kind"})").status, 201);
  EXPECT_EQ(Post("/scores", R"({"name":"outcome","value":"resolved"})").status, 201);

  const Json scores = ui_.GetJson(path_ + "/notes")["scores"];
  const Json shown = ui_.kit().GetJson("/api/public/v2/scores?name=helpful")["data"];

  ASSERT_EQ(scores.size(), 2u);
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_EQ(shown[0]["source"], "ANNOTATION");
  EXPECT_EQ(shown[0]["value"], 0.9);
  const Json& helpful = scores[0]["name"] == "helpful" ? scores[0] : scores[1];
  EXPECT_EQ(helpful["at"], 1'200);
  EXPECT_EQ(helpful["comment"], "kind");
}

TEST_F(NotesTest, WhatIsWrongIsNamed) {
  EXPECT_THAT(Post("/comments", R"({"content":""})").body, HasSubstr("content"));
  EXPECT_THAT(Post("/comments", R"({"content":"x","at":-1})").body, HasSubstr("at"));
  EXPECT_THAT(Post("/scores", R"({"value":1})").body, HasSubstr("name"));
  EXPECT_EQ(Post("/scores", R"({"name":"n","value":{}})").status, 400);
  token_ = "none";
  EXPECT_EQ(Post("/comments", R"({"content":"x"})").status, 403);
}

}  // namespace
}  // namespace repartee::server::testing
