// Every paginated list of the public API, walked while rows arrive.
//
// A new list fails here until it is said how a row of it is made.
#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <set>

#include "repartee/base/encoding.h"
#include "repartee/server/api/openapi.h"
#include "repartee/server/model/time.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::IsSupersetOf;

constexpr char kPrefix[] = "/api/public/";
constexpr std::uint64_t kSecond = 1'000'000'000;
// Rows that are there before the walk begins; numbers begin at 1 and go on with those that come.
constexpr std::uint64_t kRows = 7;
constexpr std::uint64_t kArriving = 4;

// The GET operations of the document that have this parameter, as below /api/public/.
std::set<std::string> ListsWith(const std::string& parameter) {
  std::set<std::string> lists;
  const Json document = *ParseJson(kOpenApiDocument);
  for (const auto& [path, operations] : document["paths"].items()) {
    if (!path.starts_with(kPrefix) || !operations.contains("get")) continue;
    for (const Json& known : operations["get"].value("parameters", Json::array())) {
      if (known["name"] == parameter) lists.insert(path.substr(sizeof kPrefix - 1));
    }
  }
  return lists;
}

class PagingTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    MakeSpan(1);
    dataset_ = Post("v2/datasets", {{"name", "d"}})["id"];
    config_ = Post("score-configs", {{"name", "c"}, {"dataType", "TEXT"}})["id"];
    queue_ = Post("annotation-queues", {{"name", "q"}, {"scoreConfigIds", {config_}}})["id"];
  }

  Json Post(const std::string& path, const Json& body, int status = 200) {
    return kit_.SendJson("POST", kPrefix + path, body, status);
  }

  static std::string Name(std::uint64_t number) { return "n" + std::to_string(number); }
  static std::uint64_t TimeOf(std::uint64_t number) { return TestSpan().start_ns + number * kSecond; }

  void MakeSpan(std::uint64_t number) { MakeSpanAt(number, TimeOf(number)); }

  void MakeSpanAt(std::uint64_t number, std::uint64_t start_ns) {
    TestSpan span{.trace_id = TraceIdOf(number), .span_id = SpanIdOf(number)};
    span.start_ns = start_ns;
    span.end_ns = span.start_ns + 1;
    span.texts = {{"langfuse.session.id", Name(number)}};
    ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest({span}, "app")).status, 200);
  }

  // With one item.
  void MakeExperiment(std::uint64_t number) {
    TestSpan item{.trace_id = TraceIdOf(number), .span_id = SpanIdOf(1000 + number)};
    item.start_ns = TimeOf(number);
    item.end_ns = item.start_ns + 1;
    item.texts = {{"langfuse.experiment.id", Name(number)},
                  {"langfuse.experiment.item.root_observation_id", SpanIdHex(1000 + number)}};
    ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest({item}, "app")).status, 200);
  }

  void MakeScore(std::uint64_t number) {
    const std::string time = FormatIsoTime(static_cast<std::int64_t>(TimeOf(number)));
    const Json score = {
        {"id", Name(number)}, {"name", "s"}, {"value", 1}, {"traceId", "t"}, {"timestamp", time}};
    Post("scores", Json::array({score}), 202);
  }

  void MakeRunItem(const std::string& run, std::uint64_t number) {
    Post("dataset-items", {{"datasetName", "d"}, {"id", Name(number)}});
    Post("dataset-run-items", {{"runName", run}, {"datasetItemId", Name(number)}, {"traceId", "t"}});
  }

  // The row of that number, later than those before it.
  using Make = std::function<void(std::uint64_t)>;
  std::map<std::string, Make> Makers() {
    const Make spans = [this](std::uint64_t i) { MakeSpan(i); };
    const Make experiments = [this](std::uint64_t i) { MakeExperiment(i); };
    const Make scores = [this](std::uint64_t i) { MakeScore(i); };
    const Make datasets = [this](std::uint64_t i) { Post("v2/datasets", {{"name", Name(i)}}); };
    const Make items = [this](std::uint64_t i) {
      Post("dataset-items", {{"datasetName", "d"}, {"id", Name(i)}});
    };
    const Make comments = [this](std::uint64_t i) {
      Post("comments",
           {{"projectId", "project"}, {"objectType", "SESSION"}, {"objectId", "n1"}, {"content", Name(i)}});
    };
    const Make configs = [this](std::uint64_t i) {
      Post("score-configs", {{"name", Name(i)}, {"dataType", "TEXT"}});
    };
    const Make models = [this](std::uint64_t i) {
      Post("models", {{"modelName", Name(i)}, {"matchPattern", Name(i)}, {"inputPrice", 1}});
    };
    const Make prompts = [this](std::uint64_t i) {
      Post("v2/prompts", {{"name", Name(i)}, {"prompt", "p"}}, 201);
    };
    return {{"metrics/daily",
             [this](std::uint64_t i) { MakeSpanAt(i, TestSpan().start_ns + i * 86'400 * kSecond); }},
            {"traces", spans},
            {"observations", spans},
            {"v2/observations", spans},
            {"sessions", spans},
            {"experiments", experiments},
            {"experiment-items", experiments},
            {"scores", scores},
            {"v2/scores", scores},
            {"v3/scores", scores},
            {"comments", comments},
            {"score-configs", configs},
            {"models", models},
            {"v2/prompts", prompts},
            {"v2/datasets", datasets},
            {"datasets", datasets},
            {"dataset-items", items},
            {"datasets/{datasetName}/runs", [this](std::uint64_t i) { MakeRunItem(Name(i), 1); }},
            {"annotation-queues",
             [this](std::uint64_t i) {
               Post("annotation-queues", {{"name", Name(i)}, {"scoreConfigIds", {config_}}});
             }},
            {"annotation-queues/{queueId}/items",
             [this](std::uint64_t i) {
               Post("annotation-queues/" + queue_ + "/items",
                    {{"objectId", Name(i)}, {"objectType", "TRACE"}});
             }},
            {"dataset-run-items", [this](std::uint64_t i) { MakeRunItem("r", i); }}};
  }

  std::string Target(const std::string& query) const {
    std::string path = GetParam();
    if (path == "datasets/{datasetName}/runs") path = "datasets/d/runs";
    if (path == "annotation-queues/{queueId}/items") path = "annotation-queues/" + queue_ + "/items";
    std::string more;
    if (path == "dataset-run-items") more = "&runName=r&datasetId=" + dataset_;
    if (path.starts_with("experiment")) more = "&fromStartTime=2026-01-01T00:00:00Z";
    return kPrefix + path + "?" + query + more;
  }

  // The ids of a page's rows, behind those of the pages before it.
  static void Collect(const Json& page, std::vector<std::string>& ids) {
    for (const Json& row : page["data"])
      ids.push_back(row.value("id", row.value("name", row.value("date", ""))));
  }

  // `meanwhile(n)` runs between two pages, n from 1.
  std::vector<std::string> WalkPages(std::size_t limit, const std::string& more, const Make& meanwhile) {
    std::vector<std::string> ids;
    for (std::size_t number = 1;; ++number) {
      const Json page =
          kit_.GetJson(Target("page=" + std::to_string(number) + "&limit=" + std::to_string(limit) + more));
      Collect(page, ids);
      if (number >= page["meta"]["totalPages"].get<std::size_t>()) return ids;
      meanwhile(number);
    }
  }

  std::vector<std::string> WalkCursor(std::size_t limit, const Make& meanwhile) {
    std::vector<std::string> ids;
    std::string cursor;
    for (std::size_t number = 1;; ++number) {
      const Json page = kit_.GetJson(Target("limit=" + std::to_string(limit) + cursor));
      Collect(page, ids);
      if (!page["meta"].contains("cursor")) return ids;
      cursor = "&cursor=" + PercentEncode(page["meta"]["cursor"].get<std::string>());
      meanwhile(number);
    }
  }

  // Makes the rows that are there before the walk, and tells what brings newer ones.
  Make Fill() {
    const Make make = Makers()[GetParam()];
    if (!make) ADD_FAILURE() << GetParam() << ": say how a row of this list is made";
    for (std::uint64_t i = 1; make && i <= kRows; ++i) make(i);
    return [make](std::uint64_t page) {
      if (make && page <= kArriving) make(kRows + page);
    };
  }

  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
  std::string dataset_;
  std::string config_;
  std::string queue_;
};

class PageTest : public PagingTest {};
class CursorTest : public PagingTest {};

// Newer rows push those on that were seen last, so a page may begin with them once more; none is lost.
TEST_P(PageTest, LosesNoRowWhileRowsArrive) {
  const Make arrive = Fill();
  const std::vector<std::string> before = WalkPages(100, "", [](std::uint64_t) {});

  const std::vector<std::string> seen = WalkPages(2, "", arrive);

  EXPECT_GE(before.size(), kRows);
  EXPECT_THAT(std::set(seen.begin(), seen.end()), IsSupersetOf(before));
}

// Who gives an end in time sees each row once, in order.
TEST_P(PageTest, UpToATimeItNeitherRepeatsNorLosesARow) {
  const std::map<std::string, std::string> ends = {{"traces", "toTimestamp"},
                                                   {"observations", "toStartTime"},
                                                   {"sessions", "toTimestamp"},
                                                   {"scores", "toTimestamp"},
                                                   {"v2/scores", "toTimestamp"}};
  const auto end = ends.find(GetParam());
  if (end == ends.end()) return;  // people make these by hand
  const Make arrive = Fill();
  const std::vector<std::string> before = WalkPages(100, "", [](std::uint64_t) {});
  const auto time = static_cast<std::int64_t>(TimeOf(kRows) + kSecond / 2);

  EXPECT_EQ(WalkPages(2, "&" + end->second + "=" + PercentEncode(FormatIsoTime(time)), arrive), before);
}

TEST_P(CursorTest, NeitherRepeatsNorLosesARowWhileRowsArrive) {
  const Make arrive = Fill();
  const std::vector<std::string> before = WalkCursor(100, [](std::uint64_t) {});

  EXPECT_EQ(before.size(), kRows);
  EXPECT_EQ(WalkCursor(2, arrive), before);
}

std::string NameOf(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::erase_if(name, [](unsigned char c) { return std::isalnum(c) == 0; });
  return name;
}

INSTANTIATE_TEST_SUITE_P(Lists, PageTest, ::testing::ValuesIn(ListsWith("page")), NameOf);
INSTANTIATE_TEST_SUITE_P(Lists, CursorTest, ::testing::ValuesIn(ListsWith("cursor")), NameOf);

}  // namespace
}  // namespace repartee::server::testing
