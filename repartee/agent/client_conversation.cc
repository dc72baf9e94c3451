#include "repartee/agent/client_conversation.h"

#include <utility>

#include "repartee/base/log.h"
#include "repartee/frames/text_frames.h"
#include "repartee/transports/serializers/protobuf_frame_serializer.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;

// The rate to which Pipecat's JavaScript player is fixed.
constexpr int kPlayerRate = 24000;  // Hz
int OutputRate(const ClientKind& client) { return client.line ? LineRate(*client.line) : kPlayerRate; }

// The client's answer to our close is waited for; then the link is cut.
constexpr Nanos kCloseLimit = std::chrono::seconds(1);
constexpr Nanos kLookAgain = milliseconds(10);

WebsocketTransportParams TransportOptions(const ClientKind& client) {
  WebsocketTransportParams params;
  params.transport.audio_in_enabled = true;
  params.transport.audio_out_enabled = true;
  params.transport.audio_out_sample_rate = OutputRate(client);
  // The player has as much in hand when the connection closes.
  params.transport.audio_out_end_silence = milliseconds(200);
  return params;
}

PipelineTaskOptions TaskOptions(const AgentSettings& settings, std::vector<BaseObserver*> observers,
                                const ClientConversationOptions& conversation) {
  PipelineTaskOptions options;
  options.params.allow_interruptions = settings.turns.interruptions;
  options.idle_timeout = settings.idle_timeout;
  options.additional_span_attributes = settings.additional_span_attributes;
  options.params.enable_metrics = true;
  options.params.enable_usage_metrics = true;
  options.params.audio_out_sample_rate = OutputRate(conversation.client);
  options.enable_tracing = conversation.enable_tracing;
  options.observers = std::move(observers);
  return options;
}

double Milliseconds(Nanos time) { return ToSeconds(time) * 1000; }

// {"type": "latency", "total_ms", "contributions": [{"key", "label", "owner", "ms"}]}
Json LatencyMessage(const LatencyBreakdown& breakdown) {
  Json contributions = Json::array();
  for (const LatencyContribution& part : breakdown.contributions) {
    contributions.push_back(Json{{"key", part.key},
                                 {"label", part.label},
                                 {"owner", part.owner},
                                 {"ms", Milliseconds(part.duration)}});
  }
  return {{"type", "latency"},
          {"total_ms", Milliseconds(breakdown.total)},
          {"contributions", std::move(contributions)}};
}

std::unique_ptr<FrameSerializer> Serializer(const ClientKind& client) {
  if (client.line) return NewTelephonySerializer(*client.line);
  ProtobufSerializerOptions options;
  options.send_interruptions = client.send_interruptions;
  return std::make_unique<ProtobufFrameSerializer>(options);
}

}  // namespace

ClientConversation::ClientConversation(EventLoop& loop, AgentServices services,
                                       std::unique_ptr<WebSocket> socket, const AgentSettings& settings,
                                       ClientConversationOptions options)
    : loop_(loop),
      greeting_(settings.greeting),
      language_model_(options.language_model),
      recordings_(settings.recordings),
      has_rtvi_(!options.client.line),
      transport_(std::move(socket), Serializer(options.client), TransportOptions(options.client)),
      observer_(rtvi_),
      latency_(loop),
      hearing_(loop, services.vad.get(), settings.user_speech_timeout,
               [this](Json message) { rtvi_.SendServerMessage(std::move(message)); }),
      agent_(std::move(services), transport_.input(), transport_.output(), settings,
             {.front = has_rtvi_ ? &rtvi_ : nullptr, .behind_output = Recorder()}),
      task_(agent_.pipeline(), TaskOptions(settings, Observers(), options)),
      look_(loop, [this] { LookWhetherOver(); }) {}

FrameProcessor* ClientConversation::Recorder() {
  if (recordings_.empty()) return nullptr;
  return &recording_.emplace().processor();
}

std::vector<BaseObserver*> ClientConversation::Observers() {
  if (!has_rtvi_) return {&latency_};
  return {&observer_, &latency_, &hearing_};
}

void ClientConversation::Start(std::function<void()> on_over) {
  on_over_ = std::move(on_over);
  ConnectEvents();
  task_.Start(loop_);
}

void ClientConversation::ConnectEvents() {
  transport_.input().on_client_disconnected.Connect([this] { task_.Cancel("the client has left"); });
  if (has_rtvi_) {
    ConnectRtvi();
  } else {
    transport_.input().on_client_connected.Connect([this] { Greet(); });
  }
  task_.on_pipeline_started.Connect([this] {
    if (recording_) recording_->Start(recordings_ + "/" + task_.conversation_id() + ".wav");
  });
  task_.on_pipeline_timeout.Connect([this] { task_.Cancel("the agent could not start in time"); });
  task_.on_pipeline_finished.Connect([this](const FramePtr&) {
    finished_ = true;
    hearing_.Stop();
    finished_at_ = loop_.now();
    look_.Arm(Nanos(0));
  });
}

void ClientConversation::ConnectRtvi() {
  latency_.OnLatencyBreakdown([this](const LatencyBreakdown& breakdown) {
    if (breakdown.measured_from == LatencyBreakdown::From::kUserSilence) {
      rtvi_.SendServerMessage(LatencyMessage(breakdown));
    }
  });
  rtvi_.on_client_ready.Connect([this] { Greet(); });
  rtvi_.on_client_message.Connect(
      [this](const std::string& id, const std::string& type, const Json& data) { Answer(id, type, data); });
}

void ClientConversation::Greet() {
  if (greeting_.empty() || std::exchange(greeted_, true)) return;
  task_.QueueFrame(FramePtr(Make<TTSSpeakFrame>(greeting_)));
}

// Whose conversation it is, and from now on what is heard; anything else is acknowledged, so that no client
// waits in vain.
void ClientConversation::Answer(const std::string& id, const std::string& type, const Json& data) {
  if (type == "hearing") {
    hearing_.Start();
    return rtvi_.SendServerResponse(id, type, Json{{"available", hearing_.is_known()}});
  }
  if (type == "conversation") {
    return rtvi_.SendServerResponse(
        id, type, Json{{"conversation_id", task_.conversation_id()}, {"language_model", language_model_}});
  }
  rtvi_.SendServerResponse(id, type, Json{{"received", data}});
}

void ClientConversation::End() {
  if (std::exchange(ending_, true)) return task_.Cancel("the agent is stopped");
  task_.StopWhenDone();
}

void ClientConversation::LookWhetherOver() {
  const WebsocketLink& link = transport_.link();
  const bool late = !link.hanging_up() && loop_.now() - finished_at_ > kCloseLimit;
  const bool gone = link.closed() || late;
  if (!task_.finished() || !gone) return look_.Arm(kLookAgain);
  // Not from within our own timer.
  loop_.Defer(std::exchange(on_over_, {}));
}

}  // namespace repartee
