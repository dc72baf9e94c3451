#include "repartee/transports/audio_chunker.h"

#include <gtest/gtest.h>

namespace repartee {
namespace {

TEST(AudioChunker, SlicesWhatFitsWithoutCopying) {
  AudioChunker chunker(16000, 1, 640);
  const AudioBuffer audio = AudioBuffer::Silence(1280);

  const auto chunks = chunker.Add(TTSAudioRawFrame(audio, 16000, 1, "c"));

  ASSERT_TRUE(chunks.ok());
  ASSERT_EQ(chunks->size(), 2u);
  EXPECT_EQ((*chunks)[1]->audio.data(), audio.data() + 640);
  EXPECT_EQ((*chunks)[1]->As<TTSAudioRawFrame>()->context_id, "c");
  EXPECT_TRUE(chunker.Flush().empty());
}

TEST(AudioChunker, ARateThatChangesInTheMiddleFlushesTheOldOne) {
  AudioChunker chunker(16000, 1, 640);
  std::size_t bytes = 0;
  for (const int rate : {8000, 24000, 16000, 8000}) {
    const auto chunks =
        chunker.Add(OutputAudioRawFrame(AudioBuffer::Silence(static_cast<std::size_t>(rate) * 2), rate, 1));
    ASSERT_TRUE(chunks.ok());
    for (const auto& chunk : *chunks) bytes += chunk->audio.size();
  }
  for (const auto& chunk : chunker.Flush()) bytes += chunk->audio.size();

  EXPECT_NEAR(static_cast<double>(bytes), 4 * 32000.0, 4 * 640.0);
}

TEST(AudioChunker, DropKeepsTheRestOfUninterruptibleSound) {
  AudioChunker chunker(16000, 1, 640);
  OutputAudioRawFrame frame(AudioBuffer::Silence(100), 16000, 1);
  ASSERT_TRUE(chunker.Add(frame).ok());
  chunker.Drop();
  EXPECT_TRUE(chunker.Flush().empty());

  frame.set_interruptible(false);
  ASSERT_TRUE(chunker.Add(frame).ok());
  chunker.Drop();
  EXPECT_EQ(chunker.Flush().size(), 1u);
}

}  // namespace
}  // namespace repartee
