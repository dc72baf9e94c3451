#include "repartee/otel/grpc/grpc_receiver.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/client_unary_call.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace repartee::otel {
namespace {

using ::testing::HasSubstr;

constexpr char kExport[] = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

struct Outcome {
  grpc::Status status;
  std::string body;
};

class GrpcReceiverTest : public ::testing::Test {
 protected:
  void Listen(GrpcReceiver::Handler handler, std::size_t limit = 1 << 20) {
    GrpcReceiverOptions options;
    options.port = 0;
    options.max_message_bytes = limit;
    Result<std::unique_ptr<GrpcReceiver>> receiver = GrpcReceiver::Listen(options, std::move(handler));
    ASSERT_TRUE(receiver.ok()) << receiver.status();
    receiver_ = *std::move(receiver);
  }

  Outcome Call(const std::string& body, const std::string& key = "", const char* method = kExport,
               bool gzip = false) {
    const auto channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(receiver_->port()),
                                             grpc::InsecureChannelCredentials());
    grpc::ClientContext context;
    if (!key.empty()) context.AddMetadata("authorization", key);
    if (gzip) context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    const grpc::Slice slice(body);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    const grpc::internal::RpcMethod rpc(method, grpc::internal::RpcMethod::NORMAL_RPC);
    Outcome outcome;
    outcome.status = grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
        channel.get(), rpc, &context, request, &response);
    std::vector<grpc::Slice> slices;
    if (response.Valid() && response.Dump(&slices).ok()) {
      for (const grpc::Slice& part : slices)
        outcome.body.append(reinterpret_cast<const char*>(part.begin()), part.size());
    }
    return outcome;
  }

  std::unique_ptr<GrpcReceiver> receiver_;
};

TEST_F(GrpcReceiverTest, HandsTheBytesOnAndAnswersWithBytes) {
  Listen([](GrpcCall call, GrpcReceiver::Done done) {
    done({0, "", call.body + "|" + call.authorization + (call.from_loopback ? "|here" : "")});
  });

  EXPECT_EQ(Call("spans", "Basic x").body, "spans|Basic x|here");
  EXPECT_EQ(Call("packed", "", kExport, true).body, "packed||here");
}

TEST_F(GrpcReceiverTest, AFaultIsAStatusWithItsReason) {
  Listen([](GrpcCall, GrpcReceiver::Done done) { done({16, "no such key", ""}); });

  const Outcome outcome = Call("spans");

  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(outcome.status.error_message(), "no such key");
}

TEST_F(GrpcReceiverTest, OtherMethodsAreUnimplemented) {
  Listen([](GrpcCall, GrpcReceiver::Done done) { done({}); });

  const Outcome outcome = Call("", "", "/opentelemetry.proto.collector.logs.v1.LogsService/Export");

  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(GrpcReceiverTest, AMessageOverTheLimitIsRefused) {
  Listen([](GrpcCall, GrpcReceiver::Done done) { done({}); }, 1'000);

  EXPECT_EQ(Call(std::string(2'000, 'x')).status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(Call(std::string(900, 'x')).status.ok());
}

TEST_F(GrpcReceiverTest, ASecondOneOnThePortSaysSo) {
  Listen([](GrpcCall, GrpcReceiver::Done done) { done({}); });
  GrpcReceiverOptions options;
  options.port = receiver_->port();

  const auto second = GrpcReceiver::Listen(options, [](GrpcCall, GrpcReceiver::Done) {});

  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.status().message(), HasSubstr(std::to_string(options.port)));
}

TEST_F(GrpcReceiverTest, ACallInHandIsAnsweredBeforeItStops) {
  GrpcReceiver::Done held;
  std::mutex mutex;
  std::condition_variable came;
  Listen([&](GrpcCall, GrpcReceiver::Done done) {
    const std::lock_guard lock(mutex);
    held = std::move(done);
    came.notify_one();
  });
  std::thread client([this] { EXPECT_EQ(Call("spans").body, "stored"); });
  std::unique_lock lock(mutex);
  came.wait(lock, [&held] { return static_cast<bool>(held); });

  std::thread stopper([this] { receiver_->Stop(); });
  held({0, "", "stored"});

  stopper.join();
  client.join();
}

}  // namespace
}  // namespace repartee::otel
