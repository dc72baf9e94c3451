#include "repartee/server/api/request.h"

#include <gtest/gtest.h>

namespace repartee::server {
namespace {

struct Answer {
  Status status;
  int code;
  Json body;
};

TEST(ErrorResponse, EachFaultHasItsCodeAndClass) {
  const Answer answers[] = {
      {Status::InvalidArgument("x"), 400, {{"message", "x"}, {"error", "InvalidRequestError"}}},
      {Status::Malformed("x"), 400, {{"message", "x"}, {"error", "InvalidRequestError"}}},
      {Status::Unauthenticated("x"), 401, {{"message", "x"}}},
      {Status::PermissionDenied("x"), 403, {{"message", "x"}}},
      {Status::NotFound("x"), 404, {{"message", "x"}, {"error", "LangfuseNotFoundError"}}},
      {Status::AlreadyExists("x"), 409, {{"message", "x"}, {"error", "LangfuseConflictError"}}},
      {Status::ResourceExhausted("x"), 422, {{"message", "x"}, {"error", "Request timed out"}}},
      {Status::Internal("x"), 500, {{"message", "Internal Server Error"}, {"error", "x"}}},
      {Status::Unavailable("x"), 503, {{"message", "x"}, {"error", "ServiceUnavailableError"}}}};

  for (const Answer& answer : answers) {
    const HttpResponse response = ErrorResponse(answer.status);
    EXPECT_EQ(response.status, answer.code);
    EXPECT_EQ(*ParseJson(response.body), answer.body);
    EXPECT_EQ(response.headers.Get("content-type"), "application/json");
    EXPECT_EQ(response.headers.Has("retry-after"), answer.code == 503);
  }
}

TEST(Faults, AreAnsweredTogetherWithTheirPaths) {
  Faults faults;
  faults.Add({"page"}, "too_small", "a");
  faults.Add({"query", "view"}, "invalid_value", "b");

  const HttpResponse response = faults.Refusal();

  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(*ParseJson(response.body), *ParseJson(R"({"message":"Invalid request data","error":[
      {"code":"too_small","path":["page"],"message":"a"},
      {"code":"invalid_value","path":["query","view"],"message":"b"}]})"));
  EXPECT_EQ(faults.Text(), "page: a; query.view: b");
}

}  // namespace
}  // namespace repartee::server
