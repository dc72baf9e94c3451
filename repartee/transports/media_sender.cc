#include "repartee/transports/media_sender.h"

#include <utility>

#include "repartee/audio/pcm.h"
#include "repartee/frames/lifecycle_frames.h"
#include "repartee/frames/service_frames.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kMaxQueued = 65536;
constexpr Nanos kSpeakingEvery = milliseconds(200);
// A speech-to-speech service says no end: so much silence is one.
constexpr Nanos kSilenceIsEnd = milliseconds(350);
// A text-to-speech service that forgets its TTSStopped costs so much.
constexpr Nanos kNothingIsEnd = std::chrono::seconds(3);
constexpr FrameTypeSet kSpeech{FrameType::kTTSAudioRaw, FrameType::kSpeechOutputAudioRaw};

}  // namespace

MediaSender::MediaSender(EventLoop& loop, RunList& run_list, MediaSink& sink, MediaSenderOptions options)
    : loop_(loop),
      run_list_(run_list),
      sink_(sink),
      options_(std::move(options)),
      wake_(loop, 1),
      write_limit_(loop, [this] { GiveUp(); }) {}

MediaSender::~MediaSender() = default;

void MediaSender::Start() {
  if (task_ || broken_) return;
  task_ = Run();
  task_.Start(this);
}

void MediaSender::Stop() {
  write_limit_.Disarm();
  task_.Destroy();
  queue_.DropAll();
}

void MediaSender::Add(FramePtr frame) {
  if (broken_) {
    if (frame->Is<OutputAudioRawFrame>()) return;
    if (frame->Is<EndFrame>()) return sink_.Drained();
    return sink_.Pass(std::move(frame));
  }
  if (queue_.size() >= kMaxQueued && frame->Is<OutputAudioRawFrame>()) {
    if (!std::exchange(full_, true))
      sink_.WriteFailed("44 minutes of sound wait to be played; more is dropped");
    return;
  }
  queue_.Push(std::move(frame), Direction::kDownstream);
  wake_.Send(true);
}

void MediaSender::Interrupt() {
  run_list_.Bury(queue_.DropInterruptible(queue_.mark()));
  full_ = false;
  if (!keeps_speaking_ && !queue_.Contains(kSpeech)) StopSpeaking();
}

// ---------------------------------------------------------------- playing

Task<Status> MediaSender::Run() {
  for (;;) {
    if (!queue_.empty()) {
      FramePtr frame = queue_.Pop().frame;
      static_cast<void>(co_await Take(std::move(frame)));
      continue;
    }
    full_ = false;
    const Nanos limit = speaking_ ? kNothingIsEnd : Nanos::max();
    const auto woken = co_await wake_.ReceiveFor(limit);
    if (!woken && queue_.empty()) StopSpeaking();
  }
}

Task<Status> MediaSender::Take(FramePtr frame) {
  if (frame->Is<OutputAudioRawFrame>()) {
    Ref<const OutputAudioRawFrame> chunk(frame->As<OutputAudioRawFrame>());
    co_return co_await TakeAudio(std::move(chunk));
  }
  if (frame->Is<EndFrame>()) {
    if (!options_.end_silence.empty()) {
      Ref<const OutputAudioRawFrame> silence =
          Make<OutputAudioRawFrame>(options_.end_silence, options_.rate_hz, 1);
      static_cast<void>(co_await Write(std::move(silence)));
    }
    sink_.Drained();
    co_return OkStatus();
  }
  if (frame->Is<TTSStoppedFrame>()) StopSpeaking();
  sink_.WriteInOrder(*frame);
  sink_.Pass(std::move(frame));
  co_return OkStatus();
}

Task<Status> MediaSender::TakeAudio(Ref<const OutputAudioRawFrame> chunk) {
  NoteSpeech(*chunk);
  if (options_.volume != 1.0f) chunk = WithVolume(std::move(chunk));
  const bool written = co_await Write(chunk);
  if (written) sink_.Pass(std::move(chunk));
  co_return OkStatus();
}

Task<bool> MediaSender::Write(Ref<const OutputAudioRawFrame> chunk) {
  keeps_speaking_ = speaking_ && !chunk->interruptible();
  write_limit_.Arm(options_.write_timeout);
  const Status status = co_await sink_.WriteAudio(std::move(chunk));
  write_limit_.Disarm();
  keeps_speaking_ = false;
  if (!status.ok() && !std::exchange(write_failed_, true)) sink_.WriteFailed(status.message());
  if (status.ok()) write_failed_ = false;
  co_return status.ok();
}

Ref<const OutputAudioRawFrame> MediaSender::WithVolume(Ref<const OutputAudioRawFrame> chunk) const {
  AudioBuffer audio = AudioBuffer::CopyBytes(chunk->audio.bytes());
  ApplyGain(audio.writable(), options_.volume);
  Ref<OutputAudioRawFrame> louder;
  if (const auto* speech = chunk->As<TTSAudioRawFrame>()) {
    louder = Make<TTSAudioRawFrame>(*speech);
  } else if (const auto* answer = chunk->As<SpeechOutputAudioRawFrame>()) {
    louder = Make<SpeechOutputAudioRawFrame>(*answer);
  } else {
    louder = Make<OutputAudioRawFrame>(*chunk);
  }
  louder->audio = std::move(audio);
  return louder;
}

// A write that hangs cannot be finished: what waits goes on without being played.
void MediaSender::GiveUp() {
  task_.Destroy();
  broken_ = true;
  keeps_speaking_ = false;
  sink_.WriteFailed("a write did not return in time; nothing more is played");
  StopSpeaking();
  while (!queue_.empty()) Add(queue_.Pop().frame);
}

// ---------------------------------------------------------------- speaking

void MediaSender::NoteSpeech(const OutputAudioRawFrame& chunk) {
  const Nanos now = loop_.now();
  if (chunk.Is<SpeechOutputAudioRawFrame>()) {
    const bool silent = IsSilence(chunk.audio.samples());
    if (!silent) last_voice_ = now;
    if (silent && speaking_ && stops_by_silence_ && now - last_voice_ > kSilenceIsEnd) return StopSpeaking();
    if (silent && !speaking_) return;
    stops_by_silence_ = true;
  } else if (!chunk.Is<TTSAudioRawFrame>()) {
    return;
  }
  if (!std::exchange(speaking_, true)) {
    sink_.BotStartedSpeaking();
    last_speaking_ = now - kSpeakingEvery;
  }
  if (now - last_speaking_ < kSpeakingEvery) return;
  last_speaking_ = now;
  sink_.BotSpeaking();
}

void MediaSender::StopSpeaking() {
  stops_by_silence_ = false;
  if (std::exchange(speaking_, false)) sink_.BotStoppedSpeaking();
}

}  // namespace repartee
