#include "repartee/transports/file/file_output.h"

#include <utility>

#include "repartee/audio/pcm.h"

namespace repartee {
namespace {

TransportParams WithAudio(TransportParams params) {
  params.audio_out_enabled = true;
  return params;
}

}  // namespace

FileOutputTransport::FileOutputTransport(FileOutputOptions options)
    : BaseOutputTransport("FileOutputTransport", WithAudio(options.params)), options_(std::move(options)) {}

Status FileOutputTransport::OnSetup() {
  pacer_.emplace(loop(), Nanos(0));
  return BaseOutputTransport::OnSetup();
}

Task<Status> FileOutputTransport::WriteAudio(Ref<const OutputAudioRawFrame> chunk) {
  Status noted;
  if (options_.recorder) {
    const std::vector<std::int16_t> mono = MixToMono(chunk->audio.samples(), chunk->num_channels);
    noted = options_.recorder->NoteBot(pacer_->next_start(), mono, chunk->sample_rate);
  }
  const auto length = FromSeconds(static_cast<double>(chunk->num_frames()) / chunk->sample_rate);
  static_cast<void>(co_await pacer_->Written(length));
  co_return noted;
}

}  // namespace repartee
