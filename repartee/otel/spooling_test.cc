// What becomes of spans when the backend does not take them and there is a spool. Without one:
// faults_test.cc.
#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "repartee/net/test_peers.h"
#include "repartee/otel/batch_span_processor.h"
#include "repartee/otel/collector_for_test.h"
#include "repartee/otel/export_thread.h"
#include "repartee/otel/folder_for_test.h"
#include "repartee/otel/otlp_http_exporter.h"
#include "repartee/otel/span_for_test.h"

namespace repartee::otel {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using ::testing::UnorderedElementsAreArray;

// A port where nobody listens, as long as nobody does.
int FreePort() { return Collector().port(); }

std::unique_ptr<SpanExporter> Exporter(const std::string& endpoint, const std::string& spool,
                                       std::map<std::string, std::string> more = {}) {
  more["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint;
  if (!spool.empty()) more["REPARTEE_SPOOL_DIRECTORY"] = spool;
  return OtlpHttpExporter::FromEnvironment(Environment::Of(std::move(more)));
}

std::string Endpoint(int port) { return "http://127.0.0.1:" + std::to_string(port); }

// Virtual time; sockets and disk are real.
class SpoolingTest : public ::testing::Test {
 protected:
  void Make(const std::string& endpoint, const std::string& spool,
            std::map<std::string, std::string> more = {}) {
    processor_ =
        std::make_unique<BatchSpanProcessor>(Exporter(endpoint, spool, std::move(more)),
                                             BatchOptions{.schedule_delay = milliseconds(1000)}, loop_);
  }
  void EndSpan(const std::string& name) { processor_->OnEnd(SpanForTest(name)); }
  std::vector<std::string> Spooled(const std::string& end = ".spans") {
    return FolderForTest::Files(spool_, end);
  }

  FolderForTest folder_;
  const std::string spool_ = folder_.Path("spool");
  EventLoop loop_{EventLoop::Time::kVirtual};
  std::unique_ptr<BatchSpanProcessor> processor_;
};

TEST_F(SpoolingTest, ABackendThatIsDownForAMinuteGetsEverythingAfterwards) {
  const int port = FreePort();
  Make(Endpoint(port), spool_);
  testing::internal::CaptureStderr();
  std::vector<std::string> names;
  for (int i = 0; i < 60; ++i) {
    names.push_back("s" + std::to_string(i));
    EndSpan(names.back());
    loop_.RunFor(seconds(1));
  }
  Collector collector(port);
  loop_.RunFor(seconds(70));
  const std::string log = testing::internal::GetCapturedStderr();

  EXPECT_EQ(NamesAt(collector), names);
  const ExportCounters counters = processor_->counters();
  EXPECT_EQ(counters.spooled, 60);
  EXPECT_EQ(counters.recovered, 60);
  EXPECT_EQ(counters.failed + counters.dropped + counters.sent, 0);
  EXPECT_GT(counters.retries, 3);
  EXPECT_THAT(Spooled(""), IsEmpty());
  EXPECT_THAT(log, AllOf(HasSubstr("spans are kept in " + spool_), HasSubstr("60 that were kept in")));
}

TEST_F(SpoolingTest, WhatCouldNotBeSentSurvivesARestart) {
  const int port = FreePort();
  Make(Endpoint(port), spool_);
  EndSpan("before");
  EXPECT_FALSE(processor_->Shutdown(seconds(2)));  // while it is still tried
  EXPECT_EQ(processor_->counters().spooled, 1);
  EXPECT_EQ(processor_->counters().dropped, 0);

  Collector collector(port);
  Make(Endpoint(port), spool_);
  EndSpan("after");
  loop_.RunFor(seconds(5));

  EXPECT_THAT(NamesAt(collector), ElementsAre("after", "before"));
  EXPECT_EQ(processor_->counters().recovered, 1);
  EXPECT_EQ(processor_->counters().sent, 1);
  EXPECT_THAT(Spooled(""), IsEmpty());
}

TEST_F(SpoolingTest, WhatWasStillQueuedAtTheEndSurvivesToo) {
  const int port = FreePort();
  Make(Endpoint(port), spool_);
  EndSpan("s");

  processor_.reset();  // without waiting

  EXPECT_THAT(Spooled(), SizeIs(1));
}

TEST_F(SpoolingTest, AStormOf503LosesNothing) {
  Collector collector;
  Make(collector.base(), spool_);
  for (int i = 0; i < 12; ++i) collector.Answer(503);
  testing::internal::CaptureStderr();
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) {
    names.push_back("s" + std::to_string(i));
    EndSpan(names.back());
    loop_.RunFor(seconds(1));
  }
  loop_.RunFor(seconds(400));
  const std::string log = testing::internal::GetCapturedStderr();

  EXPECT_THAT(log, AllOf(HasSubstr("answered 503"), HasSubstr("spans are kept in " + spool_),
                         HasSubstr("takes spans again")));
  const ExportCounters counters = processor_->counters();
  EXPECT_EQ(counters.sent + counters.recovered, 40);
  EXPECT_EQ(counters.failed + counters.dropped, 0);
  // Refused requests show too; each span came through at last.
  std::vector<std::string> all = NamesAt(collector);
  for (const std::string& name : names) EXPECT_THAT(all, testing::Contains(name));
}

TEST_F(SpoolingTest, ARefusalThatSomebodyCanMendIsKept) {
  const std::map<int, const char*> cases = {
      {401, "check the credentials"}, {404, "check the path"}, {301, "redirects are not followed"}};
  for (const auto& [status, advice] : cases) {
    Collector collector;
    Make(collector.base(), spool_);
    collector.Answer(status, {{"Location", "/elsewhere"}});
    testing::internal::CaptureStderr();
    EndSpan("s");
    loop_.RunFor(seconds(70));
    const std::string log = testing::internal::GetCapturedStderr();

    EXPECT_EQ(processor_->counters().recovered, 1) << status;
    EXPECT_THAT(log, HasSubstr(advice));
  }
}

TEST_F(SpoolingTest, ARefusalThatNothingMendsIsNotTriedForEver) {
  Collector collector;
  Make(collector.base(), spool_);
  collector.Answer(400);
  EndSpan("s");
  loop_.RunFor(seconds(70));

  EXPECT_THAT(collector.requests(), SizeIs(1));
  EXPECT_EQ(processor_->counters().failed, 1);
  EXPECT_THAT(Spooled(""), IsEmpty());
}

// The limit may come only after the outage: a smaller proxy, say, stands in front of the backend then.
TEST_F(SpoolingTest, ASpooledBatchThatIsTooLargeGoesInHalves) {
  const int port = FreePort();
  Make(Endpoint(port), spool_);
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) {
    names.push_back("s" + std::to_string(i));
    EndSpan(names.back());
  }
  loop_.RunFor(seconds(12));
  ASSERT_THAT(Spooled(), SizeIs(1));
  Collector collector(port);
  collector.Answer(413);  // five
  collector.Answer(413);  // two of them
  loop_.RunFor(seconds(70));

  // What was refused shows in the collector too: the last five are those that it took.
  const std::vector<std::string> all = NamesAt(collector);
  ASSERT_EQ(all.size(), 5U + 2U + 5U);
  EXPECT_THAT(std::vector<std::string>(all.end() - 5, all.end()), UnorderedElementsAreArray(names));
  EXPECT_EQ(processor_->counters().recovered, 5);
  EXPECT_EQ(processor_->counters().failed, 0);
  EXPECT_THAT(Spooled(""), IsEmpty());
}

TEST_F(SpoolingTest, ASpooledSpanThatIsTooLargeByItselfIsLostAndCounted) {
  const int port = FreePort();
  Make(Endpoint(port), spool_);
  EndSpan("s");
  loop_.RunFor(seconds(12));
  Collector collector(port);
  collector.Answer(413);
  testing::internal::CaptureStderr();
  loop_.RunFor(seconds(70));
  const std::string log = testing::internal::GetCapturedStderr();

  EXPECT_EQ(processor_->counters().failed, 1);
  EXPECT_THAT(Spooled(""), IsEmpty());
  EXPECT_THAT(log, AllOf(HasSubstr("1 spans of the spool are lost"), HasSubstr("413")));
}

TEST_F(SpoolingTest, ATruncatedAnswerIsTriedAgain) {
  ScriptedServer server(2, [](RawSocket& socket, int connection) {
    socket.ReadMessage();
    socket.Send(connection == 0 ? "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
                                : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  Make(server.Url(""), spool_);
  EndSpan("s");
  loop_.RunFor(seconds(5));

  EXPECT_EQ(processor_->counters().sent, 1);
  EXPECT_EQ(processor_->counters().retries, 1);
}

TEST_F(SpoolingTest, AFailedTlsHandshakeIsNamedAndItsSpansKept) {
  ScriptedServer server(50, [](RawSocket& socket, int) { socket.Send("this is no TLS at all\r\n\r\n"); });
  Make("https://127.0.0.1:" + std::to_string(server.port()), spool_);
  testing::internal::CaptureStderr();
  EndSpan("s");
  loop_.RunFor(seconds(12));
  const std::string log = testing::internal::GetCapturedStderr();

  EXPECT_EQ(processor_->counters().spooled, 1);
  EXPECT_THAT(log, AllOf(HasSubstr("TLS"), HasSubstr("https://127.0.0.1")));
}

TEST_F(SpoolingTest, AFullSpoolIsSaidAndCounted) {
  Make(Endpoint(FreePort()), spool_, {{"REPARTEE_SPOOL_MAX_BYTES", "600"}});
  testing::internal::CaptureStderr();
  for (int i = 0; i < 8; ++i) {
    EndSpan("s");
    loop_.RunFor(seconds(10));
  }
  const std::string log = testing::internal::GetCapturedStderr();

  const ExportCounters counters = processor_->counters();
  EXPECT_EQ(counters.spooled + counters.failed, 8);
  EXPECT_GT(counters.failed, 0);
  EXPECT_GT(counters.spooled, 0);
  EXPECT_THAT(log, HasSubstr("is full"));
}

TEST_F(SpoolingTest, ADamagedFileIsSetAsideAndTheRestIsSent) {
  const int port = FreePort();
  Make(Endpoint(port), spool_);
  for (const char* name : {"first", "second"}) {
    EndSpan(name);
    loop_.RunFor(seconds(12));
  }
  processor_.reset();
  ASSERT_THAT(Spooled(), SizeIs(2));
  std::filesystem::resize_file(spool_ + "/" + Spooled()[0], 10);
  Collector collector(port);
  Make(Endpoint(port), spool_);
  EndSpan("third");
  loop_.RunFor(seconds(5));

  EXPECT_THAT(NamesAt(collector), UnorderedElementsAre("second", "third"));
  EXPECT_THAT(Spooled(".corrupt"), SizeIs(1));
}

TEST_F(SpoolingTest, ASpoolThatCannotBeUsedIsSaidAndTracingGoesOn) {
  Collector collector;
  testing::internal::CaptureStderr();
  Make(collector.base(), "/proc/no-such-place");
  const std::string log = testing::internal::GetCapturedStderr();
  EndSpan("s");
  loop_.RunFor(seconds(2));

  EXPECT_EQ(processor_->counters().sent, 1);
  EXPECT_THAT(log, HasSubstr("/proc/no-such-place"));
}

// Takes requests and never answers, as a connection does whose other end has vanished.
class SilentServer {
 public:
  SilentServer() {
    auto server = HttpServer::Listen({}, [this](HttpRequest, HttpResponder responder) {
      const std::lock_guard lock(mutex_);
      unanswered_.push_back(std::move(responder));
    });
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  ~SilentServer() {
    {
      const std::lock_guard lock(mutex_);
      unanswered_.clear();
    }
    server_->Stop(milliseconds(0));
  }
  int port() const { return server_->port(); }

 private:
  std::mutex mutex_;
  std::vector<HttpResponder> unanswered_;  // guarded by mutex_
  std::unique_ptr<HttpServer> server_;
};

TEST(SpoolingOnAThread, AHalfOpenConnectionCostsOneTimeoutAndNoSpan) {
  FolderForTest folder;
  SilentServer silent;
  ExportThread thread;
  BatchSpanProcessor processor(
      Exporter(Endpoint(silent.port()), folder.Path("spool"), {{"OTEL_EXPORTER_OTLP_TIMEOUT", "150"}}), {},
      thread.loop());
  testing::internal::CaptureStderr();
  processor.OnEnd(SpanForTest("s"));

  EXPECT_TRUE(processor.ForceFlush(seconds(10)));

  EXPECT_EQ(processor.counters().spooled, 1);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              AllOf(HasSubstr("no whole answer within"), HasSubstr("spans are kept in")));
  EXPECT_TRUE(processor.Shutdown(seconds(10)));
  EXPECT_THAT(FolderForTest::Files(folder.Path("spool"), ".spans"), SizeIs(1));
}

// A firewall that forgets a connection tells neither side.
TEST(SpoolingOnAThread, AKeptConnectionThatHasDiedInSilenceLosesNoSpan) {
  std::promise<std::string> second;
  ScriptedServer server(2, [&second](RawSocket& socket, int connection) {
    socket.ReadMessage();
    socket.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    if (connection == 1) return second.set_value("");
    socket.ReadMessage();
    socket.ReadAll();  // no answer any more, until the other side gives up
  });
  FolderForTest folder;
  ExportThread thread;
  BatchSpanProcessor processor(
      Exporter(server.Url(""), folder.Path("spool"), {{"OTEL_EXPORTER_OTLP_TIMEOUT", "150"}}), {},
      thread.loop());
  processor.OnEnd(SpanForTest("first"));
  EXPECT_TRUE(processor.ForceFlush(seconds(10)));
  processor.OnEnd(SpanForTest("second"));
  EXPECT_TRUE(processor.ForceFlush(seconds(10)));
  EXPECT_EQ(processor.counters().spooled, 1);

  ASSERT_EQ(second.get_future().wait_for(seconds(10)), std::future_status::ready);
  EXPECT_TRUE(processor.Shutdown(seconds(10)));
  EXPECT_EQ(processor.counters().sent, 1);
  EXPECT_EQ(processor.counters().failed + processor.counters().dropped, 0);
}

// The queue would overflow while one batch waits for its answer.
TEST(SpoolingOnAThread, AQueueThatFillsBehindASilentBackendGoesToTheDisk) {
  FolderForTest folder;
  SilentServer silent;
  ExportThread thread;
  BatchSpanProcessor processor(Exporter(Endpoint(silent.port()), folder.Path("spool")),
                               {.max_queue_size = 64, .max_export_batch_size = 16}, thread.loop());
  for (int i = 0; i < 48; ++i) processor.OnEnd(SpanForTest("s"));

  // Long before the ten seconds that the backend has.
  EXPECT_TRUE(processor.ForceFlush(seconds(5)));

  EXPECT_EQ(processor.counters().spooled, 48);
  EXPECT_EQ(processor.counters().dropped, 0);
  EXPECT_TRUE(processor.Shutdown(seconds(10)));
}

}  // namespace
}  // namespace repartee::otel
