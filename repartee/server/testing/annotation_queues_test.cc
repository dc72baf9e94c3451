// Queues of what people are to judge.
#include <gmock/gmock.h>

#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kQueues[] = "/api/public/annotation-queues";

class AnnotationQueuesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    config_ =
        kit_.SendJson("POST", "/api/public/score-configs", {{"name", "csat"}, {"dataType", "NUMERIC"}})["id"];
    queue_ = kit_.SendJson("POST", kQueues, {{"name", "calls"}, {"scoreConfigIds", {config_}}})["id"];
    path_ = std::string(kQueues) + "/" + queue_;
  }

  Json AddItem(const std::string& object, const Json& more = Json::object()) {
    Json item = {{"objectId", object}, {"objectType", "TRACE"}};
    item.update(more);
    return kit_.SendJson("POST", path_ + "/items", item);
  }

  std::vector<std::string> Objects(const std::string& query) {
    std::vector<std::string> objects;
    const Json page = kit_.GetJson(path_ + "/items" + query);
    for (const Json& item : page["data"]) objects.push_back(item["objectId"]);
    return objects;
  }

  std::string config_;
  std::string queue_;
  std::string path_;
  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
};

TEST_F(AnnotationQueuesTest, AreMadeOnceByTheirName) {
  const Json queue = kit_.GetJson(path_);

  EXPECT_EQ(queue["name"], "calls");
  EXPECT_TRUE(queue["description"].is_null());
  EXPECT_EQ(queue["scoreConfigIds"], Json::array({config_}));
  EXPECT_TRUE(queue.contains("createdAt") && queue.contains("updatedAt"));
  const Json list = kit_.GetJson(kQueues);
  EXPECT_EQ(list["data"][0], queue);
  EXPECT_EQ(list["meta"]["totalItems"], 1);
  const HttpResponse again = kit_.Send("POST", kQueues, {{"name", "calls"}, {"scoreConfigIds", {config_}}});
  EXPECT_EQ(again.status, 409);
  EXPECT_THAT(again.body, HasSubstr("LangfuseConflictError"));
}

TEST_F(AnnotationQueuesTest, NeedScoreConfigsThatAreThere) {
  const auto refused = [this](const Json& body) {
    const HttpResponse response = kit_.Send("POST", kQueues, body);
    EXPECT_EQ(response.status, 400) << body;
    return response.body;
  };

  EXPECT_THAT(refused({{"name", "x"}}), HasSubstr("scoreConfigIds"));
  EXPECT_THAT(refused({{"name", "x"}, {"scoreConfigIds", Json::array()}}), HasSubstr("at least one"));
  EXPECT_THAT(refused({{"name", "x"}, {"scoreConfigIds", std::vector<std::string>(101, config_)}}),
              HasSubstr("at most"));
  EXPECT_THAT(refused({{"name", "x"}, {"scoreConfigIds", {config_, "none"}}}), HasSubstr("cannot be found"));
  EXPECT_THAT(refused({{"scoreConfigIds", {config_}}}), HasSubstr("name"));
}

TEST_F(AnnotationQueuesTest, ItemsWaitUntilTheyAreDone) {
  const Json first = AddItem("t1");
  AddItem("t2", {{"status", "COMPLETED"}, {"objectType", "SESSION"}});

  EXPECT_EQ(first["queueId"], queue_);
  EXPECT_EQ(first["status"], "PENDING");
  EXPECT_TRUE(first["completedAt"].is_null());
  EXPECT_THAT(Objects(""), ElementsAre("t2", "t1"));
  EXPECT_THAT(Objects("?status=PENDING"), ElementsAre("t1"));
  EXPECT_THAT(Objects("?status=COMPLETED"), ElementsAre("t2"));

  const std::string item = path_ + "/items/" + first["id"].get<std::string>();
  EXPECT_EQ(kit_.GetJson(item), first);
  const Json done = kit_.SendJson("PATCH", item, {{"status", "COMPLETED"}});
  EXPECT_EQ(done["status"], "COMPLETED");
  EXPECT_TRUE(done["completedAt"].is_string());
  EXPECT_EQ(done["objectId"], "t1");
  EXPECT_EQ(done["createdAt"], first["createdAt"]);
  EXPECT_EQ(kit_.GetJson(item), done);

  EXPECT_EQ(kit_.SendJson("DELETE", item, Json())["success"], true);
  EXPECT_EQ(kit_.Get(item).status, 404);
  EXPECT_EQ(kit_.Send("DELETE", item).status, 404);
  EXPECT_THAT(Objects(""), ElementsAre("t2"));
}

TEST_F(AnnotationQueuesTest, AnItemBelongsToItsQueueAlone) {
  const std::string id = AddItem("t1")["id"];
  const std::string other =
      kit_.SendJson("POST", kQueues, {{"name", "other"}, {"scoreConfigIds", {config_}}})["id"];

  EXPECT_EQ(kit_.Get(std::string(kQueues) + "/" + other + "/items/" + id).status, 404);
  EXPECT_EQ(kit_.Send("DELETE", std::string(kQueues) + "/" + other + "/items/" + id).status, 404);
  EXPECT_EQ(kit_.Get(path_ + "/items/" + id).status, 200);
}

TEST_F(AnnotationQueuesTest, BadItemsAreRefused) {
  const auto status = [this](const std::string& method, const std::string& path, const Json& body) {
    return kit_.Send(method, path, body).status;
  };
  const std::string item = path_ + "/items/" + AddItem("t1")["id"].get<std::string>();

  EXPECT_EQ(status("POST", path_ + "/items", {{"objectId", "t"}}), 400);
  EXPECT_EQ(status("POST", path_ + "/items", {{"objectId", "t"}, {"objectType", "POEM"}}), 400);
  EXPECT_EQ(status("PATCH", item, {{"status", "LATER"}}), 400);
  EXPECT_EQ(kit_.Get(path_ + "/items?status=LATER").status, 400);
  EXPECT_EQ(
      status("POST", std::string(kQueues) + "/none/items", {{"objectId", "t"}, {"objectType", "TRACE"}}),
      404);
}

TEST_F(AnnotationQueuesTest, PeopleAreAssignedAndReleased) {
  const Json user = {{"userId", "ann"}};

  const Json assigned = kit_.SendJson("POST", path_ + "/assignments", user);

  EXPECT_EQ(assigned, *ParseJson(R"({"userId":"ann","queueId":")" + queue_ + R"(","projectId":"project"})"));
  EXPECT_EQ(kit_.SendJson("POST", path_ + "/assignments", user), assigned);
  EXPECT_EQ(kit_.SendJson("DELETE", path_ + "/assignments", user)["success"], true);
  EXPECT_EQ(kit_.SendJson("DELETE", path_ + "/assignments", user)["success"], true);
  EXPECT_EQ(kit_.Send("POST", path_ + "/assignments", Json::object()).status, 400);
  EXPECT_EQ(kit_.Send("POST", std::string(kQueues) + "/none/assignments", user).status, 404);
}

}  // namespace
}  // namespace repartee::server::testing
