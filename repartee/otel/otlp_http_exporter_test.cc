#include "repartee/otel/otlp_http_exporter.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <zlib.h>

#include <mutex>

#include "repartee/base/json.h"
#include "repartee/net/hanging_name_for_test.h"
#include "repartee/otel/batch_span_processor.h"
#include "repartee/otel/collector_for_test.h"
#include "repartee/otel/folder_for_test.h"
#include "repartee/otel/span_for_test.h"
#include "repartee/otel/tracer.h"

namespace repartee::otel {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<SpanPtr> OneSpan(std::string name = "s0") { return {SpanForTest(std::move(name))}; }

// Everything on one loop in virtual time; only the sockets are real.
class OtlpExporterTest : public ::testing::Test {
 protected:
  void Make(std::map<std::string, std::string> variables) {
    for (auto& [name, value] : variables) {
      if (const auto at = value.find("{P}"); at != std::string::npos)
        value.replace(at, 3, collector_.base().substr(17));
    }
    exporter_ = OtlpHttpExporter::FromEnvironment(Environment::Of(std::move(variables)));
    ASSERT_NE(exporter_, nullptr);
    exporter_->Start(loop_, [](const ExportCounters&) {});
  }
  void Make() { Make({{"OTEL_EXPORTER_OTLP_ENDPOINT", collector_.base()}}); }

  // Exports one span to the end; how long that took in virtual time.
  Nanos Export(std::vector<SpanPtr> spans = OneSpan()) {
    ExportedForTest exported = ExportForTest(loop_, *exporter_, std::move(spans));
    EXPECT_TRUE(exported.done);
    result_ = std::move(exported.result);
    return exported.took;
  }

  Collector collector_;
  EventLoop loop_{EventLoop::Time::kVirtual};
  std::unique_ptr<SpanExporter> exporter_;
  ExportResult result_;
};

TEST_F(OtlpExporterTest, PostsProtobufWhereAndAsTheTracingPageSays) {
  Make({{"OTEL_EXPORTER_OTLP_ENDPOINT", collector_.base() + "/api/public/otel"},
        {"OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Basic%20cGs6c2s="}});

  Export();

  EXPECT_TRUE(result_.status.ok()) << result_.status;
  ASSERT_THAT(collector_.requests(), SizeIs(1));
  const HttpRequest request = collector_.requests()[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/api/public/otel/v1/traces");
  EXPECT_EQ(request.headers.Get("content-type"), "application/x-protobuf");
  EXPECT_EQ(request.headers.Get("authorization"), "Basic cGs6c2s=");
  EXPECT_THAT(std::string(request.headers.Get("user-agent")), HasSubstr("repartee-otlp/"));
  EXPECT_FALSE(request.headers.Has("content-encoding"));
  EXPECT_EQ(Parse(request.body).resource_spans(0).scope_spans(0).spans(0).name(), "s0");
}

TEST_F(OtlpExporterTest, CompressesWhenAsked) {
  Make({{"OTEL_EXPORTER_OTLP_ENDPOINT", collector_.base()}, {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"}});

  Export();

  const HttpRequest request = collector_.requests()[0];
  EXPECT_EQ(request.headers.Get("content-encoding"), "gzip");
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string body(100'000, '\0');
  std::string packed = request.body;
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(body.data());
  stream.avail_out = static_cast<uInt>(body.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  body.resize(stream.total_out);
  inflateEnd(&stream);
  EXPECT_EQ(Parse(body).resource_spans_size(), 1);
}

TEST_F(OtlpExporterTest, TriesAgainAfterABackoffWithTheSameBytes) {
  Make();
  collector_.Answer(503);
  collector_.Answer(502);

  const Nanos took = Export();

  EXPECT_TRUE(result_.status.ok()) << result_.status;
  EXPECT_EQ(result_.retries, 2);
  ASSERT_THAT(collector_.requests(), SizeIs(3));
  EXPECT_EQ(collector_.requests()[0].body, collector_.requests()[2].body);
  EXPECT_NEAR(ToSeconds(took), 3.0, 0.61);
}

TEST_F(OtlpExporterTest, WaitsAsLongAsTheServerAsks) {
  Make();
  collector_.Answer(503, {{"Retry-After", "2"}});

  EXPECT_NEAR(ToSeconds(Export()), 2.0, 0.01);
  EXPECT_TRUE(result_.status.ok());
}

TEST_F(OtlpExporterTest, GivesUpAtOnceWhenTheServerAsksForMoreTimeThanThereIs) {
  Make();
  collector_.Answer(503, {{"Retry-After", "60"}});

  EXPECT_LT(Export(), seconds(1));
  EXPECT_EQ(result_.status.code(), StatusCode::kUnavailable);
  EXPECT_THAT(collector_.requests(), SizeIs(1));
}

TEST_F(OtlpExporterTest, GivesUpAfterFourTriesInTenSeconds) {
  Make();
  for (int i = 0; i < 10; ++i) collector_.Answer(503);

  const Nanos took = Export();

  EXPECT_THAT(collector_.requests(), SizeIs(4));
  EXPECT_NEAR(ToSeconds(took), 7.0, 1.41);
  EXPECT_THAT(result_.status.message(), HasSubstr("given up after 4 tries"));
}

TEST_F(OtlpExporterTest, DoesNotHammerAServerThatAsksForNoWait) {
  Make();
  for (int i = 0; i < 10; ++i) collector_.Answer(429, {{"Retry-After", "0"}});

  const Nanos took = Export();

  EXPECT_THAT(collector_.requests(), SizeIs(6));
  EXPECT_NEAR(ToSeconds(took), 0.5, 0.01);
}

TEST_F(OtlpExporterTest, SaysWhatARefusalMeans) {
  Make({{"OTEL_EXPORTER_OTLP_ENDPOINT", collector_.base() + "?key=secret"},
        {"OTEL_EXPORTER_OTLP_HEADERS", "authorization=secret"}});
  collector_.Answer(401, {{"content-type", "application/json"}}, "{\"message\":\"no such\x01key\"}");

  Export();

  const std::string message = result_.status.message();
  EXPECT_THAT(message, HasSubstr(collector_.base() +
                                 "/v1/traces answered 401 Unauthorized: {\"message\":\"no such key\"}"));
  EXPECT_THAT(message, HasSubstr("OTEL_EXPORTER_OTLP_HEADERS"));
  EXPECT_THAT(message, Not(HasSubstr("secret")));
}

TEST_F(OtlpExporterTest, ReadsTheStatusMessageOfARefusal) {
  Make();
  collector_.Answer(400, {{"content-type", "application/x-protobuf"}},
                    "\x12\x07"
                    "bad tag");

  Export();

  EXPECT_THAT(result_.status.message(), HasSubstr("400 Bad Request: bad tag"));
}

TEST_F(OtlpExporterTest, CountsWhatWasRejectedAndDoesNotSendItAgain) {
  Make();
  collector::ExportTraceServiceResponse response;
  response.mutable_partial_success()->set_rejected_spans(1);
  response.mutable_partial_success()->set_error_message("too old");
  collector_.Answer(200, {{"content-type", "application/x-protobuf"}}, response.SerializeAsString());

  Export();

  EXPECT_TRUE(result_.status.ok());
  EXPECT_EQ(result_.rejected, 1);
  EXPECT_THAT(collector_.requests(), SizeIs(1));
}

TEST_F(OtlpExporterTest, TriesAConnectionThatIsRefusedAgain) {
  Make({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"}, {"OTEL_EXPORTER_OTLP_TIMEOUT", "2300"}});

  const Nanos took = Export();

  EXPECT_EQ(result_.status.code(), StatusCode::kUnavailable);
  EXPECT_EQ(result_.retries, 1);
  EXPECT_NEAR(ToSeconds(took), 1.0, 0.21);
  EXPECT_THAT(result_.status.message(), HasSubstr("127.0.0.1:9"));
}

TEST_F(OtlpExporterTest, SendsNoRequestOver64MiB) {
  Make();
  auto span = std::make_shared<SpanData>(*OneSpan()[0]);
  span->attributes.push_back({"huge", std::string(65 << 20, 'x')});

  Export({span});

  EXPECT_EQ(result_.status.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(collector_.requests(), IsEmpty());
}

TEST_F(OtlpExporterTest, HalvesABatchThatIsTooLargeForTheServer) {
  Make();
  collector_.Answer(413);
  collector_.Answer(413);

  Export(SpansForTest(4));

  EXPECT_TRUE(result_.status.ok()) << result_.status;
  const auto requests = collector_.requests();
  ASSERT_THAT(requests, SizeIs(5));  // 4, 2, 1, 1, 2
  std::vector<std::string> names;
  for (std::size_t i = 2; i < requests.size(); ++i) {
    const auto request = Parse(requests[i].body);
    for (const auto& span : request.resource_spans(0).scope_spans(0).spans()) names.push_back(span.name());
  }
  EXPECT_THAT(names, ElementsAre("s0", "s1", "s2", "s3"));
}

TEST_F(OtlpExporterTest, LosesOnlyTheSpanThatIsTooLargeByItself) {
  Make();
  std::vector<SpanPtr> spans = SpansForTest(2);
  auto huge = std::make_shared<SpanData>(*spans[0]);
  huge->attributes.push_back({"huge", std::string(65 << 20, 'x')});
  spans[0] = huge;

  Export(std::move(spans));

  EXPECT_EQ(result_.status.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(result_.failed, 1);
  EXPECT_THAT(collector_.requests(), SizeIs(1));
}

TEST_F(OtlpExporterTest, TakesProvisionalSpansWhereTheServerReplacesThem) {
  Make();
  EXPECT_FALSE(exporter_->AcceptsProvisional());
  Make({{"OTEL_EXPORTER_OTLP_ENDPOINT", collector_.base() + "/api/public/otel"}});
  EXPECT_TRUE(exporter_->AcceptsProvisional());
  Make({{"OTEL_EXPORTER_OTLP_ENDPOINT", collector_.base()}, {"REPARTEE_PROVISIONAL_SPANS", "on"}});
  EXPECT_TRUE(exporter_->AcceptsProvisional());
  Make({{"OTEL_EXPORTER_OTLP_ENDPOINT", collector_.base() + "/api/public/otel"},
        {"REPARTEE_PROVISIONAL_SPANS", "off"}});
  EXPECT_FALSE(exporter_->AcceptsProvisional());
}

TEST_F(OtlpExporterTest, MayEndWhileACallIsUnderWay) {
  Make();
  bool called = false;
  exporter_->Export(OneSpan(), seconds(30), [&](ExportResult) { called = true; });
  exporter_.reset();

  loop_.RunFor(seconds(1));

  EXPECT_FALSE(called);
}

TEST(OtlpHttpExporter, IsNotMadeForABadEndpoint) {
  EXPECT_EQ(OtlpHttpExporter::FromEnvironment(Environment::Of(
                {{"OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"}, {"OTEL_TRACES_EXPORTER", "otlp"}})),
            nullptr);
  EXPECT_EQ(OtlpHttpExporter::Create({.url = "nowhere"}).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(OtlpExporterTest, SendsJsonWhenAskedAndReadsTheAnswer) {
  Make({{"OTEL_EXPORTER_OTLP_ENDPOINT", collector_.base()}, {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"}});
  collector_.Answer(200, {{"Content-Type", "application/json"}},
                    R"({"partialSuccess":{"rejectedSpans":"1"}})");

  Export();

  ASSERT_THAT(collector_.requests(), SizeIs(1));
  EXPECT_EQ(collector_.requests()[0].headers.Get("content-type"), "application/json");
  const Result<Json> body = ParseJson(collector_.requests()[0].body);
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ((*body)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["name"], "s0");
  EXPECT_EQ(result_.rejected, 1);
}

TEST_F(OtlpExporterTest, TakesARedirectForAFailure) {
  Make();
  collector_.Answer(301, {{"Location", "/moved"}});

  Export();

  EXPECT_THAT(result_.status.message(), HasSubstr("redirects are not followed"));
}

TEST_F(OtlpExporterTest, WorksBehindTheBatchProcessor) {
  Make();
  exporter_.reset();
  BatchSpanProcessor processor(OtlpHttpExporter::FromEnvironment(
                                   Environment::Of({{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", collector_.base()},
                                                    {"OTEL_EXPORTER_OTLP_COMPRESSION", "none"}})),
                               {}, loop_);
  collector_.Answer(503);
  for (int i = 0; i < 600; ++i) processor.OnEnd(OneSpan("s" + std::to_string(i))[0]);

  EXPECT_TRUE(processor.Shutdown(seconds(30)));

  ASSERT_THAT(collector_.requests(), SizeIs(3));
  EXPECT_EQ(Parse(collector_.requests()[1].body).resource_spans(0).scope_spans(0).spans_size(), 512);
  EXPECT_EQ(Parse(collector_.requests()[2].body).resource_spans(0).scope_spans(0).spans_size(), 88);
  EXPECT_EQ(processor.counters().sent, 600);
  EXPECT_EQ(processor.counters().retries, 1);
}

TEST(OtlpHttpExporterOnAThread, SendsWhatIsLeftAtShutdown) {
  Collector collector;
  TracerProvider provider(TracerProviderOptions{});
  provider.AddBatchExporter(
      OtlpHttpExporter::FromEnvironment(Environment::Of({{"OTEL_EXPORTER_OTLP_ENDPOINT", collector.base()}})),
      {});
  for (int i = 0; i < 600; ++i) provider.GetTracer("pipecat").StartSpan("s").End();

  EXPECT_TRUE(provider.Shutdown(seconds(10)));

  EXPECT_EQ(provider.counters().sent, 600);
  EXPECT_THAT(collector.requests(), SizeIs(2));
}

TEST(OtlpHttpExporterOnAThread, DoesNotHoldUpShutdownWhenTheServerIsDead) {
  TracerProvider provider(TracerProviderOptions{});
  provider.AddBatchExporter(OtlpHttpExporter::FromEnvironment(
                                Environment::Of({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"}})),
                            {});
  provider.GetTracer("pipecat").StartSpan("s").End();

  EXPECT_FALSE(provider.Shutdown(std::chrono::milliseconds(20)));

  EXPECT_EQ(provider.counters().dropped, 1);
}

TEST(OtlpHttpExporterOnAThread, CountsAndSaysThatANameWasNotFoundInTime) {
  const HangingName hangs;
  TracerProvider provider(TracerProviderOptions{});
  provider.AddBatchExporter(OtlpHttpExporter::FromEnvironment(
                                Environment::Of({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://hangs.test:4318"},
                                                 {"OTEL_EXPORTER_OTLP_TIMEOUT", "150"}})),
                            {});
  testing::internal::CaptureStderr();
  provider.GetTracer("pipecat").StartSpan("s").End();
  EXPECT_TRUE(provider.Shutdown(seconds(10)));
  const std::string log = testing::internal::GetCapturedStderr();

  EXPECT_EQ(provider.counters().failed, 1);
  EXPECT_THAT(log, HasSubstr("hangs.test:4318: the name was not found within"));
}

TEST(OtlpHttpExporterOnAThread, KeepsTheSpansOfANameThatWasNotFoundInTime) {
  const HangingName hangs;
  const FolderForTest folder;
  TracerProvider provider(TracerProviderOptions{});
  provider.AddBatchExporter(OtlpHttpExporter::FromEnvironment(
                                Environment::Of({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://hangs.test:4318"},
                                                 {"OTEL_EXPORTER_OTLP_TIMEOUT", "150"},
                                                 {"REPARTEE_SPOOL_DIRECTORY", folder.Path("spool")}})),
                            {});
  testing::internal::CaptureStderr();
  provider.GetTracer("pipecat").StartSpan("s").End();
  EXPECT_TRUE(provider.Shutdown(seconds(10)));
  const std::string log = testing::internal::GetCapturedStderr();

  EXPECT_EQ(provider.counters().spooled, 1);
  EXPECT_EQ(provider.counters().failed, 0);
  EXPECT_THAT(log, HasSubstr("hangs.test:4318: the name was not found within"));
  EXPECT_THAT(FolderForTest::Files(folder.Path("spool"), ".spans"), SizeIs(1));
}

// How often this thread had to wait for something while it ended `count` spans.
long WaitsWhileEnding(TracerProvider& provider, int count) {
  const Tracer tracer = provider.GetTracer("pipecat");
  rusage before{};
  getrusage(RUSAGE_THREAD, &before);
  for (int i = 0; i < count; ++i) tracer.StartSpan("s").End();
  rusage after{};
  getrusage(RUSAGE_THREAD, &after);
  return after.ru_nvcsw - before.ru_nvcsw;
}

// A backend costs a conversation's thread nothing but the queue: no wait per span, whatever it does.
TEST(OtlpHttpExporterOnAThread, ADeadSlowOrLyingBackendHoldsUpNobody) {
  std::vector<HttpResponder> unanswered;
  std::mutex mutex;
  const auto silent = HttpServer::Listen({}, [&](HttpRequest, HttpResponder responder) {
    const std::lock_guard lock(mutex);
    unanswered.push_back(std::move(responder));
  });
  const auto lying = HttpServer::Listen({}, [](HttpRequest, HttpResponder responder) {
    HttpResponse answer;
    answer.headers.Add("content-type", "application/x-protobuf");
    answer.body = std::string(1000, '\xff');
    responder.Send(std::move(answer));
  });
  ASSERT_TRUE(silent.ok() && lying.ok());
  const HangingName hangs;
  const auto here = [](int port) { return "http://127.0.0.1:" + std::to_string(port); };
  const std::string nameless = std::string("http://") + HangingName::kName + ":4318";
  for (const std::string& endpoint : {here(9), here((*silent)->port()), here((*lying)->port()), nameless}) {
    const auto begun = std::chrono::steady_clock::now();
    {
      TracerProvider provider(TracerProviderOptions{});
      provider.AddBatchExporter(
          OtlpHttpExporter::FromEnvironment(Environment::Of({{"OTEL_EXPORTER_OTLP_ENDPOINT", endpoint}})),
          {});

      EXPECT_LT(WaitsWhileEnding(provider, 20'000), 1000) << endpoint;

      provider.Shutdown(std::chrono::milliseconds(1));
      const ExportCounters counters = provider.counters();
      EXPECT_EQ(counters.sent + counters.dropped + counters.failed, 20'000) << endpoint;
    }
    // Nor does the end of the program wait for it.
    EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(10)) << endpoint;
  }
  const std::lock_guard lock(mutex);
  unanswered.clear();
}

}  // namespace
}  // namespace repartee::otel
