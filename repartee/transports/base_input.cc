#include "repartee/transports/base_input.h"

#include <utility>

namespace repartee {

BaseInputTransport::BaseInputTransport(const char* class_name, TransportParams params)
    : FrameProcessor(class_name), params_(params), streaming_(params.audio_in_stream_on_start) {}

int BaseInputTransport::sample_rate() const {
  return params_.audio_in_sample_rate > 0 ? params_.audio_in_sample_rate : setup().audio_in_sample_rate;
}

Status BaseInputTransport::Process(FramePtr frame, Direction direction) {
  switch (frame->type()) {
    case FrameType::kStart: {
      Push(std::move(frame), direction);
      Status status = StartFilter();
      if (status.ok()) status = Start();
      if (!status.ok()) PushError(status.message(), ErrorCategory::kConnectivity);
      return OkStatus();
    }
    case FrameType::kInputAudioRaw:
    case FrameType::kUserAudioRaw:
      if (direction == Direction::kDownstream && !Accepts(*frame->As<InputAudioRawFrame>()))
        return OkStatus();
      break;
    case FrameType::kInputTransportStartAudioStreaming: streaming_ = true; return OkStatus();
    case FrameType::kFilterUpdateSettings:
    case FrameType::kFilterEnable: {
      Status status = ControlFilter(*frame);
      Push(std::move(frame), direction);
      return status;
    }
    case FrameType::kCancel: StopOnce(); break;
    case FrameType::kEnd:
      Push(std::move(frame), direction);
      StopOnce();
      return OkStatus();
    default: break;
  }
  Push(std::move(frame), direction);
  return OkStatus();
}

bool BaseInputTransport::Accepts(const InputAudioRawFrame& audio) const {
  return params_.audio_in_enabled && params_.audio_in_passthrough && streaming_ && !stopped_ &&
         audio.num_channels > 0 && audio.sample_rate > 0 && !audio.audio.empty();
}

void BaseInputTransport::PushAudio(Ref<InputAudioRawFrame> audio) {
  if (!Accepts(*audio)) return;
  if (filtering_) audio = Filtered(std::move(audio));
  if (!audio->audio.empty()) Push(std::move(audio));
}

// ---------------------------------------------------------------- filter

Status BaseInputTransport::StartFilter() {
  if (!params_.audio_in_filter) return OkStatus();
  const Status status = params_.audio_in_filter->Start(sample_rate(), params_.audio_in_channels);
  filtering_ = status.ok();
  if (!status.ok()) PushError("the input's filter is left out: " + status.message());
  return OkStatus();
}

// The output has a filter of its own, so the frame goes on.
Status BaseInputTransport::ControlFilter(const Frame& frame) {
  if (!params_.audio_in_filter) return OkStatus();
  if (const auto* enable = frame.As<FilterEnableFrame>()) filtering_ = enable->enable;
  const auto* update = frame.As<FilterUpdateSettingsFrame>();
  return update ? params_.audio_in_filter->UpdateSettings(update->settings) : OkStatus();
}

Ref<InputAudioRawFrame> BaseInputTransport::Filtered(Ref<InputAudioRawFrame> audio) {
  audio->audio = AudioBuffer::Copy(params_.audio_in_filter->Filter(audio->audio.samples()));
  return audio;
}

void BaseInputTransport::ClientConnected() {
  on_client_connected.Emit(loop());
  Push(Make<ClientConnectedFrame>());
}

void BaseInputTransport::StopOnce() {
  if (std::exchange(stopped_, true)) return;
  if (params_.audio_in_filter) params_.audio_in_filter->Stop();
  Stop();
}

}  // namespace repartee
