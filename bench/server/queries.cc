#include "bench/server/queries.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "bench/measure.h"
#include "bench/server/voice10.h"
#include "repartee/base/encoding.h"
#include "repartee/base/iso_time.h"
#include "repartee/net/http_client.h"

namespace repartee::bench {
namespace {

constexpr int kWarm = 5;
constexpr Nanos kAnswerLimit = std::chrono::seconds(60);

class Client {
 public:
  Client(std::string url, std::string authorization)
      : client_(loop_), url_(std::move(url)), authorization_(std::move(authorization)) {}

  Result<HttpResponse> Get(const std::string& path) {
    HttpRequest request;
    request.target = url_ + path;
    request.headers.Set("Authorization", authorization_);
    Result<HttpResponse> answer = Status::DeadlineExceeded("no answer within a minute");
    bool done = false;
    const auto call = client_.Fetch(std::move(request), {.timeout = std::chrono::seconds(60)},
                                    [&answer, &done](Result<HttpResponse> given) {
                                      answer = std::move(given);
                                      done = true;
                                    });
    loop_.RunUntil([&done] { return done; }, kAnswerLimit);
    return answer;
  }

 private:
  EventLoop loop_;
  HttpClient client_;
  std::string url_;
  std::string authorization_;
};

// The last 25 hours, as the metrics query and as the pages ask for them.
std::vector<std::pair<const char*, std::string>> Queries(const std::string& trace_id) {
  const Nanos now = Clock::System().WallNow();
  const Nanos from = now - std::chrono::hours(25);
  const auto milliseconds = [](Nanos time) { return time.count() / 1'000'000; };
  const std::string range = fmt::format("?from={}&to={}", milliseconds(from), milliseconds(now));
  const Json by_hour = {
      {"view", "observations"},
      {"metrics", Json::array({{{"measure", "latency"}, {"aggregation", "p95"}}})},
      {"filters",
       Json::array({{{"column", "name"}, {"operator", "="}, {"value", "llm"}, {"type", "string"}}})},
      {"timeDimension", {{"granularity", "hour"}}},
      {"fromTimestamp", FormatIsoMillis(from)},
      {"toTimestamp", FormatIsoMillis(now)}};
  const Json slow =
      Json::array({{{"type", "number"}, {"column", "latency"}, {"operator", ">"}, {"value", 60}}});
  return {
      {"list", "/api/public/traces?limit=50"},
      {"list_core", "/api/public/traces?limit=50&fields=core"},
      {"list_filter", "/api/public/traces?limit=50&filter=" + PercentEncode(slow.dump())},
      {"tree", "/api/public/traces/" + trace_id},
      {"p95_by_hour", "/api/public/metrics?query=" + PercentEncode(by_hour.dump())},
      {"conversations", "/api/ui/conversations?limit=50"},
      {"text", fmt::format("/api/ui/conversations?limit=50&q={}", kNeedle)},
      {"series", "/api/ui/series" + range + "&step=3600000"},
      {"latency", "/api/ui/latency" + range},
  };
}

Json Ask(Client& client, const std::string& path) {
  std::vector<double> times;
  std::size_t bytes = 0;
  for (int i = 0; i <= kWarm; ++i) {
    const double begin = WallSeconds();
    const auto answer = client.Get(path);
    times.push_back((WallSeconds() - begin) * 1000);
    if (!answer.ok()) return {{"error", answer.status().message()}};
    if (answer->status != 200)
      return {{"error", fmt::format("{}: {}", answer->status, answer->body.substr(0, 200))}};
    bytes = answer->body.size();
  }
  const double first = times.front();
  times.erase(times.begin());
  return {{"first_ms", first}, {"median_ms", Statistics(times)["median"]}, {"bytes", bytes}};
}

}  // namespace

Json AskQueries(const std::string& url, const std::string& authorization, const std::string& trace_id) {
  Client client(url, authorization);
  Json answers = Json::object();
  for (const auto& [name, path] : Queries(trace_id)) answers[name] = Ask(client, path);
  return answers;
}

double ReadBackMs(const std::string& url, const std::string& authorization, const std::string& trace_id) {
  Client client(url, authorization);
  const double begin = WallSeconds();
  while (WallSeconds() - begin < 20) {
    const auto answer = client.Get("/api/public/traces/" + trace_id);
    if (answer.ok() && answer->status == 200) return (WallSeconds() - begin) * 1000;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return -1;
}

}  // namespace repartee::bench
