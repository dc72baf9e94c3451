#include "repartee/otel/grpc/grpc_receiver.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/client_unary_call.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace repartee::otel {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr char kExport[] = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

struct Outcome {
  grpc::Status status;
  std::string body;
};

// Many calls at a time on one connection of their own.
class Calls {
 public:
  explicit Calls(int port) : stub_(ChannelTo(port)) {}
  ~Calls() { Codes(); }

  void Begin(const std::string& body) {
    Call& call = calls_.emplace_back();
    const grpc::Slice slice(body);
    call.request = grpc::ByteBuffer(&slice, 1);
    stub_.UnaryCall(&call.context, kExport, {}, &call.request, &call.response,
                    [this](const grpc::Status& status) {
                      const std::lock_guard lock(mutex_);
                      codes_.push_back(status.error_code());
                      answered_.notify_all();
                    });
  }

  // Of all of them, when the last is answered.
  std::vector<grpc::StatusCode> Codes() {
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this] { return codes_.size() == calls_.size(); });
    return codes_;
  }

 private:
  struct Call {
    grpc::ClientContext context;
    grpc::ByteBuffer request;
    grpc::ByteBuffer response;
  };

  static std::shared_ptr<grpc::Channel> ChannelTo(int port) {
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials(),
                                     own);
  }

  grpc::GenericStub stub_;
  std::deque<Call> calls_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::vector<grpc::StatusCode> codes_;  // guarded by mutex_
};

// Answers calls when it is told to.
class HeldCalls {
 public:
  void Take(GrpcReceiver::Done done) {
    const std::lock_guard lock(mutex_);
    if (is_open_) return done({});
    held_.push_back(std::move(done));
    most_ = std::max(most_, held_.size());
    came_.notify_all();
  }
  void WaitFor(std::size_t count) {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [&] { return held_.size() >= count; });
  }
  std::size_t most() {
    const std::lock_guard lock(mutex_);
    return most_;
  }
  // Those that came, and those that come.
  void Answer() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    for (GrpcReceiver::Done& done : held_) done({});
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<GrpcReceiver::Done> held_;  // guarded by mutex_, as the rest
  std::size_t most_ = 0;
  bool is_open_ = false;
};

class GrpcReceiverTest : public ::testing::Test {
 protected:
  void Listen(GrpcReceiver::Handler handler, std::size_t limit = 1 << 20,
              std::size_t buffers = GrpcReceiverOptions().max_buffer_bytes) {
    GrpcReceiverOptions options;
    options.port = 0;
    options.max_message_bytes = limit;
    options.max_buffer_bytes = buffers;
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

TEST_F(GrpcReceiverTest, CallsBeyondThoseOfOneConnectionWaitInTheClient) {
  const auto most = static_cast<std::size_t>(GrpcReceiverOptions().max_calls);
  HeldCalls held;
  Listen([&held](GrpcCall call, GrpcReceiver::Done done) {
    if (call.body == "at once") return done({});
    held.Take(std::move(done));
  });
  Calls calls(receiver_->port());
  for (std::size_t i = 0; i < most + 20; ++i) calls.Begin("spans");
  held.WaitFor(most);

  // Whatever else was sent is here by the time that calls of another connection are answered.
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Call("at once").status.ok());
  EXPECT_EQ(held.most(), most);
  held.Answer();

  const std::vector<grpc::StatusCode> codes = calls.Codes();
  EXPECT_EQ(codes.size(), most + 20);
  EXPECT_THAT(codes, ::testing::Each(grpc::StatusCode::OK));
}

TEST_F(GrpcReceiverTest, MessagesBeyondTheBuffersAreRefusedAndItGoesOn) {
  constexpr std::size_t kMessage = 2 << 20;
  Listen([](GrpcCall, GrpcReceiver::Done done) { done({}); }, kMessage, kMessage);
  Calls calls(receiver_->port());

  for (int i = 0; i < 16; ++i) calls.Begin(std::string(kMessage, 'x'));

  const std::vector<grpc::StatusCode> codes = calls.Codes();
  EXPECT_THAT(codes, ::testing::Each(AnyOf(grpc::StatusCode::OK, grpc::StatusCode::UNAVAILABLE,
                                           grpc::StatusCode::RESOURCE_EXHAUSTED)));
  EXPECT_THAT(codes, ::testing::Contains(::testing::Ne(grpc::StatusCode::OK)));
  EXPECT_TRUE(Call("spans").status.ok());
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
