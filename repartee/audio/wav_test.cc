#include "repartee/audio/wav.h"

#include <gmock/gmock.h>

#include <bit>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "repartee/audio/golden_for_test.h"

namespace repartee {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using Samples = std::vector<std::int16_t>;

std::string U16(std::uint32_t v) { return {static_cast<char>(v & 0xFF), static_cast<char>(v >> 8 & 0xFF)}; }
std::string U32(std::uint32_t v) { return U16(v & 0xFFFF) + U16(v >> 16); }

std::string Chunk(const std::string& id, const std::string& body) {
  return id + U32(static_cast<std::uint32_t>(body.size())) + body +
         (body.size() % 2 == 1 ? std::string(1, '\0') : "");
}

std::string Riff(const std::string& chunks) {
  return "RIFF" + U32(static_cast<std::uint32_t>(chunks.size() + 4)) + "WAVE" + chunks;
}

std::string Fmt(std::uint32_t tag, std::uint32_t channels, std::uint32_t rate_hz, std::uint32_t bits,
                const std::string& more = "") {
  const std::uint32_t block = channels * ((bits + 7) / 8);
  return Chunk(
      "fmt ", U16(tag) + U16(channels) + U32(rate_hz) + U32(rate_hz * block) + U16(block) + U16(bits) + more);
}

std::string Extensible(std::uint32_t tag) {
  return U16(22) + U16(16) + U32(3) + U16(tag) + std::string("\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71", 14);
}

std::string F32(float v) { return U32(std::bit_cast<std::uint32_t>(v)); }
std::string F64(double v) {
  const auto bits = std::bit_cast<std::uint64_t>(v);
  return U32(static_cast<std::uint32_t>(bits)) + U32(static_cast<std::uint32_t>(bits >> 32));
}

struct GoodFile {
  std::string what;
  std::string bytes;
  WavAudio expected;
};

std::vector<GoodFile> GoodFiles() {
  const std::string pcm = Fmt(1, 1, 16000, 16);
  const std::string two = U16(1000) + U16(0xFC18);
  const std::string odd_list = Chunk("LIST", "odd");
  return {
      {"16 bit", Riff(pcm + Chunk("data", two)), {16000, 1, {1000, -1000}}},
      {"stereo", Riff(Fmt(1, 2, 44100, 16) + Chunk("data", two)), {44100, 2, {1000, -1000}}},
      {"six channels",
       Riff(Fmt(1, 6, 48000, 16) + Chunk("data", two + two + two)),
       {48000, 6, {1000, -1000, 1000, -1000, 1000, -1000}}},
      {"8 bit",
       Riff(Fmt(1, 1, 8000, 8) + Chunk("data", std::string("\x80\xFF\0", 3))),
       {8000, 1, {0, 32512, -32768}}},
      {"24 bit",
       Riff(Fmt(1, 1, 96000, 24) + Chunk("data", std::string("\xFF\x01\x80\x99\x02\x01", 6))),
       {96000, 1, {-32767, 258}}},
      {"32 bit",
       Riff(Fmt(1, 1, 384000, 32) + Chunk("data", U32(0x80000000) + U32(0x00027FFF))),
       {384000, 1, {-32768, 2}}},
      {"20 bit in 3 bytes",
       Riff(Fmt(1, 1, 4000, 20) + Chunk("data", std::string("\0\x01\x02", 3))),
       {4000, 1, {513}}},
      {"float",
       Riff(Fmt(3, 1, 16000, 32) + Chunk("data", F32(0.5f) + F32(-2.f) + F32(__builtin_nanf("")))),
       {16000, 1, {16384, -32768, 0}}},
      {"double",
       Riff(Fmt(3, 1, 16000, 64) + Chunk("data", F64(0.5) + F64(-1e300) + F64(__builtin_nan("")))),
       {16000, 1, {16384, -32768, 0}}},
      {"mu-law", Riff(Fmt(7, 1, 8000, 8) + Chunk("data", std::string("\0\xFF", 2))), {8000, 1, {-32124, 0}}},
      {"A-law", Riff(Fmt(6, 1, 8000, 8) + Chunk("data", std::string("\0\x80", 2))), {8000, 1, {-5504, 5504}}},
      {"extensible PCM",
       Riff(Fmt(0xFFFE, 1, 16000, 16, Extensible(1)) + Chunk("data", two)),
       {16000, 1, {1000, -1000}}},
      {"extensible float",
       Riff(Fmt(0xFFFE, 1, 16000, 32, Extensible(3)) + Chunk("data", F32(-0.5f))),
       {16000, 1, {-16384}}},
      {"format of 18 bytes",
       Riff(Fmt(1, 1, 16000, 16, U16(0)) + Chunk("data", two)),
       {16000, 1, {1000, -1000}}},
      {"odd chunks before and after",
       Riff(odd_list + pcm + odd_list + Chunk("data", two) + odd_list),
       {16000, 1, {1000, -1000}}},
      {"rubbish after the sound", Riff(pcm + Chunk("data", two)) + "rubbish", {16000, 1, {1000, -1000}}},
      {"an unfinished last frame", Riff(pcm + Chunk("data", two + "x")), {16000, 1, {1000, -1000}}},
      {"wrong RIFF size", "RIFF" + U32(7) + "WAVE" + pcm + Chunk("data", two), {16000, 1, {1000, -1000}}},
      {"written to a pipe",
       "RIFF" + U32(0xFFFFFFFF) + "WAVE" + pcm + "data" + U32(0xFFFFFFFF) + two,
       {16000, 1, {1000, -1000}}},
      {"header never finished",
       "RIFF" + U32(0) + "WAVE" + pcm + "data" + U32(0) + two,
       {16000, 1, {1000, -1000}}},
  };
}

TEST(WavReader, ReadsEveryUsualKind) {
  for (const GoodFile& file : GoodFiles()) {
    SCOPED_TRACE(file.what);
    const Result<WavAudio> audio = ParseWav(file.bytes, "good.wav");
    ASSERT_TRUE(audio.ok()) << audio.status();
    EXPECT_EQ(audio->rate_hz, file.expected.rate_hz);
    EXPECT_EQ(audio->channels, file.expected.channels);
    EXPECT_EQ(audio->samples, file.expected.samples);
  }
}

struct BrokenFile {
  std::string bytes;
  StatusCode code;
  std::string fault;
};

std::vector<BrokenFile> BrokenFiles() {
  constexpr auto kUnfit = StatusCode::kInvalidArgument;
  constexpr auto kBroken = StatusCode::kMalformed;
  const std::string pcm = Fmt(1, 1, 16000, 16);
  const std::string sound = Chunk("data", U16(1) + U16(2));
  return {
      {"", kUnfit, "the file is empty"},
      {"RIFF", kUnfit, "a RIFF file without sound"},
      {"hello, this is a text file", kUnfit, "not a WAV file: it does not begin with RIFF and WAVE"},
      {"fLaC and so on, long enough", kUnfit, "but a FLAC file; convert it"},
      {std::string("\0\0\0\x20", 4) + "ftypM4A and so on", kUnfit, "but an MP4 file"},
      {"RIFF" + U32(4) + "AVI " + pcm + sound, kUnfit, "a RIFF file without sound"},
      {Riff(""), kBroken, "it ends before its 'fmt ' chunk"},
      {Riff(pcm), kBroken, "it ends before its 'data' chunk"},
      {Riff(sound + pcm), kBroken, "'data' chunk comes before the 'fmt ' chunk"},
      {Riff(Chunk("fmt ", "short") + sound), kBroken, "'fmt ' chunk has 5 bytes, it needs 16"},
      {Riff(Fmt(0xFFFE, 1, 16000, 16) + sound), kBroken, "extensible 'fmt ' chunk has 16 bytes, it needs 40"},
      {Riff("LIST" + U32(5000) + "abc"), kBroken,
       "chunk 'LIST' at byte 12 should have 5000 bytes, 3 are there"},
      {Riff("\x01\x02\x03\x04" + U32(99)), kBroken, "chunk '????"},
      {Riff(pcm + "data" + U32(32000) + "abcd"), kBroken,
       "cut off: the sound should have 32000 bytes, 4 are there"},
      {Riff(pcm + Chunk("data", "")), kUnfit, "there is no sound in it"},
      {Riff(pcm + Chunk("data", "x")), kUnfit, "there is no sound in it"},
      {Riff(Fmt(1, 0, 16000, 16) + sound), kUnfit, "0 channels; 1 to 64 can be read"},
      {Riff(Fmt(1, 65, 16000, 16) + sound), kUnfit, "65 channels"},
      {Riff(Fmt(1, 1, 0, 16) + sound), kUnfit, "sample rate 0 Hz; 4000 to 384000 Hz can be read"},
      {Riff(Fmt(1, 1, 4000000000, 16) + sound), kUnfit, "sample rate 4000000000 Hz"},
      {Riff(Fmt(1, 1, 16000, 0) + sound), kUnfit, "0 bits a sample"},
      {Riff(Fmt(1, 1, 16000, 40) + sound), kUnfit, "40 bits a sample"},
      {Riff(Fmt(3, 1, 16000, 16) + sound), kUnfit, "16 bits a sample in format 3"},
      {Riff(Fmt(0x55, 1, 16000, 16) + sound), kUnfit, "coded with MP3 (format 0x0055); convert it"},
      {Riff(Fmt(0x1234, 1, 16000, 16) + sound), kUnfit, "an unknown codec (format 0x1234)"},
      {Riff(Chunk("fmt ", U16(1) + U16(2) + U32(16000) + U32(64000) + U16(3) + U16(16)) + sound), kBroken,
       "2 channels of 16 bits are not 3 bytes"},
  };
}

TEST(WavReader, SaysWhatIsWrongWithABrokenFile) {
  for (const BrokenFile& file : BrokenFiles()) {
    SCOPED_TRACE(file.fault);
    const Result<WavAudio> audio = ParseWav(file.bytes, "bad.wav");
    ASSERT_FALSE(audio.ok());
    EXPECT_EQ(audio.status().code(), file.code);
    EXPECT_THAT(audio.status().message(), AllOf(StartsWith("bad.wav: "), HasSubstr(file.fault)));
  }
}

TEST(WavReader, AGoodFileCutAnywhereGivesAnErrorAndNoCrash) {
  const std::string whole =
      Riff(Fmt(0xFFFE, 2, 16000, 16, Extensible(1)) + Chunk("LIST", "abc") + Chunk("data", U32(1) + U32(2)));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(ParseWav(whole.substr(0, length), "cut.wav").ok()) << length;
  }
}

TEST(WavReader, RefusesEndlessChunks) {
  std::string chunks;
  for (int i = 0; i < 1001; ++i) chunks += Chunk("junk", "");

  EXPECT_THAT(ParseWav(Riff(chunks), "a.wav").status().message(), HasSubstr("more than 1000 chunks"));
}

TEST(WavReader, SaysThatThereIsNoSuchFileAndThatAFolderIsNone) {
  const std::string missing = testing::TempDir() + "no-such-file.wav";

  EXPECT_EQ(ReadWav(missing).status().code(), StatusCode::kNotFound);
  EXPECT_THAT(ReadWav(missing).status().message(), HasSubstr("no-such-file.wav: no such file"));
  EXPECT_THAT(ReadWav(testing::TempDir()).status().message(), HasSubstr("not a regular file"));
}

TEST(WavReader, ReadsInPieces) {
  Samples samples;
  for (int i = 0; i < 50000; ++i) samples.push_back(static_cast<std::int16_t>(i));
  Result<WavReader> reader = WavReader::FromBytes(EncodeWav(samples, 16000, 2), "a.wav");
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(reader->info().frames, 25000u);
  EXPECT_DOUBLE_EQ(reader->info().seconds(), 1.5625);

  Samples read;
  Samples piece(641);  // an odd one: only whole frames come
  for (;;) {
    const Result<std::size_t> count = reader->Read(piece);
    ASSERT_TRUE(count.ok()) << count.status();
    if (*count == 0) break;
    EXPECT_EQ(*count % 2, 0u);
    read.insert(read.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(*count));
  }

  EXPECT_EQ(read, samples);
}

TEST(WavReader, DoesNotTakeMoreThanTwoHoursIntoMemory) {
  const std::string path = testing::TempDir() + "long.wav";
  const std::string head = "RIFF" + U32(0xFFFFFFFF) + "WAVE" + Fmt(7, 1, 48000, 8) + "data" + U32(0xFFFFFFFF);
  std::ofstream(path, std::ios::binary) << head;
  std::filesystem::resize_file(path, head.size() + kMaxWavSamples + 1);  // a sparse file

  const Result<WavAudio> audio = ReadWav(path);

  std::filesystem::remove(path);
  EXPECT_EQ(audio.status().code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(audio.status().message(), HasSubstr("120 minutes of sound"));
}

TEST(WavReader, SaysThatTheFileBecameShorter) {
  const std::string path = testing::TempDir() + "shrinking.wav";
  std::ofstream(path, std::ios::binary) << EncodeWav(Samples(100000, 1), 16000, 1);
  Result<WavReader> reader = WavReader::Open(path);
  ASSERT_TRUE(reader.ok()) << reader.status();
  std::filesystem::resize_file(path, 1000);

  Samples samples(100000);
  const Result<std::size_t> count = reader->Read(samples);

  EXPECT_THAT(count.status().message(), HasSubstr("shrinking.wav: the file became shorter"));
}

TEST(WavWriter, WritesWhatTheReaderReads) {
  const std::string path = testing::TempDir() + "written.wav";
  Result<WavWriter> writer = WavWriter::Create(path, 24000, 2);
  ASSERT_TRUE(writer.ok()) << writer.status();

  EXPECT_TRUE(writer->Write(Samples{1, -2}).ok());
  EXPECT_TRUE(writer->Write(Samples{32767, -32768}).ok());
  EXPECT_TRUE(writer->Close().ok());
  EXPECT_TRUE(writer->Close().ok());

  std::ifstream file(path, std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}),
            EncodeWav(Samples{1, -2, 32767, -32768}, 24000, 2));
  const Result<WavAudio> audio = ReadWav(path);
  ASSERT_TRUE(audio.ok()) << audio.status();
  EXPECT_EQ(audio->rate_hz, 24000);
  EXPECT_EQ(audio->channels, 2);
  EXPECT_THAT(audio->samples, ElementsAre(1, -2, 32767, -32768));
}

TEST(WavWriter, TheFileIsWholeEverySecondAndWhenTheWriterGoes) {
  const std::string path = testing::TempDir() + "unclosed.wav";
  {
    Result<WavWriter> writer = WavWriter::Create(path, 16000, 1);
    ASSERT_TRUE(writer.ok()) << writer.status();
    for (int i = 0; i < 60; ++i) ASSERT_TRUE(writer->Write(Samples(320, 7)).ok());
    EXPECT_EQ(ReadWav(path)->samples.size(), 16000u);  // 1.2 s written, 1 s promised
  }
  EXPECT_EQ(ReadWav(path)->samples.size(), 19200u);
}

TEST(WavWriter, SaysWhyItCannotWrite) {
  const Result<WavWriter> nowhere = WavWriter::Create(testing::TempDir() + "no-folder/a.wav", 16000, 1);
  EXPECT_THAT(nowhere.status().message(), HasSubstr("a.wav: cannot be written: No such file or directory"));

  const Result<WavWriter> odd = WavWriter::Create(testing::TempDir() + "a.wav", 16000, 0);
  EXPECT_EQ(odd.status().code(), StatusCode::kInvalidArgument);

  Result<WavWriter> writer = WavWriter::Create(testing::TempDir() + "b.wav", 16000, 2);
  EXPECT_EQ(writer->Write(Samples{1}).code(), StatusCode::kInvalidArgument);
  ASSERT_TRUE(writer->Close().ok());
  EXPECT_EQ(writer->Write(Samples{1, 2}).code(), StatusCode::kFailedPrecondition);
}

TEST(WavWriter, AFullDiskIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";

  const Result<WavWriter> writer = WavWriter::Create("/dev/full", 16000, 1);

  EXPECT_EQ(writer.status().code(), StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace repartee
