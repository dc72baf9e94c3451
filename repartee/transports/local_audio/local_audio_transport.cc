#include "repartee/transports/local_audio/local_audio_transport.h"

#include <algorithm>
#include <utility>

#include "repartee/audio/pcm.h"
#include "repartee/base/task.h"

namespace repartee {
namespace {

constexpr Nanos kPiece = std::chrono::milliseconds(20);
constexpr Nanos kAhead = std::chrono::milliseconds(60);
constexpr std::size_t kPiecesPerSecond = 4;  // of what is written at once
constexpr Nanos kLookAgain = std::chrono::milliseconds(5);
constexpr Nanos kCardLimit = std::chrono::seconds(5);  // of a card that plays nothing of what it has

TransportParams ForInput(TransportParams params, const AudioDevice& device) {
  params.audio_in_enabled = true;
  params.audio_in_sample_rate = device.input_rate();
  return params;
}

TransportParams ForOutput(TransportParams params, const AudioDevice& device) {
  params.audio_out_enabled = true;
  params.audio_out_sample_rate = device.output_rate();
  return params;
}

Nanos Length(std::size_t samples, int rate_hz) { return FromSeconds(static_cast<double>(samples) / rate_hz); }

}  // namespace

LocalAudioInputTransport::LocalAudioInputTransport(AudioDevice& device, TransportParams params)
    : BaseInputTransport("LocalAudioInputTransport", ForInput(std::move(params), device)), device_(device) {}

Status LocalAudioInputTransport::OnSetup() {
  fetch_.emplace(loop(), [this] { Fetch(); });
  return BaseInputTransport::OnSetup();
}

Status LocalAudioInputTransport::Start() {
  if (Status status = device_.StartRecording(); !status.ok()) return status;
  ClientConnected();
  fetch_->Arm(kPiece);
  return OkStatus();
}

void LocalAudioInputTransport::Stop() {
  fetch_->Disarm();
  device_.StopRecording();
}

void LocalAudioInputTransport::Fetch() {
  const std::size_t wanted = static_cast<std::size_t>(device_.input_rate()) / 50;
  for (;;) {
    AudioBuffer audio = AudioBuffer::Silence(2 * wanted);
    const std::size_t got = device_.Read(audio.writable());
    if (got == 0) break;
    AudioBuffer heard = got == wanted ? std::move(audio) : AudioBuffer::Copy(audio.samples().first(got));
    PushAudio(Make<InputAudioRawFrame>(std::move(heard), device_.input_rate(), 1));
    if (got < wanted) break;
  }
  fetch_->Arm(kPiece);
}

LocalAudioOutputTransport::LocalAudioOutputTransport(AudioDevice& device, TransportParams params)
    : BaseOutputTransport("LocalAudioOutputTransport", ForOutput(std::move(params), device)),
      device_(device) {}

Status LocalAudioOutputTransport::Start() {
  if (Status status = device_.StartPlaying(); !status.ok()) return status;
  return BaseOutputTransport::Start();
}

// In pieces: the card takes no more than two seconds, and the silence at the end may be longer.
Task<Status> LocalAudioOutputTransport::WriteAudio(Ref<const OutputAudioRawFrame> chunk) {
  const std::vector<std::int16_t> mono = MixToMono(chunk->audio.samples(), chunk->num_channels);
  const std::size_t piece = static_cast<std::size_t>(device_.output_rate()) / kPiecesPerSecond;
  for (std::span<const std::int16_t> rest = mono; !rest.empty();) {
    const std::size_t count = std::min(piece, rest.size());
    if (Status status = co_await WritePiece(rest.first(count)); !status.ok()) co_return status;
    rest = rest.subspan(count);
  }
  co_return OkStatus();
}

Task<Status> LocalAudioOutputTransport::WritePiece(std::span<const std::int16_t> samples) {
  if (!device_.Write(samples)) co_return Status::Unavailable("the loudspeaker takes no more sound");
  const Nanos until = loop().now() + kCardLimit;
  while (Length(device_.queued(), device_.output_rate()) > kAhead) {
    if (loop().now() > until)
      co_return Status::Unavailable("the loudspeaker plays nothing of what it was given");
    co_await Sleep(loop(), kLookAgain);
  }
  co_return OkStatus();
}

}  // namespace repartee
