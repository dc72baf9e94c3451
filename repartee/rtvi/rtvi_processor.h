// RTVIProcessor: the client's counterpart in a pipeline. It stands at the head, in front of
// the input transport, hears every message of the client and sends everything that a
// client is told, ahead of all that is queued.
//
// Messages are handled one after the other. An RTVIObserver beside it tells of what happens
// in the pipeline. Limits: 256 messages of the client wait, further ones are answered with an
// error; 4,096 messages to the client in one event of the loop, further ones are dropped.
// Thread: the conversation's loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/json_text.h"
#include "repartee/base/mailbox.h"
#include "repartee/pipeline/frame_processor.h"
#include "repartee/rtvi/frames.h"
#include "repartee/rtvi/protocol.h"

namespace repartee {

// What the client is told that it may use.
struct RTVICapabilities {
  bool audio_in = true;
  bool audio_out = true;
  bool video_in = false;
  bool screen_in = false;
  bool video_out = false;
  bool metrics = true;
};

class RTVIProcessor final : public FrameProcessor {
 public:
  explicit RTVIProcessor(RTVICapabilities capabilities = {});

  // After bot-ready was sent.
  Event<> on_client_ready;
  // A "client-message": id, type ("t") and data ("d"). Answer with SendServerResponse or SendErrorResponse,
  // or not at all if it was no request.
  Event<std::string, std::string, Json> on_client_message;
  // Of the user interface protocol: type and data.
  Event<std::string, Json> on_ui_message;

  // The client's version; nothing before "client-ready" and for clients whose version cannot be served.
  const std::optional<RTVIVersion>& client_version() const { return client_version_; }

  // Any message; see MakeRTVIText. Null or empty data is left out.
  void SendMessage(std::string_view type, const Json& data = nullptr, std::string_view id = {});
  void SendMessage(std::string_view type, const JsonText& data, std::string_view id = {});
  void SendServerMessage(const Json& data) { SendMessage("server-message", data); }
  void SendServerResponse(std::string_view id, std::string_view type, Json data);
  void SendErrorResponse(std::string_view id, std::string_view error);
  void SendError(std::string_view error, bool fatal = false);

  // By the observer: the pipeline runs; whether the client is told each line that the program logs.
  void PipelineStarted();
  void TellSystemLogs(bool wanted);

 protected:
  Status Process(FramePtr frame, Direction direction) override;
  Status OnSetup() override;
  void OnCleanup() override;

 private:
  class Flusher final : public Waiter {
   public:
    explicit Flusher(RTVIProcessor& processor) : processor_(processor) {}

   private:
    void Resume() override { processor_.Flush(); }
    RTVIProcessor& processor_;
  };

  class SystemLogs;

  void Take(const Json& message);
  Task<Status> HandleMessages();
  Task<Status> Handle(RTVIMessage message);
  Status HandleAtOnce(const RTVIMessage& message);
  void HandleClientReady(const RTVIMessage& message);
  void SendBotReady(const std::string& id);
  Status HandleClientMessage(const RTVIMessage& message);
  Status HandleAudio(const RTVIMessage& message);
  Status HandleDTMF(const RTVIMessage& message);
  Status HandleFunctionCallResult(const RTVIMessage& message);
  Status HandleUIMessage(const RTVIMessage& message);
  Task<Status> HandleSendText(RTVIMessage message);
  Task<Status> HandleSendFile(RTVIMessage message);
  Task<Status> InterruptAndFlush();
  void SwitchVoice(bool off);
  void Flush();

  const RTVICapabilities capabilities_;
  std::optional<RTVIVersion> client_version_;
  std::unique_ptr<Mailbox<Json>> inbox_;
  std::unique_ptr<Mailbox<std::int64_t>> flushed_;  // numbers of probes that are back
  std::int64_t last_flush_ = 0;
  std::vector<JsonText> outbox_;
  std::vector<JsonText> leaving_;  // during Flush
  Flusher flusher_{*this};
  std::vector<std::string> waiting_for_start_;  // ids of "client-ready"
  bool pipeline_started_ = false;
  std::shared_ptr<SystemLogs> system_logs_;  // shared with what it has posted; null: not told
  bool skip_tts_ = false;                    // as the application has set it
};

}  // namespace repartee
