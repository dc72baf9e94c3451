// What counters and log say of each fault of a backend when there is no spool, and what a retry saves. With a
// spool: spooling_test.cc.
#include <gmock/gmock.h>

#include <optional>

#include "repartee/net/test_peers.h"
#include "repartee/otel/batch_span_processor.h"
#include "repartee/otel/collector_for_test.h"
#include "repartee/otel/export_thread.h"
#include "repartee/otel/otlp_http_exporter.h"
#include "repartee/otel/span_for_test.h"

namespace repartee::otel {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kTaken = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

std::unique_ptr<SpanExporter> Exporter(const std::string& endpoint, const std::string& timeout_ms = "10000") {
  return OtlpHttpExporter::FromEnvironment(Environment::Of(
      {{"OTEL_EXPORTER_OTLP_ENDPOINT", endpoint}, {"OTEL_EXPORTER_OTLP_TIMEOUT", timeout_ms}}));
}

// Virtual time; sockets are real.
class FaultsTest : public ::testing::Test {
 protected:
  // Ends a span, lets the batch have all its tries and returns what was logged.
  std::string SendOneTo(const std::string& endpoint) {
    Make(endpoint);
    testing::internal::CaptureStderr();
    processor_->OnEnd(SpanForTest("s"));
    loop_.RunFor(seconds(20));
    return testing::internal::GetCapturedStderr();
  }
  void Make(const std::string& endpoint) {
    processor_ = std::make_unique<BatchSpanProcessor>(
        Exporter(endpoint), BatchOptions{.schedule_delay = milliseconds(1000)}, loop_);
  }
  ExportCounters counters() const { return processor_->counters(); }

  EventLoop loop_{EventLoop::Time::kVirtual};
  std::unique_ptr<BatchSpanProcessor> processor_;
};

struct Fault {
  const char* name;
  std::string_view answer;
  std::int64_t retries;  // while it lasts
  const char* said;      // in the log
  const char* scheme = "http";
};

// What another try may mend.
constexpr Fault kPassing[] = {
    {"A503", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", 3, "answered 503"},
    {"A502", "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", 3, "answered 502"},
    {"A429", "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n", 3, "answered 429"},
    {"ATruncatedAnswer", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", 3, "middle of the answer"},
    {"AConnectionThatIsClosed", "", 3, "closed before an answer"},
};

constexpr Fault kLasting[] = {
    {"AFailedTlsHandshake", "this is no TLS at all\r\n\r\n", 3, "TLS", "https"},
    {"ARedirect", "HTTP/1.1 307 Temporary Redirect\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n", 0,
     "redirects are not followed, set the endpoint to where it points"},
    {"ATooLargeSpan", "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n", 0,
     "lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE"},
    {"AWrongKey", "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", 0,
     "check the credentials in OTEL_EXPORTER_OTLP_HEADERS"},
    {"AWrongPath", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 0,
     "check the path of OTEL_EXPORTER_OTLP_ENDPOINT"},
    {"AFaultOfTheServer", "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", 0,
     "answered 500"},
    {"NoHttp", "SSH-2.0-OpenSSH_9.2\r\n", 0, "no HTTP/1.1"},
};

class EachFault : public FaultsTest, public ::testing::WithParamInterface<Fault> {};

TEST_P(EachFault, ThatLastsIsCountedAndSaid) {
  const Fault& fault = GetParam();
  ScriptedServer server(10, [&fault](RawSocket& socket, int) {
    if (fault.scheme == std::string_view("http")) socket.ReadMessage();
    socket.Send(fault.answer);
  });

  const std::string log = SendOneTo(std::string(fault.scheme) + server.Url("").substr(4));

  EXPECT_EQ(counters().failed, 1);
  EXPECT_EQ(counters().retries, fault.retries);
  EXPECT_EQ(counters().sent + counters().dropped + counters().rejected, 0);
  EXPECT_THAT(log, AllOf(HasSubstr("1 failed"), HasSubstr(fault.said),
                         HasSubstr("127.0.0.1:" + std::to_string(server.port()))));
}

INSTANTIATE_TEST_SUITE_P(Passing, EachFault, ::testing::ValuesIn(kPassing),
                         [](const auto& test) { return std::string(test.param.name); });
INSTANTIATE_TEST_SUITE_P(Lasting, EachFault, ::testing::ValuesIn(kLasting),
                         [](const auto& test) { return std::string(test.param.name); });

class PassingFault : public EachFault {};

TEST_P(PassingFault, CostsNoSpan) {
  const Fault& fault = GetParam();
  ScriptedServer server(3, [&fault](RawSocket& socket, int connection) {
    socket.ReadMessage();
    socket.Send(connection < 2 ? fault.answer : kTaken);
  });

  const std::string log = SendOneTo(server.Url(""));

  EXPECT_EQ(counters().sent, 1);
  EXPECT_EQ(counters().retries, 2);
  EXPECT_EQ(counters().failed, 0);
  EXPECT_THAT(log, Not(HasSubstr("lost")));
}

INSTANTIATE_TEST_SUITE_P(Faults, PassingFault, ::testing::ValuesIn(kPassing),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_F(FaultsTest, ABackendThatIsDownForAMinuteLosesWhatWasTriedInVain) {
  const int port = Collector().port();
  Make("http://127.0.0.1:" + std::to_string(port));
  testing::internal::CaptureStderr();
  for (int i = 0; i < 60; ++i) {
    processor_->OnEnd(SpanForTest("s" + std::to_string(i)));
    loop_.RunFor(seconds(1));
  }
  Collector collector(port);
  processor_->OnEnd(SpanForTest("last"));
  loop_.RunFor(seconds(20));
  const std::string log = testing::internal::GetCapturedStderr();

  // Each is either counted as lost or has come: those of the last batches.
  EXPECT_EQ(counters().sent + counters().failed, 61);
  EXPECT_EQ(counters().dropped, 0);
  EXPECT_GT(counters().retries, 15);
  const std::vector<std::string> names = NamesAt(collector);
  EXPECT_EQ(static_cast<std::int64_t>(names.size()), counters().sent);
  EXPECT_GT(names.size(), 1U);
  EXPECT_EQ(names.back(), "last");
  EXPECT_THAT(log, AllOf(HasSubstr("spans are being lost"), HasSubstr("given up after 4 tries"),
                         HasSubstr("Connection refused")));
}

TEST_F(FaultsTest, OfABatchThatIsTooLargeOnlyTheSpanThatIsItselfTooLargeIsLost) {
  Collector collector;
  Make(collector.base());
  collector.Answer(413);  // both
  collector.Answer(413);  // the first
  testing::internal::CaptureStderr();
  for (const char* name : {"huge", "small"}) processor_->OnEnd(SpanForTest(name));
  loop_.RunFor(seconds(5));
  const std::string log = testing::internal::GetCapturedStderr();

  EXPECT_EQ(counters().sent, 1);
  EXPECT_EQ(counters().failed, 1);
  EXPECT_THAT(NamesAt(collector), ElementsAre("huge", "small", "huge", "small"));
  EXPECT_THAT(log, AllOf(HasSubstr("1 failed"), HasSubstr("answered 413")));
}

TEST_F(FaultsTest, LossesAreSaidOnceAMinuteWhileTheyGrow) {
  Collector collector;
  Make(collector.base());
  for (int i = 0; i < 90; ++i) collector.Answer(400);
  testing::internal::CaptureStderr();
  for (int i = 0; i < 90; ++i) {
    processor_->OnEnd(SpanForTest("s"));
    loop_.RunFor(seconds(2));
  }
  loop_.RunFor(std::chrono::minutes(10));
  const std::string log = testing::internal::GetCapturedStderr();

  int lines = 0;
  for (auto at = log.find("being lost"); at != std::string::npos; at = log.find("being lost", at + 1))
    ++lines;
  EXPECT_EQ(counters().failed, 90);
  EXPECT_EQ(lines, 3);
}

// Half open: the other end takes what it is sent and never says a word.
TEST(FaultsOnAThread, AHalfOpenConnectionIsCountedAndSaid) {
  ScriptedServer server(1, [](RawSocket& socket, int) { socket.ReadAll(); });
  ExportCounters counters;
  testing::internal::CaptureStderr();
  {
    ExportThread thread;  // what it has to say is said when it has ended
    BatchSpanProcessor processor(Exporter(server.Url(""), "150"), {}, thread.loop());
    processor.OnEnd(SpanForTest("s"));
    EXPECT_TRUE(processor.ForceFlush(seconds(10)));
    counters = processor.counters();
  }
  const std::string log = testing::internal::GetCapturedStderr();

  EXPECT_EQ(counters.failed, 1);
  EXPECT_EQ(counters.sent, 0);
  EXPECT_THAT(log, AllOf(HasSubstr("1 failed"), HasSubstr("no whole answer within")));
}

// A firewall that forgets a kept connection tells neither side; half of the time is left for a new one.
TEST(FaultsOnAThread, AKeptConnectionThatHasDiedInSilenceIsReplacedInTime) {
  ScriptedServer server(2, [](RawSocket& socket, int connection) {
    socket.ReadMessage();
    socket.Send(kTaken);
    if (connection == 0) socket.ReadAll();  // the second batch is swallowed
  });
  ExportThread thread;
  BatchSpanProcessor processor(Exporter(server.Url(""), "3000"), {}, thread.loop());
  testing::internal::CaptureStderr();
  processor.OnEnd(SpanForTest("first"));
  EXPECT_TRUE(processor.ForceFlush(seconds(10)));
  processor.OnEnd(SpanForTest("second"));

  EXPECT_TRUE(processor.ForceFlush(seconds(10)));
  const std::string log = testing::internal::GetCapturedStderr();

  EXPECT_EQ(processor.counters().sent, 2);
  EXPECT_EQ(processor.counters().retries, 1);
  EXPECT_EQ(processor.counters().failed, 0);
  EXPECT_THAT(log, Not(HasSubstr("lost")));
}

// Its silence could not be told from a slow line.
TEST(FaultsOnAThread, ALargeBatchIsNeverTrustedToAKeptConnection) {
  std::string later = "not read";
  std::optional<ScriptedServer> server(std::in_place, 1, [&later](RawSocket& socket, int) {
    socket.ReadMessage();
    socket.Send(kTaken);
    later = socket.ReadAll();
  });
  {
    ExportThread thread;
    BatchSpanProcessor processor(Exporter(server->Url(""), "800"), {}, thread.loop());
    processor.OnEnd(SpanForTest("small"));
    EXPECT_TRUE(processor.ForceFlush(seconds(10)));
    EXPECT_EQ(processor.counters().sent, 1);
    auto large = std::make_shared<SpanData>(*SpanForTest("large"));
    large->attributes.push_back({"input", std::string(300 << 10, 'x')});
    processor.OnEnd(large);
    EXPECT_TRUE(processor.ForceFlush(seconds(10)));  // nobody accepts its connection
  }
  server.reset();  // its thread is over: what it wrote may be read

  EXPECT_EQ(later, "");
}

}  // namespace
}  // namespace repartee::otel
