#include "repartee/transports/audio_buffer_processor.h"

#include <algorithm>
#include <utility>

#include "repartee/audio/audio_mixer.h"
#include "repartee/audio/pcm.h"
#include "repartee/frames/speaking_frames.h"

namespace repartee {
namespace {

constexpr std::size_t kMaxSideBytes = 32 << 20;
// Rounding and late timers are no gaps.
constexpr double kSmallestGapSecs = 0.03;

}  // namespace

AudioBufferProcessor::AudioBufferProcessor(AudioBufferProcessorOptions options)
    : FrameProcessor("AudioBufferProcessor"), options_(options) {}

int AudioBufferProcessor::sample_rate() const {
  return options_.sample_rate > 0 ? options_.sample_rate : setup().audio_out_sample_rate;
}

Status AudioBufferProcessor::OnSetup() {
  if (options_.num_channels == 1 || options_.num_channels == 2) return OkStatus();
  return Status::InvalidArgument("{}: {} channels; there are 1 (mixed) and 2 (user and bot)", name(),
                                 options_.num_channels);
}

std::size_t AudioBufferProcessor::SampleNow() const {
  return static_cast<std::size_t>(ToSeconds(clock_now() - begin_) * sample_rate() + 0.5);
}

void AudioBufferProcessor::StartRecording() {
  if (std::exchange(recording_, true)) return;
  begin_ = clock_now();
  handed_out_ = 0;
  user_ = {};
  bot_ = {};
  on_recording_started.Emit(loop());
}

void AudioBufferProcessor::StopRecording() {
  if (!std::exchange(recording_, false)) return;
  HandOut();
  on_recording_stopped.Emit(loop());
}

Status AudioBufferProcessor::Process(FramePtr frame, Direction direction) {
  Status status;
  if (direction == Direction::kDownstream) {
    if (const auto* heard = frame->As<InputAudioRawFrame>()) {
      status = Note(user_, heard->audio, heard->sample_rate, heard->num_channels);
    } else if (const auto* said = frame->As<OutputAudioRawFrame>()) {
      status = Note(bot_, said->audio, said->sample_rate, said->num_channels);
    }
  }
  switch (frame->type()) {
    case FrameType::kStart:
      if (options_.auto_start_recording) StartRecording();
      break;
    case FrameType::kAudioBufferStartRecording: StartRecording(); break;
    case FrameType::kAudioBufferStopRecording:
    case FrameType::kEnd:
    case FrameType::kCancel: StopRecording(); break;
    default: WatchTurns(*frame); break;
  }
  Push(std::move(frame), direction);
  return status;
}

// Sound passes when it has been heard: it ends now.
Status AudioBufferProcessor::Note(Side& side, const AudioBuffer& audio, int rate_hz, int channels) {
  if (!recording_ || audio.empty() || channels < 1) return OkStatus();
  auto resampler = side.resamplers.find(rate_hz);
  if (resampler == side.resamplers.end()) {
    Result<Resampler> made = Resampler::Create(rate_hz, sample_rate());
    if (!made.ok()) return Status(made.status()).Annotate("recording");
    resampler = side.resamplers.emplace(rate_hz, *std::move(made)).first;
  }
  const auto mono = MixToMono(audio.samples(), channels);
  const auto sound = resampler->second.Process(mono);

  const std::size_t at = handed_out_ + side.samples.size();
  const std::size_t now = SampleNow();
  const auto slack = static_cast<std::size_t>(kSmallestGapSecs * sample_rate());
  if (now > at + sound.size() + slack) side.samples.resize(side.samples.size() + now - at - sound.size(), 0);
  side.samples.insert(side.samples.end(), sound.begin(), sound.end());
  if (options_.enable_turn_audio) {
    side.turn.insert(side.turn.end(), sound.begin(), sound.end());
    const auto second = static_cast<std::size_t>(sample_rate());
    const std::size_t keep = side.in_turn ? kMaxSideBytes / 2 : second;
    // Seldom, since what is dropped moves all the rest.
    if (side.turn.size() > 2 * keep)
      side.turn.erase(side.turn.begin(), side.turn.end() - static_cast<std::ptrdiff_t>(keep));
  }

  const std::size_t limit =
      options_.buffer_size > 0 ? std::min(options_.buffer_size, kMaxSideBytes) : kMaxSideBytes;
  if (side.samples.size() * 2 >= limit) HandOut();
  return OkStatus();
}

void AudioBufferProcessor::HandOut() {
  const std::size_t length = std::max(user_.samples.size(), bot_.samples.size());
  if (length == 0) return;
  user_.samples.resize(length, 0);
  bot_.samples.resize(length, 0);
  handed_out_ += length;
  if (on_audio_data.connected()) {
    std::vector<std::int16_t> both;
    if (options_.num_channels == 2) {
      both = InterleaveStereo(user_.samples, bot_.samples);
    } else {
      both.resize(length);
      std::ranges::transform(user_.samples, bot_.samples, both.begin(), MixSamples);
    }
    on_audio_data.Emit(loop(), AudioBuffer::Copy(both), sample_rate(), options_.num_channels);
  }
  if (on_track_audio_data.connected()) {
    on_track_audio_data.Emit(loop(), AudioBuffer::Copy(user_.samples), AudioBuffer::Copy(bot_.samples),
                             sample_rate(), 1);
  }
  user_.samples.clear();
  bot_.samples.clear();
}

void AudioBufferProcessor::WatchTurns(const Frame& frame) {
  if (!recording_ || !options_.enable_turn_audio) return;
  switch (frame.type()) {
    case FrameType::kUserStartedSpeaking: {
      const auto second = static_cast<std::size_t>(sample_rate());
      if (user_.turn.size() > second)
        user_.turn.erase(user_.turn.begin(), user_.turn.end() - static_cast<std::ptrdiff_t>(second));
      user_.in_turn = true;
      break;
    }
    case FrameType::kUserStoppedSpeaking: EndTurn(user_, on_user_turn_audio_data); break;
    case FrameType::kBotStartedSpeaking:
      bot_.turn.clear();
      bot_.in_turn = true;
      break;
    case FrameType::kBotStoppedSpeaking: EndTurn(bot_, on_bot_turn_audio_data); break;
    default: break;
  }
}

void AudioBufferProcessor::EndTurn(Side& side, Event<AudioBuffer, int, int>& event) {
  if (!std::exchange(side.in_turn, false)) return;
  if (!side.turn.empty()) event.Emit(loop(), AudioBuffer::Copy(side.turn), sample_rate(), 1);
  side.turn.clear();
}

}  // namespace repartee
