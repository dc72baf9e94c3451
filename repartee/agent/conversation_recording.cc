#include "repartee/agent/conversation_recording.h"

#include <filesystem>
#include <utility>

#include "repartee/base/log.h"

namespace repartee {
namespace {

// Of a side; so much is in memory and not on the disk.
constexpr std::size_t kPieceBytes = 48000;

AudioBufferProcessorOptions Options() {
  AudioBufferProcessorOptions options;
  options.num_channels = 2;
  options.buffer_size = kPieceBytes;
  return options;
}

}  // namespace

ConversationRecording::ConversationRecording() : processor_(Options()) {
  processor_.on_audio_data.Connect(
      [this](const AudioBuffer& audio, int rate_hz, int channels) { Write(audio, rate_hz, channels); });
}

void ConversationRecording::Start(std::string path) {
  path_ = std::move(path);
  std::error_code ignored;  // the writer tells of a folder that is missing
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), ignored);
  processor_.StartRecording();
}

void ConversationRecording::Write(const AudioBuffer& audio, int rate_hz, int channels) {
  if (failed_) return;
  if (!writer_) {
    auto created = WavWriter::Create(path_, rate_hz, channels);
    if (!created.ok()) return Fail(created.status());
    writer_.emplace(*std::move(created));
  }
  if (const Status status = writer_->Write(audio.samples()); !status.ok()) Fail(status);
}

void ConversationRecording::Fail(const Status& status) {
  failed_ = true;
  LogError("the conversation is not recorded: {}", status.message());
}

}  // namespace repartee
