#include "repartee/services/tts_word_times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/services/leading_silence.h"

namespace repartee {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> RawOf(TtsWordTimes& times, std::initializer_list<const char*> words) {
  std::vector<std::string> raw;
  for (const char* word : words) raw.push_back(times.Take(word).raw);
  return raw;
}

TEST(TtsWordTimes, FindsEachWordAndTellsWhatIsSpokenOfItsText) {
  TtsWordTimes times;
  times.AddSegment({7, "Rain today.", TextType::kSentence});

  const auto match = times.Take("Rain");

  EXPECT_TRUE(match.matched);
  EXPECT_EQ(match.segment.id, 7);
  EXPECT_EQ(match.segment.text.substr(0, match.spoken_bytes), "Rain");
}

TEST(TtsWordTimes, KeepsTagsAndPunctuationInTheModelsSpelling) {
  TtsWordTimes times;
  times.AddSegment({1, "Your code is <spell>A7</spell>.", TextType::kSentence});

  EXPECT_THAT(RawOf(times, {"your", "CODE,", "is", "A7."}),
              ElementsAre("Your", "code", "is", "<spell>A7</spell>."));
  EXPECT_TRUE(times.TakeRest().empty());
}

TEST(TtsWordTimes, GoesOnToTheNextTextAndPastWordsSpokenOtherwise) {
  TtsWordTimes times;
  times.AddSegment({1, "I have 3 cats.", TextType::kSentence});
  times.AddSegment({2, "And 2 dogs", TextType::kSentence});

  EXPECT_THAT(RawOf(times, {"I", "have", "three", "cats", "And", "two", "dogs"}),
              ElementsAre("I", "have", "three", "cats.", "And", "two", "dogs"));
}

TEST(TtsWordTimes, TheRestIsWhatNoWordToldOf) {
  TtsWordTimes times;
  times.AddSegment({1, "Room 3 is free.", TextType::kSentence});
  times.AddSegment({2, "Take it.", TextType::kSentence});
  RawOf(times, {"Room", "three"});

  const auto rest = times.TakeRest();

  ASSERT_EQ(rest.size(), 2u);
  EXPECT_EQ(rest[0].text, "is free.");
  EXPECT_EQ(rest[1].text, "Take it.");
}

TEST(TtsWordTimes, TakesWordsOfAnyBytes) {
  TtsWordTimes times;
  times.AddSegment({1, "Caf\xc3", TextType::kSentence});
  EXPECT_EQ(times.Take("\xff").raw, "\xff");
  EXPECT_EQ(times.Take("").raw, "");
  times.AddSegment({2, "你好。", TextType::kSentence});
  EXPECT_THAT(RawOf(times, {"你", "好。"}), ElementsAre("你", "好。"));
}

TEST(LeadingSilence, MeasuresTheSilenceBeforeTheSound) {
  LeadingSilence silence(16000);
  std::vector<std::int16_t> samples(16000 / 10, 0);
  for (int i = 0; i < 16000 / 5; ++i) samples.push_back(i / 20 % 2 == 0 ? 8000 : -8000);

  const auto seconds = silence.Add(samples);

  ASSERT_TRUE(seconds.has_value());
  EXPECT_NEAR(*seconds, 0.1, 0.01);
  EXPECT_TRUE(silence.finished());
}

TEST(LeadingSilence, GivesUpAfterThreeSecondsAndIgnoresClicks) {
  LeadingSilence silence(8000);
  std::vector<std::int16_t> samples(8000 * 3, 0);
  for (std::size_t i = 4000; i < 4100; ++i) samples[i] = i % 2 == 0 ? 20000 : -20000;

  EXPECT_EQ(silence.Add(samples), std::nullopt);
  EXPECT_TRUE(silence.finished());
}

}  // namespace
}  // namespace repartee
