// ClientConversation: an agent and one client of Pipecat's, or a telephone company's, on a WebSocket, from
// the upgrade to the last word: transports, RTVI, services, pipeline and task in one object.
//
// The client's leaving ends it, as do "disconnect-bot", five minutes of silence (of a company that never
// tells whose call it is, too) and End. Beside RTVI's own messages the client is told what the time of each
// reply went to, by a "server-message"; who sends "hearing" is told what is heard of the voice, too.
// Thread: its loop, all its life.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "repartee/agent/agent.h"
#include "repartee/agent/conversation_recording.h"
#include "repartee/agent/hearing.h"
#include "repartee/net/websocket.h"
#include "repartee/pipeline/task.h"
#include "repartee/rtvi/rtvi_observer.h"
#include "repartee/rtvi/rtvi_processor.h"
#include "repartee/tracing/user_bot_latency_observer.h"
#include "repartee/transports/websocket/websocket_transport.h"

namespace repartee {

// Who is at the other end.
struct ClientKind {
  // The telephone company whose call it is, which knows nothing of RTVI; null: a client of Pipecat's.
  // Outlives the conversation.
  const TelephonyLine* line = nullptr;
  // False for clients that cannot read interruption frames.
  bool send_interruptions = true;
};

struct ClientConversationOptions {
  bool enable_tracing = true;  // needs SetupTracing first
  std::string language_model;  // as the client is told
  ClientKind client{};
};

class ClientConversation {
 public:
  ClientConversation(EventLoop& loop, AgentServices services, std::unique_ptr<WebSocket> socket,
                     const AgentSettings& settings, ClientConversationOptions options = {});

  // Answers the upgrade and talks. `on_over` is called once, when nothing more will happen, and may destroy
  // the conversation.
  void Start(std::function<void()> on_over);
  // What is being said is said to its end. Again: at once.
  void End();

  const std::string& id() const { return task_.conversation_id(); }

 private:
  FrameProcessor* Recorder();
  std::vector<BaseObserver*> Observers();
  void ConnectEvents();
  void ConnectRtvi();
  void Answer(const std::string& id, const std::string& type, const Json& data);
  void Greet();
  void LookWhetherOver();

  EventLoop& loop_;
  const std::string greeting_;
  const std::string language_model_;
  const std::string recordings_;  // folder; empty: nothing is recorded
  const bool has_rtvi_;
  WebsocketTransport transport_;
  RTVIProcessor rtvi_;
  RTVIObserver observer_;
  UserBotLatencyObserver latency_;
  Hearing hearing_;  // of the agent's VAD, which the agent owns
  std::optional<ConversationRecording> recording_;
  Agent agent_;
  PipelineTask task_;
  Timer look_;
  Nanos finished_at_{0};
  bool finished_ = false;
  bool ending_ = false;
  bool greeted_ = false;
  std::function<void()> on_over_;
};

}  // namespace repartee
