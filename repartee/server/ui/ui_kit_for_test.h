// A trace server of a test with the dashboard's API before it. Thread: the test's.
#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <string>

#include "repartee/base/encoding.h"
#include "repartee/server/media/recordings.h"
#include "repartee/server/testing/server_kit.h"
#include "repartee/server/ui/ui_api.h"

namespace repartee::server::testing {

class UiKit {
 public:
  // As a page on this machine would ask.
  HttpResponse Get(const std::string& target, HttpHeaders headers = {}, bool from_loopback = true) {
    return Send("GET", target, Json(), std::move(headers), from_loopback);
  }

  // With `body` as JSON unless it is null.
  HttpResponse Send(const std::string& method, const std::string& target, const Json& body,
                    HttpHeaders headers = {}, bool from_loopback = true) {
    return Begin(method, target, body, std::move(headers), from_loopback).get();
  }

  // The same, without waiting for the answer.
  std::future<HttpResponse> Begin(const std::string& method, const std::string& target, const Json& body,
                                  HttpHeaders headers = {}, bool from_loopback = true) {
    HttpRequest request;
    request.method = method;
    if (!body.is_null()) request.body = body.dump();
    if (!body.is_null() && !headers.Has("content-type")) headers.Add("Content-Type", "application/json");
    request.target = target;
    const std::size_t question = target.find('?');
    request.path = PercentDecode(target.substr(0, question));
    if (question != std::string::npos) request.query = target.substr(question + 1);
    if (!headers.Has("host")) headers.Add("Host", "localhost:3000");
    request.headers = std::move(headers);
    request.from_loopback = from_loopback;
    request.remote_address = from_loopback ? "127.0.0.1" : "203.0.113.7";
    auto promise = std::make_shared<std::promise<HttpResponse>>();
    std::future<HttpResponse> answer = promise->get_future();
    api_.Handle(std::move(request), [promise](HttpResponse r) { promise->set_value(std::move(r)); });
    return answer;
  }

  Json GetJson(const std::string& target) {
    const HttpResponse response = Get(target);
    EXPECT_EQ(response.status, 200) << target << ": " << response.body;
    const Result<Json> json = ParseJson(response.body);
    EXPECT_TRUE(json.ok()) << json.status();
    return json.ok() ? *json : Json();
  }

  void Send(const std::vector<TestSpan>& spans, const std::string& scope = "pipecat") {
    ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest(spans, scope)).status, 200);
  }

  // Every request of a recorded export.
  void SendGolden(const std::string& scenario) {
    const std::string folder = REPARTEE_SOURCE_DIR "/tests/golden/ingest/pipecat/" + scenario;
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".binpb") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const std::string& file : files) {
      const std::string body = ReadFile(file);
      HttpHeaders headers;
      if (body.starts_with("\x1f\x8b")) headers.Add("Content-Encoding", "gzip");
      ASSERT_EQ(kit_.Post("/api/public/otel", body, headers).status, 200) << file;
    }
  }

  // The only conversation there is.
  Json OnlyConversation() {
    const Json list = GetJson("/api/ui/conversations");
    EXPECT_EQ(list["rows"].size(), 1u);
    return GetJson("/api/ui/conversations/" + list["rows"][0].value("id", ""));
  }

  ServerKit& kit() { return kit_; }
  UiApi& api() { return api_; }
  UserStore& users() { return *users_; }
  MediaStore& media() { return kit_.media(); }

 private:
  static UiOptions Options(const std::string& folder, Recordings& recordings, MediaStore& media) {
    UiOptions options;
    options.version = "1.2.3";
    options.public_urls = {"https://traces.example"};
    options.otlp_http_port = 4318;
    options.data_folder = folder;
    options.recordings = &recordings;
    options.media = &media;
    return options;
  }

  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
  std::unique_ptr<UserStore> users_ = *UserStore::Open(folder_.path() + "/meta.db");
  Recordings recordings_{kit_.media()};
  UiApi api_{kit_.store(),  kit_.keys(),   *users_,
             kit_.config(), kit_.prices(), Options(folder_.path(), recordings_, kit_.media())};
};

}  // namespace repartee::server::testing
