#include "repartee/agent/vendor_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace repartee {
namespace {

using ::testing::HasSubstr;

class VendorChoice : public ::testing::Test {
 protected:
  VendorChoice() { Unset(); }
  ~VendorChoice() override { Unset(); }
  static void Unset() {
    for (const char* const key : {"DEEPGRAM_API_KEY", "CARTESIA_API_KEY", "OPENAI_API_KEY"}) unsetenv(key);
  }
  static std::string FaultOf(const AgentSettings& settings) {
    const auto chosen = ChooseVendors(settings);
    EXPECT_FALSE(chosen.ok());
    return chosen.status().message();
  }
};

TEST_F(VendorChoice, StaysOnThisMachineWithoutKeys) {
  const auto chosen = ChooseVendors({});

  ASSERT_TRUE(chosen.ok()) << chosen.status();
  EXPECT_EQ(chosen->speech_to_text, "moonshine");
  EXPECT_EQ(chosen->language_model, "smollm2");
  EXPECT_EQ(chosen->text_to_speech, "piper");
}

TEST_F(VendorChoice, TakesTheVendorsWhoseKeysThereAre) {
  setenv("DEEPGRAM_API_KEY", "d", 1);
  setenv("OPENAI_API_KEY", "o", 1);
  setenv("CARTESIA_API_KEY", "c", 1);
  const auto chosen = ChooseVendors({});

  ASSERT_TRUE(chosen.ok()) << chosen.status();
  EXPECT_EQ(chosen->speech_to_text, "deepgram");
  EXPECT_EQ(chosen->language_model, "openai");
  EXPECT_EQ(chosen->text_to_speech, "cartesia");
}

TEST_F(VendorChoice, PutsTheSettingsBeforeTheKeys) {
  setenv("DEEPGRAM_API_KEY", "d", 1);
  setenv("CARTESIA_API_KEY", "c", 1);
  const auto chosen = ChooseVendors({.speech_to_text = "moonshine", .text_to_speech = "piper"});

  ASSERT_TRUE(chosen.ok()) << chosen.status();
  EXPECT_EQ(chosen->speech_to_text, "moonshine");
  EXPECT_EQ(chosen->text_to_speech, "piper");
}

TEST_F(VendorChoice, NamesTheKeyThatIsMissingAndTheNameThatIsNone) {
  EXPECT_THAT(FaultOf({.speech_to_text = "deepgram"}), HasSubstr("DEEPGRAM_API_KEY"));
  EXPECT_THAT(FaultOf({.text_to_speech = "cartesia"}), HasSubstr("CARTESIA_API_KEY"));
  EXPECT_THAT(FaultOf({.language_model = "openai"}), HasSubstr("OPENAI_API_KEY"));
  EXPECT_THAT(FaultOf({.speech_to_text = "whisper"}),
              HasSubstr("'whisper' is neither moonshine nor deepgram"));
}

TEST_F(VendorChoice, KeepsVirtualTimeOnThisMachine) {
  setenv("DEEPGRAM_API_KEY", "d", 1);
  const auto chosen = ChooseVendors({.run_inline = true});
  ASSERT_TRUE(chosen.ok()) << chosen.status();
  EXPECT_EQ(chosen->speech_to_text, "moonshine");

  EXPECT_THAT(FaultOf({.speech_to_text = "deepgram", .run_inline = true}), HasSubstr("virtual time"));
  EXPECT_THAT(FaultOf({.language_model = "http://h/v1", .run_inline = true}), HasSubstr("virtual time"));
}

}  // namespace
}  // namespace repartee
