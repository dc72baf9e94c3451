// BaseInputTransport: the head of a pipeline, where the user's audio and messages enter.
//
// Frames go on as they come, in the sender's own sizes and rates: nothing is cut anew. Only
// sound from processors in front is brought to the transport's rate, and to mono if that is it.
// StartFrame goes on before the transport starts, so that audio never overtakes it;
// a cancel stops the transport first. Limit: FrameProcessor's 1,500 waiting audio frames.
// Thread: the conversation's loop.
#pragma once

#include <optional>
#include <string>

#include "repartee/audio/resampler.h"
#include "repartee/base/event.h"
#include "repartee/frames/audio_frames.h"
#include "repartee/frames/transport_frames.h"
#include "repartee/pipeline/frame_processor.h"
#include "repartee/transports/transport_params.h"

namespace repartee {

class BaseInputTransport : public FrameProcessor {
 public:
  Event<> on_client_connected;
  Event<> on_client_disconnected;  // whether that ends the conversation is the application's decision

  // Hz, once set up.
  int sample_rate() const;
  const TransportParams& params() const { return params_; }

 protected:
  BaseInputTransport(const char* class_name, TransportParams params);

  // After StartFrame went on. An error is reported and nothing will enter.
  virtual Status Start() { return OkStatus(); }
  // Nothing more is to enter: end or cancel. Once.
  virtual void Stop() {}

  // Into the pipeline, unless audio is off or not wanted yet. A frame without channels is dropped.
  void PushAudio(Ref<InputAudioRawFrame> audio);
  // A client's message: both ways.
  void PushMessage(const Json& message) { Broadcast<InputTransportMessageFrame>(message); }
  void ClientConnected();
  void ClientDisconnected() { on_client_disconnected.Emit(loop()); }

  Status Process(FramePtr frame, Direction direction) override;

 private:
  Status TakeAudioOfOthers(FramePtr frame);
  Status BringToRate(InputAudioRawFrame& audio);
  Status StartFilter();
  Status ControlFilter(const Frame& frame);
  Ref<InputAudioRawFrame> Filtered(Ref<InputAudioRawFrame> audio);
  bool Accepts(const InputAudioRawFrame& audio) const;
  void StopOnce();

  const TransportParams params_;
  std::optional<Resampler> resampler_;  // of the form in which others sent last
  bool filtering_ = false;
  bool streaming_ = false;
  bool stopped_ = false;
};

}  // namespace repartee
