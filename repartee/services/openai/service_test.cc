#include "repartee/services/openai/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <mutex>

#include "repartee/conversation/llm_context.h"
#include "repartee/net/http_server.h"
#include "repartee/services/testing/observed.h"
#include "repartee/tracing/traced_task_for_test.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kKey = "sk-test-0001";

std::string Event(const std::string& data) { return "data: " + data + "\n\n"; }
std::string Delta(const std::string& delta) {
  return Event(R"({"model":"gpt-4.1-2025-04-14","choices":[{"index":0,"delta":)" + delta +
               R"(}],"usage":null})");
}
std::string Text(const std::string& text) { return Delta(Json{{"content", text}}.dump()); }
const std::string kBegin = Delta(R"({"role":"assistant","content":""})");
const std::string kUsage =
    Event(R"({"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}})");
const std::string kDone = Event("[DONE]");

struct Reply {
  int status = 200;
  HttpHeaders headers{};
  std::string body{};
  bool stays_open = false;  // the answer does not end
  bool silent = false;      // there is no answer
};

// A server that plays one reply a request, in order, and keeps what it was asked.
class Vendor {
 public:
  Vendor() {
    auto server = HttpServer::Listen({}, [this](HttpRequest request, HttpResponder responder) {
      Answer(std::move(request), std::move(responder));
    });
    server_ = *std::move(server);
  }
  ~Vendor() { server_->Stop(milliseconds(0)); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()) + "/v1/"; }
  void Add(Reply reply) {
    const std::lock_guard lock(mutex_);
    replies_.push_back(std::move(reply));
  }
  void AddAnswer(std::string body) { Add(Reply{.body = std::move(body)}); }
  std::vector<HttpRequest> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  bool first_stream_open() {
    const std::lock_guard lock(mutex_);
    return streams_.front()->open();
  }

 private:
  void Answer(HttpRequest request, HttpResponder responder) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
    Reply reply{.status = 500, .body = "nothing left to say"};
    if (!replies_.empty()) {
      reply = std::move(replies_.front());
      replies_.pop_front();
    }
    if (reply.silent) {
      unanswered_.push_back(std::move(responder));
    } else if (reply.status != 200) {
      HttpResponse response = HttpResponse::Json(reply.status, reply.body);
      for (const auto& [name, value] : reply.headers.fields()) response.headers.Add(name, value);
      responder.Send(std::move(response));
    } else {
      auto stream = responder.StartStream(200, {{"Content-Type", "text/event-stream"}});
      stream->Write(reply.body);
      if (!reply.stays_open) stream->Close();
      streams_.push_back(std::move(stream));
    }
  }

  std::mutex mutex_;  // guards all but the server
  std::deque<Reply> replies_;
  std::vector<HttpRequest> requests_;
  std::vector<std::shared_ptr<HttpStream>> streams_;
  std::vector<HttpResponder> unanswered_;
  std::unique_ptr<HttpServer> server_;
};

class OpenAIServiceTest : public ::testing::Test {
 protected:
  void Begin(const std::string& url = {}, PipelineTaskOptions task = testing::WithMetrics()) {
    options.chat.base_url = url.empty() ? vendor.url() : url;
    options.chat.api_key = kKey;
    llm = std::make_unique<OpenAILLMService>(options);
    rig = std::make_unique<testing::Rig>(std::vector<FrameProcessor*>{llm.get()}, std::move(task),
                                         EventLoop::Time::kReal);
  }
  // Asks once and waits for the answer's end.
  void Ask() {
    if (!rig) Begin();
    const std::size_t ends = Ends();
    rig->Push(Make<LLMContextFrame>(context));
    ASSERT_TRUE(Until([&] { return Ends() > ends; }));
  }
  // What happens on the server's thread does not wake the loop: it is looked at every few milliseconds.
  bool Until(const std::function<bool()>& done) {
    const Nanos limit = rig->loop().now() + seconds(20);
    while (!done() && rig->loop().now() < limit) rig->loop().RunFor(milliseconds(2));
    return done();
  }
  std::size_t Ends() const { return testing::Frames<LLMFullResponseEndFrame>(rig->downstream()).size(); }
  std::vector<std::string> Words() const {
    std::vector<std::string> words;
    for (const auto* frame : testing::Frames<LLMTextFrame>(rig->downstream())) words.push_back(frame->text);
    return words;
  }
  std::vector<const ErrorFrame*> Errors() {
    Until([this] { return !testing::Frames<ErrorFrame>(rig->upstream()).empty(); });
    return testing::Frames<ErrorFrame>(rig->upstream());
  }

  Vendor vendor;
  OpenAILLMOptions options;
  std::shared_ptr<LLMContext> context =
      std::make_shared<LLMContext>(Json::array({Json{{"role", "user"}, {"content", "Weather?"}}}));
  std::unique_ptr<OpenAILLMService> llm;
  std::unique_ptr<testing::Rig> rig;
};

TEST_F(OpenAIServiceTest, StreamsTheAnswerWithItsFigures) {
  vendor.AddAnswer(kBegin + Text("Hello!") + Text(" It is raining.") + kUsage + kDone);
  Ask();

  EXPECT_THAT(Words(), ElementsAre("Hello!", " It is raining."));
  EXPECT_THAT(testing::Measured<TTFBMetricsData>(rig->downstream()), SizeIs(1));
  EXPECT_THAT(testing::Measured<TTFATMetricsData>(rig->downstream()), SizeIs(1));
  const auto usage = testing::Measured<LLMUsageMetricsData>(rig->downstream());
  ASSERT_THAT(usage, SizeIs(1));
  EXPECT_EQ(usage[0].value.total_tokens, 7);
  EXPECT_EQ(llm->response_model(), "gpt-4.1-2025-04-14");
}

TEST_F(OpenAIServiceTest, AsksWithKeyModelAndInstruction) {
  options.settings = Json{{"system_instruction", "Be brief."}, {"temperature", 0.2}};
  vendor.AddAnswer(Text("Hi.") + kDone);
  Ask();

  const HttpRequest request = vendor.requests().at(0);
  EXPECT_EQ(request.method + " " + request.path, "POST /v1/chat/completions");
  EXPECT_EQ(request.headers.Get("authorization"), std::string("Bearer ") + kKey);
  EXPECT_EQ(
      *ParseJson(request.body),
      *ParseJson(R"({"model":"gpt-4.1","stream":true,"messages":[{"role":"system","content":"Be brief."},
              {"role":"user","content":"Weather?"}],"stream_options":{"include_usage":true},"temperature":0.2})"));
}

TEST_F(OpenAIServiceTest, AsksAgainWhenToldToWait) {
  vendor.Add(
      {.status = 429, .headers = {{"retry-after-ms", "3"}}, .body = R"({"error":{"message":"slow down"}})"});
  vendor.AddAnswer(Text("Now it works.") + kDone);
  Ask();

  EXPECT_THAT(Words(), ElementsAre("Now it works."));
  EXPECT_THAT(vendor.requests(), SizeIs(2));
  EXPECT_THAT(testing::Frames<ErrorFrame>(rig->upstream()), IsEmpty());
}

TEST_F(OpenAIServiceTest, GivesUpAfterTwoRetries) {
  for (int i = 0; i < 3; ++i) {
    vendor.Add({.status = 503, .headers = {{"retry-after-ms", "1"}}, .body = "down"});
  }
  Ask();

  EXPECT_THAT(vendor.requests(), SizeIs(3));
  ASSERT_THAT(Errors(), SizeIs(1));
  EXPECT_EQ(Errors()[0]->error, "openai: HTTP 503: down");
  EXPECT_EQ(Errors()[0]->category, ErrorCategory::kServer);
  EXPECT_TRUE(llm->usable());
  EXPECT_THAT(testing::Measured<TTFBMetricsData>(rig->downstream()), IsEmpty());
}

TEST_F(OpenAIServiceTest, DoesNotWaitLongerThanAUserWould) {
  vendor.Add({.status = 429, .headers = {{"retry-after", "3600"}}, .body = "slow down"});
  Ask();

  ASSERT_THAT(Errors(), SizeIs(1));
  EXPECT_EQ(Errors()[0]->category, ErrorCategory::kRateLimit);
}

TEST_F(OpenAIServiceTest, AWrongKeyIsPermanentAndNeverShown) {
  vendor.Add({.status = 401, .body = R"({"error":{"message":"Incorrect API key provided: sk-test-0001."}})"});
  Ask();

  ASSERT_THAT(Errors(), SizeIs(1));
  EXPECT_EQ(Errors()[0]->category, ErrorCategory::kAuthentication);
  EXPECT_THAT(Errors()[0]->error, HasSubstr("Incorrect API key provided: ***."));
  EXPECT_FALSE(llm->usable());
  EXPECT_THAT(vendor.requests(), SizeIs(1));
}

TEST_F(OpenAIServiceTest, AMissingKeyIsToldAtTheStart) {
  OpenAILLMService keyless{OpenAILLMOptions()};
  testing::Rig started({&keyless});

  EXPECT_FALSE(keyless.usable());
  const auto errors = testing::Frames<ErrorFrame>(started.upstream());
  ASSERT_THAT(errors, SizeIs(1));
  EXPECT_THAT(errors[0]->error, HasSubstr("set OPENAI_API_KEY"));
}

TEST_F(OpenAIServiceTest, SettingsThatCannotBeAreToldAtTheStart) {
  options.settings = Json{{"temperature", "hot"}};
  Begin();

  ASSERT_THAT(Errors(), SizeIs(1));
  EXPECT_EQ(Errors()[0]->error, "openai: temperature must be a number, not string");
}

TEST_F(OpenAIServiceTest, AnUnreachableServerIsAnErrorOfConnectivity) {
  options.chat.max_retries = 0;
  Begin("http://127.0.0.1:1/v1");
  Ask();

  ASSERT_THAT(Errors(), SizeIs(1));
  EXPECT_EQ(Errors()[0]->category, ErrorCategory::kConnectivity);
  EXPECT_TRUE(llm->usable());
}

TEST_F(OpenAIServiceTest, AnInterruptionClosesTheConnectionAndTheNextAnswerComes) {
  vendor.Add({.body = kBegin + Text("word0 ") + kUsage, .stays_open = true});
  vendor.AddAnswer(Text("Yes?") + kDone);
  Begin();
  rig->Push(Make<LLMContextFrame>(context));
  ASSERT_TRUE(Until([this] { return Words().size() == 1; }));
  EXPECT_TRUE(vendor.first_stream_open());

  rig->Push(Make<InterruptionFrame>());
  ASSERT_TRUE(Until([this] { return !vendor.first_stream_open(); }));
  Ask();

  EXPECT_THAT(Words(), ElementsAre("word0 ", "Yes?"));
  EXPECT_EQ(Ends(), 2u);
  EXPECT_THAT(testing::Measured<LLMUsageMetricsData>(rig->downstream()), SizeIs(1));
}

TEST_F(OpenAIServiceTest, SkipsAMalformedChunk) {
  vendor.AddAnswer(kBegin + Text("This") + Event(R"({"id":"x","choices":[{"del)") + Text(" goes on.") +
                   kDone);
  Ask();

  EXPECT_THAT(Words(), ElementsAre("This", " goes on."));
  EXPECT_THAT(testing::Frames<ErrorFrame>(rig->upstream()), IsEmpty());
}

TEST_F(OpenAIServiceTest, GivesUpOnAnAnswerThatIsMostlyMalformed) {
  std::string body = kBegin;
  for (int i = 0; i < 20; ++i) body += Event("garbage");
  vendor.AddAnswer(body + Text("too late") + kDone);
  Ask();

  EXPECT_THAT(Words(), IsEmpty());
  ASSERT_THAT(Errors(), SizeIs(1));
  EXPECT_EQ(Errors()[0]->category, ErrorCategory::kServer);
}

TEST_F(OpenAIServiceTest, AnErrorInTheStreamEndsIt) {
  vendor.Add({.body = kBegin + Text("This") + Event(R"({"error":{"message":"overloaded"}})") + Text(" not"),
              .stays_open = true});
  Ask();

  EXPECT_THAT(Words(), ElementsAre("This"));
  ASSERT_THAT(Errors(), SizeIs(1));
  EXPECT_EQ(Errors()[0]->error, "openai: overloaded");
  EXPECT_THAT(vendor.requests(), SizeIs(1));
}

TEST_F(OpenAIServiceTest, AnAnswerWithoutItsMarkIsComplete) {
  vendor.AddAnswer(kBegin + Text("This stream ends."));
  Ask();

  EXPECT_THAT(Words(), ElementsAre("This stream ends."));
  EXPECT_THAT(testing::Frames<ErrorFrame>(rig->upstream()), IsEmpty());
}

TEST_F(OpenAIServiceTest, MarksTheSpanOfAnAnswerWithoutItsMark) {
  std::vector<otel::SpanPtr> spans;
  const auto provider = std::make_shared<otel::TracerProvider>(otel::TracerProviderOptions{});
  provider->AddProcessor(std::make_unique<testing::SpanLog>(spans, false));
  TraceTasksWith(provider, {});
  vendor.AddAnswer(kBegin + Text("All.") + kDone);
  vendor.AddAnswer(kBegin + Text("A part"));
  Begin({}, testing::TracedTask::Options());
  Ask();
  Ask();
  rig.reset();
  TraceTasksWith(nullptr, {});

  std::vector<std::string> marks;
  for (const otel::SpanPtr& span : spans) {
    if (span->name.starts_with("llm_")) marks.push_back(testing::Shown(span.get(), "llm.unmarked_end"));
  }
  EXPECT_THAT(marks, ElementsAre("-", "true"));
}

TEST_F(OpenAIServiceTest, AsksOnceMoreWhenNoAnswerBegins) {
  options.chat.first_chunk_timeout = milliseconds(50);
  vendor.Add({.silent = true});
  vendor.AddAnswer(Text("Late.") + kDone);
  Ask();

  EXPECT_THAT(Words(), ElementsAre("Late."));
  EXPECT_THAT(vendor.requests(), SizeIs(2));
}

TEST_F(OpenAIServiceTest, TwoSilentRequestsAreAnError) {
  options.chat.first_chunk_timeout = milliseconds(50);
  vendor.Add({.silent = true});
  vendor.Add({.silent = true});
  Begin();
  int timeouts = 0;
  llm->on_completion_timeout.Connect([&] { ++timeouts; });
  Ask();

  EXPECT_EQ(timeouts, 1);
  EXPECT_THAT(vendor.requests(), SizeIs(2));
  ASSERT_THAT(Errors(), SizeIs(1));
  EXPECT_EQ(Errors()[0]->error, "openai: no answer for 0.1 s");
}

TEST_F(OpenAIServiceTest, AStalledAnswerIsCutAndNotAskedForAgain) {
  options.chat.stall_timeout = milliseconds(50);
  vendor.Add({.body = kBegin + Text("This"), .stays_open = true});
  Ask();

  EXPECT_THAT(Words(), ElementsAre("This"));
  EXPECT_THAT(vendor.requests(), SizeIs(1));
  ASSERT_THAT(Errors(), SizeIs(1));
  EXPECT_EQ(Errors()[0]->category, ErrorCategory::kConnectivity);
}

Task<Status> Weather(FunctionCallParams params) {
  params.result_callback(Json{{"sky", "rain over " + params.arguments.at("place").get<std::string>()}});
  co_return OkStatus();
}

TEST_F(OpenAIServiceTest, RunsTheFunctionsTheModelCalls) {
  vendor.AddAnswer(
      kBegin +
      Delta(
          R"({"tool_calls":[{"index":0,"id":"call_A1","function":{"name":"get_weather","arguments":""}}]})") +
      Delta(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"place\":"}}]})") +
      Delta(R"({"tool_calls":[{"index":0,"function":{"arguments":"\"Oslo\"}"}}]})") +
      Delta(
          R"({"tool_calls":[{"index":1,"id":"call_B2","function":{"name":"get_weather","arguments":"{\"pl"}}]})") +
      kDone);
  ASSERT_TRUE(context->SetTools(*ParseJson(R"([{"name":"get_weather"}])")).ok());
  Begin();
  llm->RegisterFunction("get_weather", Weather);
  Ask();
  const auto results = [this] { return testing::Frames<FunctionCallResultFrame>(rig->downstream()); };
  ASSERT_TRUE(Until([&] { return results().size() == 2; }));

  EXPECT_EQ(results()[0]->result, (Json{{"sky", "rain over Oslo"}}));
  EXPECT_EQ(results()[1]->tool_call_id, "call_B2");
  EXPECT_THAT(results()[1]->result.get<std::string>(), HasSubstr("no valid JSON"));
  EXPECT_THAT(vendor.requests().at(0).body,
              HasSubstr(R"("tools":[{"type":"function","function":{"name":"get_weather")"));
  EXPECT_THAT(testing::Frames<ErrorFrame>(rig->upstream()), IsEmpty());
}

TEST_F(OpenAIServiceTest, CanBeStoppedInTheMiddleOfAnAnswer) {
  vendor.Add({.body = kBegin + Text("This"), .stays_open = true});
  Begin();
  rig->Push(Make<LLMContextFrame>(context));
  ASSERT_TRUE(Until([this] { return Words().size() == 1; }));
}

TEST_F(OpenAIServiceTest, SpeaksToAzureInItsOlderFormWithFurtherHeaders) {
  options.settings = {{"model", "my deployment"}};
  options.chat.azure_api_version = "2024-10-21";
  options.chat.default_headers = {{"X-Team", "voice"}, {"Content-Type", "text/plain"}};
  vendor.AddAnswer(kBegin + Text("Hi.") + kDone);
  Ask();

  const HttpRequest request = vendor.requests()[0];
  EXPECT_EQ(request.target, "/v1/openai/deployments/my%20deployment/chat/completions?api-version=2024-10-21");
  EXPECT_EQ(request.headers.Get("api-key"), kKey);
  EXPECT_FALSE(request.headers.Has("Authorization"));
  EXPECT_EQ(request.headers.Get("X-Team"), "voice");
  EXPECT_EQ(request.headers.Get("Content-Type"), "application/json");
  EXPECT_THAT(Words(), ElementsAre("Hi."));
}

}  // namespace
}  // namespace repartee
