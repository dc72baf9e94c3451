#include "repartee/transports/media_sender.h"

#include <algorithm>
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
      write_limit_(loop, [this] { GiveUp(); }),
      volume_(options_.volume) {}

MediaSender::~MediaSender() = default;

void MediaSender::Start() {
  if (task_ || broken_) return;
  StartEffects();
  task_ = Run();
  task_.Start(this);
}

void MediaSender::Stop() {
  write_limit_.Disarm();
  task_.Destroy();
  queue_.DropAll();
  if (filtering_) options_.filter->Stop();
  if (mixing_) options_.mixer->Stop();
  filtering_ = mixing_ = false;
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
  if (frame->Is<EndFrame>()) paused_ = false;
  queue_.Push(std::move(frame), Direction::kDownstream);
  wake_.Send(true);
}

void MediaSender::Pause() { paused_ = true; }

void MediaSender::Resume() {
  paused_ = false;
  wake_.Send(true);
}

void MediaSender::Interrupt() {
  Resume();
  run_list_.Bury(queue_.DropInterruptible(queue_.mark()));
  full_ = false;
  if (!keeps_speaking_ && !queue_.Contains(kSpeech)) StopSpeaking();
}

// ---------------------------------------------------------------- playing

Task<Status> MediaSender::Run() {
  for (;;) {
    if (paused_ && !mixing_) {
      co_await wake_.Receive();
      continue;
    }
    if (!queue_.empty() && !paused_) {
      FramePtr frame = queue_.Pop().frame;
      static_cast<void>(co_await Take(std::move(frame)));
      continue;
    }
    full_ = false;
    if (mixing_) {
      static_cast<void>(co_await WriteIdleChunk());
      continue;
    }
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
      ending_ = true;
      Ref<const OutputAudioRawFrame> silence =
          Make<OutputAudioRawFrame>(options_.end_silence, options_.rate_hz, 1);
      // One write, and it takes as long as it sounds.
      const Nanos length = FromSeconds(static_cast<double>(silence->num_frames()) / options_.rate_hz);
      static_cast<void>(co_await Write(std::move(silence), options_.write_timeout + length));
    }
    sink_.Drained();
    co_return OkStatus();
  }
  if (frame->Is<TTSStoppedFrame>()) StopSpeaking();
  sink_.WriteInOrder(*frame);
  sink_.Pass(std::move(frame));
  // It gets a hop ahead of what the next one causes: BotStartedSpeaking would overtake the TTSStarted before
  // it.
  if (!queue_.empty()) co_await Sleep(loop_, Nanos(0));
  co_return OkStatus();
}

Task<Status> MediaSender::TakeAudio(Ref<const OutputAudioRawFrame> chunk) {
  NoteSpeech(*chunk);
  last_chunk_ = loop_.now();
  if (volume_ * gain_ != 1.0f || filtering_ || mixing_) chunk = WithEffects(std::move(chunk));
  const bool written = co_await Write(chunk, options_.write_timeout);
  if (written) sink_.Pass(std::move(chunk));
  co_return OkStatus();
}

Task<bool> MediaSender::Write(Ref<const OutputAudioRawFrame> chunk, Nanos limit) {
  keeps_speaking_ = speaking_ && !chunk->interruptible();
  write_limit_.Arm(limit);
  const Status status = co_await sink_.WriteAudio(std::move(chunk));
  write_limit_.Disarm();
  keeps_speaking_ = false;
  if (!status.ok() && !std::exchange(write_failed_, true)) sink_.WriteFailed(status.message());
  if (status.ok()) write_failed_ = false;
  co_return status.ok();
}

// ---------------------------------------------------------------- effects

void MediaSender::StartEffects() {
  if (options_.filter) {
    const Status status = options_.filter->Start(options_.rate_hz, options_.channels);
    filtering_ = status.ok();
    if (!status.ok()) sink_.WriteFailed("the output's filter is left out: " + status.message());
  }
  if (options_.mixer) {
    const Status status = options_.mixer->Start(options_.rate_hz, options_.channels);
    mixing_ = status.ok();
    if (!status.ok()) sink_.WriteFailed("the mixer is left out: " + status.message());
  }
}

Status MediaSender::Control(const Frame& frame) {
  if (const auto* volume = frame.As<VolumeFrame>()) volume_ = std::max(volume->volume, 0.0f);
  if (const auto* gain = frame.As<VolumeGainFrame>()) gain_ = std::max(gain->gain, 0.0f);
  if (options_.filter) {
    if (const auto* enable = frame.As<FilterEnableFrame>()) filtering_ = enable->enable;
    if (const auto* update = frame.As<FilterUpdateSettingsFrame>())
      return options_.filter->UpdateSettings(update->settings);
  }
  if (options_.mixer) {
    if (const auto* enable = frame.As<MixerEnableFrame>()) options_.mixer->Enable(enable->enable);
    if (const auto* update = frame.As<MixerUpdateSettingsFrame>())
      return options_.mixer->UpdateSettings(update->settings);
  }
  return OkStatus();
}

// With a mixer something is always written; the write is what paces it.
Task<Status> MediaSender::WriteIdleChunk() {
  Ref<const OutputAudioRawFrame> silence =
      Make<OutputAudioRawFrame>(options_.idle_chunk, options_.rate_hz, options_.channels);
  silence = WithEffects(std::move(silence));
  const bool written = co_await Write(std::move(silence), options_.write_timeout);
  // A sink that refuses at once must not make this a loop without end.
  if (!written) static_cast<void>(co_await wake_.ReceiveFor(std::chrono::seconds(1)));
  if (speaking_ && !paused_ && loop_.now() - last_chunk_ > kNothingIsEnd) StopSpeaking();
  co_return OkStatus();
}

Ref<const OutputAudioRawFrame> MediaSender::WithEffects(Ref<const OutputAudioRawFrame> chunk) {
  AudioBuffer audio = filtering_ ? AudioBuffer::Copy(options_.filter->Filter(chunk->audio.samples()))
                                 : AudioBuffer::CopyBytes(chunk->audio.bytes());
  ApplyGain(audio.writable(), volume_ * gain_);
  if (mixing_) options_.mixer->Mix(audio.writable());
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
  if (ending_) sink_.Drained();
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
