#include "repartee/services/local/models/espeak_phonemizer.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <string>

namespace repartee::local {
namespace {

using ::testing::HasSubstr;

std::string Phonemes(EspeakPhonemizer& espeak, std::string_view text) {
  const auto phonemes = espeak.Phonemes(text);
  EXPECT_TRUE(phonemes.ok()) << phonemes.status();
  return phonemes.ok() ? *phonemes : "";
}

TEST(EspeakPhonemizer, JoinsAnAnswerOfSeveralLinesAndStaysInStep) {
  EspeakPhonemizer espeak;

  EXPECT_EQ(Phonemes(espeak, "Dr. Smith lives in St. Louis"), "dˈɑːktɚ smˈɪθ lˈaɪvz ɪn sənt lˈuːi");
  EXPECT_EQ(Phonemes(espeak, "!?"), "");
  EXPECT_EQ(Phonemes(espeak, ""), "");
  EXPECT_EQ(Phonemes(espeak, "Paris"), "pˈæɹɪs");
}

TEST(EspeakPhonemizer, TakesOptionsNewlinesAndForeignLettersAsText) {
  EspeakPhonemizer espeak;

  EXPECT_EQ(Phonemes(espeak, "Paris\nParis"), "pˈæɹɪs pˈæɹɪs");
  EXPECT_THAT(Phonemes(espeak, "--version"), HasSubstr("vˈɜːʒən"));
  EXPECT_NE(Phonemes(espeak, "\u4f60\u597d caf\u00e9 \U0001F600 \xC3"), "");
  EXPECT_EQ(Phonemes(espeak, "Paris"), "pˈæɹɪs");
}

TEST(EspeakPhonemizer, StartsItsProcessAgainWhenThatWasKilled) {
  EspeakPhonemizer espeak;
  ASSERT_EQ(Phonemes(espeak, "Paris"), "pˈæɹɪs");
  const pid_t first = espeak.process_id();

  ASSERT_EQ(::kill(first, SIGKILL), 0);

  EXPECT_EQ(Phonemes(espeak, "Paris"), "pˈæɹɪs");
  EXPECT_NE(espeak.process_id(), first);
}

TEST(EspeakPhonemizer, StartsItsProcessAgainWhenThatAnswersNoMore) {
  EspeakPhonemizer espeak;
  ASSERT_EQ(Phonemes(espeak, "Paris"), "pˈæɹɪs");
  const pid_t first = espeak.process_id();

  ASSERT_EQ(::kill(first, SIGSTOP), 0);

  EXPECT_EQ(Phonemes(espeak, "Paris"), "pˈæɹɪs");
  EXPECT_NE(espeak.process_id(), first);
}

TEST(EspeakPhonemizer, RefusesAClauseThatIsTooLong) {
  EspeakPhonemizer espeak;

  const auto phonemes = espeak.Phonemes(std::string(1001, 'a'));

  EXPECT_EQ(phonemes.status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Phonemes(espeak, "Paris"), "pˈæɹɪs");
}

TEST(EspeakPhonemizer, SaysHowToInstallAMissingProgram) {
  EspeakPhonemizer espeak("espeak-ng-that-is-not-there");

  const auto phonemes = espeak.Phonemes("Paris");

  EXPECT_EQ(phonemes.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(phonemes.status().message(), HasSubstr("apt-get install espeak-ng"));
}

TEST(EspeakPhonemizer, GivesUpOnAProgramThatEndsAtOnce) {
  EspeakPhonemizer espeak("true");

  EXPECT_EQ(espeak.Phonemes("Paris").status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(espeak.process_id(), 0);
}

}  // namespace
}  // namespace repartee::local
