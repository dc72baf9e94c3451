#include "repartee/audio/opus/ogg_opus.h"

#include <gtest/gtest.h>
#include <opus.h>

#include <cmath>
#include <memory>
#include <numbers>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace repartee {
namespace {

constexpr int kRate = 16000;
constexpr int kOpusRate = 48000;  // of the places in a file

// A second of a tone on the left of two channels and silence on the right.
std::vector<std::int16_t> ToneLeft(int seconds) {
  std::vector<std::int16_t> stereo;
  for (int i = 0; i < seconds * kRate; ++i) {
    stereo.push_back(static_cast<std::int16_t>(8000 * std::sin(2 * std::numbers::pi * 440 * i / kRate)));
    stereo.push_back(0);
  }
  return stereo;
}

std::uint64_t LittleEndian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// The packets of a file with one stream, and where it ends (RFC 3533).
struct Ogg {
  std::vector<std::string> packets;
  std::uint64_t end = 0;  // samples at 48 kHz

  explicit Ogg(std::string_view file) {
    std::string packet;
    while (file.size() >= 27 && file.starts_with("OggS")) {
      end = LittleEndian(file, 6, 8);
      const auto segments = static_cast<std::size_t>(LittleEndian(file, 26, 1));
      std::size_t at = 27 + segments;
      for (std::size_t i = 0; i < segments; ++i) {
        const auto size = static_cast<std::size_t>(LittleEndian(file, 27 + i, 1));
        packet += file.substr(at, size);
        at += size;
        if (size == 255) continue;
        packets.push_back(std::move(packet));
        packet.clear();
      }
      file.remove_prefix(at);
    }
    EXPECT_TRUE(file.empty()) << file.size() << " bytes are no page";
  }
};

std::vector<std::int16_t> Decoded(const Ogg& ogg, int channels) {
  int error = 0;
  const std::unique_ptr<OpusDecoder, void (*)(OpusDecoder*)> decoder(
      opus_decoder_create(kRate, channels, &error), &opus_decoder_destroy);
  std::vector<std::int16_t> sound;
  std::vector<std::int16_t> piece(static_cast<std::size_t>(kRate * channels));
  for (std::size_t i = 2; i < ogg.packets.size(); ++i) {  // behind the two heads
    const auto* bytes = reinterpret_cast<const unsigned char*>(ogg.packets[i].data());
    const int frames = opus_decode(decoder.get(), bytes, static_cast<opus_int32>(ogg.packets[i].size()),
                                   piece.data(), kRate, 0);
    EXPECT_GT(frames, 0) << opus_strerror(frames);
    sound.insert(sound.end(), piece.begin(), piece.begin() + frames * channels);
  }
  return sound;
}

double Loudness(const std::vector<std::int16_t>& stereo, std::size_t channel) {
  double squares = 0;
  for (std::size_t i = channel; i < stereo.size(); i += 2)
    squares += static_cast<double>(stereo[i]) * stereo[i];
  return std::sqrt(squares / static_cast<double>(stereo.size() / 2));
}

TEST(OggOpus, KeepsLengthAndChannelsAtATenthOfTheSize) {
  const std::vector<std::int16_t> sound = ToneLeft(3);

  const auto file = EncodeOggOpus(sound, kRate, 2);

  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_LT(file->size(), sound.size() * 2 / 8);
  const Ogg ogg(*file);
  ASSERT_GT(ogg.packets.size(), 2U);
  ASSERT_TRUE(ogg.packets[0].starts_with("OpusHead"));
  EXPECT_EQ(ogg.packets[0][9], 2);
  const std::uint64_t skipped = LittleEndian(ogg.packets[0], 10, 2);
  EXPECT_EQ(ogg.end - skipped, std::uint64_t{3} * kOpusRate);
  const auto heard = Decoded(ogg, 2);
  EXPECT_NEAR(Loudness(heard, 0), 8000 / std::numbers::sqrt2, 700);
  EXPECT_LT(Loudness(heard, 1), 400);
}

TEST(OggOpus, KeepsTheLengthOfShortSoundsToo) {
  const std::vector<std::int16_t> sound(2 * 500, 1000);
  for (const std::size_t frames :
       {std::size_t{1}, std::size_t{2}, std::size_t{159}, std::size_t{320}, std::size_t{500}}) {
    for (const int rate_hz : {8000, kRate, kOpusRate}) {
      const auto file = EncodeOggOpus(std::span(sound).first(2 * frames), rate_hz, 2);

      ASSERT_TRUE(file.ok()) << file.status();
      const Ogg ogg(*file);
      ASSERT_GT(ogg.packets.size(), 2U);
      EXPECT_EQ(ogg.end - LittleEndian(ogg.packets[0], 10, 2),
                frames * kOpusRate / static_cast<std::size_t>(rate_hz))
          << frames << " at " << rate_hz;
    }
  }
}

TEST(OggOpus, SaysWhatItDoesNotKnow) {
  EXPECT_EQ(EncodeOggOpus({}, kRate, 1).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(EncodeOggOpus(ToneLeft(1), kRate, 3).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(EncodeOggOpus(ToneLeft(1), 4000, 1).status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace repartee
