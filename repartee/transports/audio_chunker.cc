#include "repartee/transports/audio_chunker.h"

#include <algorithm>
#include <utility>

#include "repartee/audio/pcm.h"

namespace repartee {

AudioChunker::AudioChunker(int rate_hz, int channels, std::size_t chunk_bytes)
    : rate_hz_(rate_hz), channels_(channels), chunk_bytes_(chunk_bytes) {}

Result<AudioChunker::Chunks> AudioChunker::Add(const OutputAudioRawFrame& frame) {
  if (frame.num_channels < 1) {
    return Status::InvalidArgument("output audio with {} channels is dropped", frame.num_channels);
  }
  Chunks chunks;
  if (resampler_ && resampler_->from_hz() != frame.sample_rate) chunks = Flush();
  if (Status status = PrepareResampler(frame.sample_rate); !status.ok()) return status;

  origin_.type = frame.type();
  origin_.interruptible = frame.interruptible();
  const auto* speech = frame.As<TTSAudioRawFrame>();
  origin_.context_id = speech ? speech->context_id : std::string();
  AudioBuffer audio = WithOurChannels(frame.audio, frame.num_channels);
  if (resampler_) audio = AudioBuffer::Copy(resampler_->Process(audio.samples()));
  Cut(std::move(audio), chunks);
  return chunks;
}

Status AudioChunker::PrepareResampler(int from_hz) {
  if (from_hz == rate_hz_) {
    resampler_.reset();
    return OkStatus();
  }
  if (resampler_ && resampler_->from_hz() == from_hz) return OkStatus();
  Result<Resampler> made = Resampler::Create(from_hz, rate_hz_, channels_);
  if (!made.ok()) return std::move(made).status().Annotate("output audio is dropped");
  resampler_ = *std::move(made);
  return OkStatus();
}

// Whole frames alone; several channels become their mean, the mean goes onto all of ours.
AudioBuffer AudioChunker::WithOurChannels(AudioBuffer audio, int channels) const {
  const std::size_t frame_bytes = 2 * static_cast<std::size_t>(channels);
  if (channels == channels_) return audio.Slice(0, audio.size() / frame_bytes * frame_bytes);
  const std::vector<std::int16_t> mono = MixToMono(audio.samples(), channels);
  AudioBuffer result = AudioBuffer::Allocate(mono.size() * 2 * static_cast<std::size_t>(channels_));
  auto to = result.writable().begin();
  for (const std::int16_t sample : mono) to = std::fill_n(to, channels_, sample);
  return result;
}

void AudioChunker::Cut(AudioBuffer audio, Chunks& chunks) {
  std::size_t at = 0;
  if (!partial_.empty()) {
    at = std::min(chunk_bytes_ - partial_.size(), audio.size());
    partial_ += audio.bytes().substr(0, at);
    if (partial_.size() < chunk_bytes_) return;
    chunks.push_back(MakeChunk(AudioBuffer::CopyBytes(std::exchange(partial_, {}))));
  }
  for (; audio.size() - at >= chunk_bytes_; at += chunk_bytes_) {
    chunks.push_back(MakeChunk(audio.Slice(at, chunk_bytes_)));
  }
  if (at < audio.size()) partial_ = audio.bytes().substr(at);
}

Ref<OutputAudioRawFrame> AudioChunker::MakeChunk(AudioBuffer audio) const {
  Ref<OutputAudioRawFrame> chunk;
  if (origin_.type == FrameType::kTTSAudioRaw) {
    chunk = Make<TTSAudioRawFrame>(std::move(audio), rate_hz_, channels_, origin_.context_id);
  } else if (origin_.type == FrameType::kSpeechOutputAudioRaw) {
    chunk = Make<SpeechOutputAudioRawFrame>(std::move(audio), rate_hz_, channels_);
  } else {
    chunk = Make<OutputAudioRawFrame>(std::move(audio), rate_hz_, channels_);
  }
  chunk->set_interruptible(origin_.interruptible);
  return chunk;
}

AudioChunker::Chunks AudioChunker::Flush() {
  Chunks chunks;
  if (resampler_) Cut(AudioBuffer::Copy(resampler_->Flush()), chunks);
  if (!partial_.empty()) {
    partial_.resize(chunk_bytes_, '\0');
    chunks.push_back(MakeChunk(AudioBuffer::CopyBytes(std::exchange(partial_, {}))));
  }
  return chunks;
}

void AudioChunker::Drop() {
  if (origin_.interruptible) Clear();
}

void AudioChunker::Clear() {
  partial_.clear();
  if (resampler_) resampler_->Clear();
}

}  // namespace repartee
