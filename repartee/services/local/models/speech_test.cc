// Moonshine and Piper: what they hear and say.
#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <sstream>

#include "repartee/audio/resampler.h"
#include "repartee/services/local/models/models_for_test.h"
#include "repartee/services/local/models/moonshine.h"
#include "repartee/services/local/models/piper.h"

namespace repartee::local {
namespace {

MoonshineRecognizer& Ears() {
  static const auto ears = Need(MoonshineRecognizer::Load(TestSpeechModels().moonshine, 1));
  return *ears;
}

PiperVoice& Voice() {
  static const auto voice = Need(PiperVoice::Load(TestSpeechModels().piper, 1));
  return *voice;
}

// Lower case, no punctuation, one spelling: as tests/data/audio/README.md counts words.
std::vector<std::string> Words(std::string text) {
  for (char& c : text) {
    c = c == '-' ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  std::erase_if(text, [](char c) { return std::string_view(".,?!:;\"'").find(c) != std::string_view::npos; });
  const std::map<std::string, std::string> spelling{{"mr", "mister"}, {"metres", "meters"}, {"10", "ten"}};
  std::vector<std::string> words;
  std::istringstream in(text);
  for (std::string word; in >> word;) words.push_back(spelling.contains(word) ? spelling.at(word) : word);
  return words;
}

// Words to change, add or take away until `heard` is `said`.
std::size_t WrongWords(const std::string& said, const std::string& heard) {
  const auto a = Words(said);
  const auto b = Words(heard);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({change, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row[b.size()];
}

std::string Hear(std::span<const std::int16_t> pcm) {
  std::vector<std::int16_t> padded(9600);  // 0.6 s before and 1 s after, as a turn has
  padded.insert(padded.end(), pcm.begin(), pcm.end());
  padded.resize(padded.size() + 16000);
  return Need(Ears().Transcribe(padded));
}

TEST(Moonshine, UnderstandsRealSpeech) {
  const std::map<std::string, std::string> clips{
      {"austen-0870",
       "and mister john dashwood had then leisure to consider how much there might be prudently in "
       "his power to do for them"},
      {"austen-0880", "he was not an ill disposed young man"},
      {"goforward", "go forward ten meters"},
      {"ten-of-clubs", "ten of clubs"}};
  std::size_t wrong = 0;
  for (const auto& [clip, said] : clips) {
    const std::string heard = Hear(TestSound("data/audio/" + clip + ".wav"));
    const std::size_t errors = WrongWords(said, heard);
    if (errors > 0) std::cout << clip << ": " << heard << '\n';
    wrong += errors;
  }

  EXPECT_LE(wrong, 2u);  // of 37
}

TEST(Moonshine, HearsNothingInSilenceAndInNoSoundAtAll) {
  EXPECT_EQ(Need(Ears().Transcribe({})), "");
  EXPECT_EQ(Need(Ears().Transcribe(std::vector<std::int16_t>(100))), "");
  EXPECT_EQ(Need(Ears().Transcribe(std::vector<std::int16_t>(16000))), "");
}

TEST(Moonshine, RefusesMoreThanItsLimit) {
  const std::vector<std::int16_t> long_sound(MoonshineRecognizer::kMaxSamples + 1);

  EXPECT_EQ(Ears().Transcribe(long_sound).status().code(), StatusCode::kInvalidArgument);
}

TEST(Piper, SpeaksWhatMoonshineUnderstands) {
  const std::string text = "The weather is nice today, and the sun is out.";
  const auto sound = Need(Voice().Synthesize(text));
  const double seconds = static_cast<double>(sound.size()) / Voice().sample_rate();

  const std::string heard = Hear(Need(Resample(sound, Voice().sample_rate(), 16000)));

  EXPECT_EQ(Voice().sample_rate(), 22050);
  EXPECT_GT(seconds, 1.5);
  EXPECT_LT(seconds, 5.0);
  EXPECT_LE(WrongWords(text, heard), 1u) << heard;
}

TEST(Piper, SaysNothingWhenThereIsNothingToSay) {
  EXPECT_TRUE(Need(Voice().Synthesize("")).empty());
  EXPECT_TRUE(Need(Voice().Synthesize("...!")).empty());
}

TEST(Piper, SpeaksOnThroughLettersItHasNoSoundFor) {
  EXPECT_FALSE(Need(Voice().Synthesize("\u4f60\u597d, caf\u00e9 \U0001F600 \xC3 [[x")).empty());
  EXPECT_EQ(Voice().Synthesize(std::string(1001, 'a')).status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace repartee::local
