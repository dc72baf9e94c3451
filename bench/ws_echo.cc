// ws-echo: a server whose conversations give each caller back what it says, through the product's own
// websocket transport. Not a measurement: a load generator measures it.

#include <atomic>
#include <csignal>
#include <cstdio>
#include <map>
#include <thread>

#include "bench/benches.h"
#include "bench/defaults.h"
#include "repartee/base/signals.h"
#include "repartee/frames/audio_frames.h"
#include "repartee/net/http_server.h"
#include "repartee/transports/serializers/protobuf_frame_serializer.h"
#include "repartee/transports/websocket/websocket_transport.h"

namespace repartee::bench {
namespace {

constexpr int kRate = 16000;       // Hz
constexpr int kTenthsChunk = 2;    // of 10 ms
constexpr int kMaxClients = 4096;  // of one worker

// Sound in, the same sound out.
class Echo final : public FrameProcessor {
 public:
  Echo() : FrameProcessor("Echo") {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    if (const auto* in = frame->As<InputAudioRawFrame>()) {
      Push(Make<OutputAudioRawFrame>(in->audio, in->sample_rate, in->num_channels));
      return OkStatus();
    }
    Push(std::move(frame), direction);
    return OkStatus();
  }
};

WebsocketTransportParams TransportOptions() {
  WebsocketTransportParams params;
  params.transport.audio_in_enabled = true;
  params.transport.audio_out_enabled = true;
  params.transport.audio_in_sample_rate = kRate;
  params.transport.audio_out_sample_rate = kRate;
  params.transport.audio_out_10ms_chunks = kTenthsChunk;
  params.transport.audio_out_end_silence = Nanos(0);
  return params;
}

class Conversation {
 public:
  Conversation(std::unique_ptr<WebSocket> socket, const std::string& observer)
      : transport_(std::move(socket), std::make_unique<ProtobufFrameSerializer>(), TransportOptions()),
        defaults_(observer),
        pipeline_(defaults_.Complete({&transport_.input(), &echo_, &transport_.output()})),
        task_(pipeline_, defaults_.Options(kRate)) {
    transport_.input().on_client_disconnected.Connect([this] { task_.Cancel("the client has left"); });
  }

  void Start(EventLoop& loop, UniqueFunction<void()> on_over) {
    on_over_ = std::move(on_over);
    task_.on_pipeline_finished.Connect([this, &loop](const FramePtr&) { loop.Defer(std::move(on_over_)); });
    task_.Start(loop);
  }

 private:
  WebsocketTransport transport_;
  Echo echo_;
  Defaults defaults_;
  Pipeline pipeline_;
  PipelineTask task_;
  UniqueFunction<void()> on_over_;
};

// One loop on a thread of its own and its conversations.
class Worker {
 public:
  Worker() : thread_([this] { loop_.Run(); }) {}
  ~Worker() {
    loop_.Post([this] {
      conversations_.clear();
      loop_.Stop();
    });
    thread_.join();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void Take(WebSocketUpgrade upgrade, const std::string& observer) {
    WebSocketAcceptance acceptance;
    acceptance.options.max_send_bytes = 1 << 20;
    upgrade.Accept(loop_, std::move(acceptance), [this, &observer](std::unique_ptr<WebSocket> socket) {
      if (conversations_.size() >= kMaxClients) return;
      auto made = std::make_unique<Conversation>(std::move(socket), observer);
      Conversation& one = *made;
      conversations_.emplace(&one, std::move(made));
      one.Start(loop_, [this, &one] { conversations_.erase(&one); });
    });
  }

 private:
  EventLoop loop_;
  std::map<Conversation*, std::unique_ptr<Conversation>> conversations_;  // on the loop alone
  std::thread thread_;
};

}  // namespace

int RunWsEcho(const WsEchoOptions& options) {
  AllowManySockets();
  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < options.threads; ++i) workers.push_back(std::make_unique<Worker>());
  std::atomic<std::size_t> next{0};
  HttpServerOptions http;
  http.port = options.port;
  http.on_websocket = [&](const HttpRequest& request, WebSocketUpgrade upgrade) {
    if (request.path != "/ws") return upgrade.Refuse(HttpResponse::Text(404, "the echo is at /ws\n"));
    workers[next++ % workers.size()]->Take(std::move(upgrade), options.observer);
  };
  auto server = HttpServer::Listen(std::move(http), [](const HttpRequest&, HttpResponder responder) {
    responder.Send(HttpResponse::Text(404, "the echo is a websocket at /ws\n"));
  });
  if (!server.ok()) {
    std::fprintf(stderr, "ws-echo: %s\n", server.status().message().c_str());
    return 1;
  }
  const Json ready{{"ready", true}, {"port", (*server)->port()}};
  std::puts(ready.dump().c_str());
  std::fflush(stdout);
  EventLoop loop;
  const SignalWatcher stop(loop, {SIGINT, SIGTERM}, [&loop](int) { loop.Stop(); });
  loop.Run();
  (*server)->Stop(std::chrono::milliseconds(100));
  return 0;
}

}  // namespace repartee::bench
