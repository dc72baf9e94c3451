#include "repartee/transports/websocket/websocket_transport.h"

#include <utility>

#include "repartee/audio/pcm.h"
#include "repartee/base/log.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;

// So much may wait for a slow client before its sound is held back: a third of a second at 24 kHz.
constexpr std::size_t kMaxBuffered = 16 << 10;
constexpr Nanos kLookAgain = milliseconds(10);
// A client that labels its sound with a wrong rate sends too much of it. Its first burst is none.
constexpr double kWatchSeconds = 10;
constexpr double kTooFast = 1.25;
constexpr double kBurstSeconds = 3;

}  // namespace

// ---------------------------------------------------------------- input

WebsocketInputTransport::WebsocketInputTransport(WebsocketLink& link, WebsocketTransportParams params)
    : BaseInputTransport("WebsocketInputTransport", params.transport),
      link_(link),
      session_timeout_(params.session_timeout) {}

Status WebsocketInputTransport::OnSetup() {
  return link_.serializer().SetUp(sample_rate(), setup().audio_out_sample_rate);
}

Status WebsocketInputTransport::Start() {
  link_.Start([this] { Connected(); }, [this](Ref<Frame> frame) { Take(std::move(frame)); },
              [this] {
                if (is_set_up()) ClientDisconnected();
              });
  return OkStatus();
}

void WebsocketInputTransport::Connected() {
  if (!is_set_up()) return;
  ClientConnected();
  if (session_timeout_ <= Nanos(0)) return;
  session_.emplace(loop(), [this] {
    if (is_set_up()) on_session_timeout.Emit(loop());
  });
  session_->Arm(session_timeout_);
}

void WebsocketInputTransport::Take(Ref<Frame> frame) {
  if (!is_set_up() || stopped_) return;
  if (frame->Is<InputAudioRawFrame>()) {
    return TakeAudio(Ref<InputAudioRawFrame>(static_cast<InputAudioRawFrame*>(frame.get())));
  }
  if (const auto* message = frame->As<InputTransportMessageFrame>()) return PushMessage(message->message);
  Push(std::move(frame));
}

void WebsocketInputTransport::TakeAudio(Ref<InputAudioRawFrame> audio) {
  WatchSpeed(*audio);
  if (audio->num_channels == 1 && audio->sample_rate == sample_rate()) return PushAudio(std::move(audio));
  std::vector<std::int16_t> samples = MixToMono(audio->audio.samples(), audio->num_channels);
  if (audio->sample_rate != sample_rate()) {
    if (!resampler_ || resampler_->from_hz() != audio->sample_rate) {
      auto made = Resampler::Create(audio->sample_rate, sample_rate());
      if (!made.ok()) return LogDebug("{}: {}", name(), made.status().message());
      resampler_.emplace(*std::move(made));
    }
    samples = resampler_->Process(samples);
  }
  PushAudio(Make<InputAudioRawFrame>(AudioBuffer::Copy(samples), sample_rate(), 1));
}

void WebsocketInputTransport::WatchSpeed(const InputAudioRawFrame& audio) {
  if (warned_) return;
  if (audio_seconds_ == 0) first_audio_ = loop().now();
  audio_seconds_ += static_cast<double>(audio.num_frames()) / audio.sample_rate;
  const double elapsed = ToSeconds(loop().now() - first_audio_);
  if (elapsed < kWatchSeconds || audio_seconds_ < elapsed * kTooFast + kBurstSeconds) return;
  warned_ = true;
  LogWarning("{}: the client sent {:.0f} s of sound in {:.0f} s; is it really recorded at {} Hz?", name(),
             audio_seconds_, elapsed, audio.sample_rate);
}

// ---------------------------------------------------------------- output

WebsocketOutputTransport::WebsocketOutputTransport(WebsocketLink& link, WebsocketTransportParams params)
    : BaseOutputTransport("WebsocketOutputTransport", params.transport), link_(link), ahead_(params.ahead) {}

Status WebsocketOutputTransport::OnSetup() {
  pacer_.emplace(loop(), ahead_);
  return BaseOutputTransport::OnSetup();
}

Status WebsocketOutputTransport::Process(FramePtr frame, Direction direction) {
  // The client is told before the sound stops, so that it drops what it has.
  if (direction == Direction::kDownstream && frame->Is<InterruptionFrame>()) {
    static_cast<void>(link_.Send(*frame));
  }
  return BaseOutputTransport::Process(std::move(frame), direction);
}

Task<Status> WebsocketOutputTransport::WriteAudio(Ref<const OutputAudioRawFrame> chunk) {
  // Held back here it can still be dropped by an interruption; on its way it cannot.
  while (link_.open() && link_.buffered_bytes() > kMaxBuffered) co_await Sleep(loop(), kLookAgain);
  const auto plain = Make<OutputAudioRawFrame>(chunk->audio, chunk->sample_rate, chunk->num_channels);
  Status sent = link_.Send(*plain);
  const Nanos length = FromSeconds(static_cast<double>(chunk->num_frames()) / chunk->sample_rate);
  static_cast<void>(co_await pacer_->Written(length));
  co_return sent;
}

// To a client that is gone nothing can be said; that it is gone has been told.
Status WebsocketOutputTransport::SendMessage(const MessageContent& message) {
  if (!link_.open()) return OkStatus();
  return link_.Send(*Make<OutputTransportMessageUrgentFrame>(message));
}

Status WebsocketOutputTransport::WriteFrame(const Frame& frame) {
  return link_.open() ? link_.Send(frame) : OkStatus();
}

}  // namespace repartee
