#include "repartee/transports/base_input.h"

#include <utility>

#include "repartee/audio/pcm.h"

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
      if (direction == Direction::kDownstream) return TakeAudioOfOthers(std::move(frame));
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

// Services are told one rate, the transport's; a client sends raw audio as it likes.
Status BaseInputTransport::TakeAudioOfOthers(FramePtr frame) {
  const auto& given = *frame->As<InputAudioRawFrame>();
  if (!Accepts(given)) return OkStatus();
  const bool mixes = params_.audio_in_channels == 1 && given.num_channels > 1;
  if (!mixes && !filtering_ && given.sample_rate == sample_rate()) {
    Push(std::move(frame));
    return OkStatus();
  }
  // A copy: others may hold the frame.
  Ref<InputAudioRawFrame> audio;
  if (const auto* of_user = given.As<UserAudioRawFrame>()) {
    audio = Make<UserAudioRawFrame>(*of_user);
  } else {
    audio = Make<InputAudioRawFrame>(given);
  }
  if (mixes) {
    audio->audio = AudioBuffer::Copy(MixToMono(given.audio.samples(), given.num_channels));
    audio->num_channels = 1;
  }
  if (Status status = BringToRate(*audio); !status.ok()) return status;
  PushAudio(std::move(audio));
  return OkStatus();
}

Status BaseInputTransport::BringToRate(InputAudioRawFrame& audio) {
  const int to_hz = sample_rate();
  if (audio.sample_rate == to_hz) return OkStatus();
  if (!resampler_ || resampler_->from_hz() != audio.sample_rate ||
      resampler_->channels() != audio.num_channels) {
    Result<Resampler> resampler = Resampler::Create(audio.sample_rate, to_hz, audio.num_channels);
    if (!resampler.ok()) return std::move(resampler).status();
    resampler_ = *std::move(resampler);
  }
  audio.audio = AudioBuffer::Copy(resampler_->Process(audio.audio.samples()));
  audio.sample_rate = to_hz;
  return OkStatus();
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
