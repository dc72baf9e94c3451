#include "repartee/otel/grpc/otlp_grpc_exporter.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <condition_variable>
#include <deque>
#include <mutex>

#include "repartee/otel/grpc/grpc_receiver.h"
#include "repartee/otel/span_for_test.h"
#include "repartee/otel/wire/pull_parser.h"

namespace repartee::otel {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Names final : public TraceVisitor {
 public:
  void OnSpan(const ResourceView&, const ScopeView&, const SpanView& span) override {
    names.emplace_back(span.name);
  }
  std::vector<std::string> names;
};

std::vector<std::string> NamesIn(const std::string& body) {
  Names visitor;
  EXPECT_TRUE(ParseTraceRequest(body, {}, visitor).ok());
  return visitor.names;
}

// Virtual time, a real server.
class OtlpGrpcExporterTest : public ::testing::Test {
 protected:
  void Listen(std::size_t limit = 1 << 20) {
    GrpcReceiverOptions options;
    options.port = 0;
    options.max_message_bytes = limit;
    auto receiver = GrpcReceiver::Listen(options, [this](GrpcCall call, GrpcReceiver::Done done) {
      const std::lock_guard lock(mutex_);
      calls_.push_back(std::move(call));
      called_.notify_one();
      GrpcAnswer answer;
      if (!answers_.empty()) {
        answer = std::move(answers_.front());
        answers_.pop_front();
      }
      if (silent_) {
        unanswered_.push_back(std::move(done));
      } else {
        done(std::move(answer));
      }
    });
    ASSERT_TRUE(receiver.ok()) << receiver.status();
    receiver_ = *std::move(receiver);
  }

  void Make(std::map<std::string, std::string> variables = {}) {
    const int port = receiver_ ? receiver_->port() : 9;
    variables.try_emplace("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + std::to_string(port));
    variables.try_emplace("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    auto options = OtlpOptions::FromEnvironment(Environment::Of(std::move(variables)));
    ASSERT_TRUE(options.ok()) << options.status();
    auto exporter = MakeOtlpExporter(*std::move(options));
    ASSERT_TRUE(exporter.ok()) << exporter.status();
    exporter_ = *std::move(exporter);
    exporter_->Start(loop_, [](const ExportCounters&) {});
  }

  // Exports to the end; how long that took in virtual time.
  Nanos Export(std::vector<SpanPtr> spans = SpansForTest(1)) {
    ExportedForTest exported = ExportForTest(loop_, *exporter_, std::move(spans));
    EXPECT_TRUE(exported.done);
    result_ = std::move(exported.result);
    return exported.took;
  }

  // So that the server need not wait at its end; a call that comes later is answered as well.
  void AnswerAll() {
    const std::lock_guard lock(mutex_);
    silent_ = false;
    for (GrpcReceiver::Done& done : unanswered_) done({});
    unanswered_.clear();
  }

  std::vector<std::string> bodies() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> all;
    for (const GrpcCall& call : calls_) all.push_back(call.body);
    return all;
  }

  std::mutex mutex_;
  std::condition_variable called_;
  std::vector<GrpcCall> calls_;  // guarded by mutex_, as the next three
  std::deque<GrpcAnswer> answers_;
  std::vector<GrpcReceiver::Done> unanswered_;
  bool silent_ = false;
  std::unique_ptr<GrpcReceiver> receiver_;
  EventLoop loop_{EventLoop::Time::kVirtual};
  std::unique_ptr<SpanExporter> exporter_;
  ExportResult result_;
};

TEST_F(OtlpGrpcExporterTest, SendsSpansWithTheCredentialsOfTheEnvironment) {
  Listen();
  Make({{"OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Basic%20cGs6c2s="}});

  Export(SpansForTest(2));

  EXPECT_TRUE(result_.status.ok()) << result_.status;
  ASSERT_THAT(bodies(), SizeIs(1));
  EXPECT_EQ(calls_[0].authorization, "Basic cGs6c2s=");
  EXPECT_THAT(NamesIn(bodies()[0]), ElementsAre("s0", "s1"));
}

TEST_F(OtlpGrpcExporterTest, CompressesWhenAsked) {
  for (const char* compression : {"gzip", "deflate"}) {
    Listen();
    Make({{"OTEL_EXPORTER_OTLP_COMPRESSION", compression}});

    Export();

    EXPECT_TRUE(result_.status.ok()) << result_.status;
    EXPECT_THAT(NamesIn(bodies().back()), ElementsAre("s0"));
  }
}

TEST_F(OtlpGrpcExporterTest, TriesAgainWhenTheServerIsUnavailable) {
  Listen();
  Make();
  answers_ = {{14, "starting", ""}, {14, "starting", ""}};

  const Nanos took = Export();

  EXPECT_TRUE(result_.status.ok()) << result_.status;
  EXPECT_EQ(result_.retries, 2);
  EXPECT_THAT(bodies(), SizeIs(3));
  EXPECT_NEAR(ToSeconds(took), 3.0, 0.61);
}

TEST_F(OtlpGrpcExporterTest, GivesARefusalUpAtOnceAndSaysWhy) {
  Listen();
  Make();
  answers_ = {{16, "no such key", ""}};

  Export();

  EXPECT_THAT(bodies(), SizeIs(1));
  EXPECT_THAT(result_.status.message(), HasSubstr("UNAUTHENTICATED: no such key"));
}

TEST_F(OtlpGrpcExporterTest, CountsWhatWasRejected) {
  Listen();
  Make();
  answers_ = {{0, "", "\x0a\x05\x08\x01\x12\x01x"}};

  Export(SpansForTest(3));

  EXPECT_TRUE(result_.status.ok());
  EXPECT_EQ(result_.rejected, 1);
}

TEST_F(OtlpGrpcExporterTest, HalvesABatchThatIsTooLargeForTheServer) {
  Listen(300);
  Make();

  Export(SpansForTest(4));

  EXPECT_TRUE(result_.status.ok()) << result_.status;
  std::vector<std::string> all;
  for (const std::string& body : bodies()) {
    for (std::string& name : NamesIn(body)) all.push_back(std::move(name));
  }
  EXPECT_THAT(all, ElementsAre("s0", "s1", "s2", "s3"));
}

TEST_F(OtlpGrpcExporterTest, TriesARefusedConnectionAgain) {
  Make({{"OTEL_EXPORTER_OTLP_TIMEOUT", "2300"}});

  Export();

  EXPECT_EQ(result_.status.code(), StatusCode::kUnavailable);
  EXPECT_EQ(result_.retries, 1);
  EXPECT_THAT(result_.status.message(), HasSubstr("grpc://127.0.0.1:9"));
}

TEST_F(OtlpGrpcExporterTest, WaitsForASilentServerNoLongerThanTheTimeout) {
  silent_ = true;
  Listen();
  Make({{"OTEL_EXPORTER_OTLP_TIMEOUT", "200"}});

  Export();

  EXPECT_EQ(result_.status.code(), StatusCode::kUnavailable);
  EXPECT_THAT(result_.status.message(), HasSubstr("DEADLINE_EXCEEDED"));
  AnswerAll();
}

// Of the sockets of this process, the one whose other end has this port; -1 without one.
int SocketTo(int port) {
  for (int fd = 3; fd < 1024; ++fd) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && ntohs(peer.sin_port) == port)
      return fd;
  }
  return -1;
}

// A firewall that forgot the connection tells neither side; only the kernel can see that nothing is
// acknowledged.
TEST_F(OtlpGrpcExporterTest, HasTheKernelGiveUpAConnectionWhoseOtherEndIsGoneInHalfOfTheTime) {
  Listen();
  Make({{"OTEL_EXPORTER_OTLP_TIMEOUT", "4000"}});
  Export();
  const int socket = SocketTo(receiver_->port());
  ASSERT_GE(socket, 0);

  unsigned int limit_ms = 0;
  socklen_t size = sizeof limit_ms;
  ASSERT_EQ(getsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit_ms, &size), 0);

  EXPECT_EQ(limit_ms, 2000U);
}

TEST_F(OtlpGrpcExporterTest, MayEndWhileACallIsUnderWay) {
  silent_ = true;
  Listen();
  Make();
  bool called = false;
  exporter_->Export(SpansForTest(1), seconds(30), [&](ExportResult) { called = true; });
  {
    std::unique_lock lock(mutex_);
    called_.wait(lock, [this] { return !calls_.empty(); });
  }
  exporter_.reset();

  loop_.RunFor(seconds(1));

  EXPECT_FALSE(called);
  AnswerAll();
}

TEST_F(OtlpGrpcExporterTest, LeavesOutWhatIsNoMetadata) {
  Listen();
  Make({{"OTEL_EXPORTER_OTLP_HEADERS", "x-euro=%E2%82%AC,grpc-x=1,key-bin=a,authorization=k"}});

  Export();

  EXPECT_TRUE(result_.status.ok()) << result_.status;
  EXPECT_EQ(calls_[0].authorization, "k");
}

TEST(OtlpGrpcExporter, NamesTheFileThatCannotBeUsed) {
  const auto exporter = OtlpGrpcExporter::Create({.url = "https://h:4317", .ca_file = "/no/such.pem"});

  ASSERT_FALSE(exporter.ok());
  EXPECT_THAT(exporter.status().message(), HasSubstr("/no/such.pem"));
}

TEST(OtlpGrpcOptions, TakeTheEndpointAsItIs) {
  const auto url = [](std::map<std::string, std::string> variables) {
    variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
    const auto options = OtlpOptions::FromEnvironment(Environment::Of(std::move(variables)));
    return options.ok() ? options->url : options.status().ToString();
  };

  EXPECT_EQ(url({}), "http://localhost:4317");
  EXPECT_EQ(url({{"OTEL_EXPORTER_OTLP_ENDPOINT", "https://h:1"}}), "https://h:1");
  EXPECT_EQ(url({{"OTEL_EXPORTER_OTLP_ENDPOINT", "h:1"}}), "https://h:1");
  EXPECT_EQ(url({{"OTEL_EXPORTER_OTLP_ENDPOINT", "h:1"}, {"OTEL_EXPORTER_OTLP_INSECURE", "true"}}),
            "http://h:1");
}

}  // namespace
}  // namespace repartee::otel
