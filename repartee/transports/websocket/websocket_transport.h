// WebsocketTransport: a conversation's client at the other end of a WebSocket, as input and output of
// a pipeline.
//
// Input: audio of any rate is brought to the pipeline's, mono; messages go both ways; everything else
// goes down. Output: sound leaves as it is played, at most `ahead` earlier, so that an
// interruption leaves the client nearly nothing to play on; a client that reads too slowly is waited for.
// At the end of the task the connection is closed normally. Whether a client that leaves ends the
// conversation is the application's decision. Limits: WebSocketOptions and MediaSender.
// Thread: the conversation's loop.
#pragma once

#include <memory>
#include <optional>

#include "repartee/audio/resampler.h"
#include "repartee/transports/base_input.h"
#include "repartee/transports/base_output.h"
#include "repartee/transports/websocket/websocket_link.h"
#include "repartee/transports/write_pacer.h"

namespace repartee {

struct WebsocketTransportParams {
  TransportParams transport;
  // Sound that a client may have before it is its time.
  Nanos ahead = std::chrono::milliseconds(40);
  // on_session_timeout so long after the connection; 0: never.
  Nanos session_timeout{0};
};

class WebsocketInputTransport final : public BaseInputTransport {
 public:
  // `link` is borrowed.
  WebsocketInputTransport(WebsocketLink& link, WebsocketTransportParams params);

  Event<> on_session_timeout;

 private:
  Status OnSetup() override;
  void OnCleanup() override { session_.reset(); }
  Status Start() override;
  void Stop() override { stopped_ = true; }

  void Connected();
  void Take(Ref<Frame> frame);
  void TakeAudio(Ref<InputAudioRawFrame> audio);
  void WatchSpeed(const InputAudioRawFrame& audio);

  WebsocketLink& link_;
  const Nanos session_timeout_;
  std::optional<Timer> session_;
  std::optional<Resampler> resampler_;  // while the client's rate is another
  bool stopped_ = false;
  Nanos first_audio_{0};
  double audio_seconds_ = 0;  // got since then
  bool warned_ = false;
};

class WebsocketOutputTransport final : public BaseOutputTransport {
 public:
  // `link` is borrowed.
  WebsocketOutputTransport(WebsocketLink& link, WebsocketTransportParams params);

 private:
  Status OnSetup() override;
  void Stop() override { link_.Close(loop()); }
  Status Process(FramePtr frame, Direction direction) override;
  Task<Status> WriteAudio(Ref<const OutputAudioRawFrame> chunk) override;
  Status SendMessage(const MessageContent& message) override;
  Status WriteFrame(const Frame& frame) override;
  void OnInterrupted() override { pacer_->Reset(); }

  WebsocketLink& link_;
  const Nanos ahead_;
  std::optional<WritePacer> pacer_;
};

class WebsocketTransport {
 public:
  WebsocketTransport(std::unique_ptr<WebSocket> socket, std::unique_ptr<FrameSerializer> serializer,
                     WebsocketTransportParams params = {})
      : link_(std::move(socket), std::move(serializer)), input_(link_, params), output_(link_, params) {}

  WebsocketInputTransport& input() { return input_; }
  WebsocketOutputTransport& output() { return output_; }
  WebsocketLink& link() { return link_; }

 private:
  WebsocketLink link_;
  WebsocketInputTransport input_;
  WebsocketOutputTransport output_;
};

}  // namespace repartee
