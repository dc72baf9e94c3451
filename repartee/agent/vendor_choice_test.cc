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
  EXPECT_EQ(chosen->stt.front().service, "local");
  EXPECT_EQ(chosen->llm.front().model, "smollm2");
  EXPECT_EQ(chosen->tts.front().service, "local");
}

TEST_F(VendorChoice, TakesTheVendorsWhoseKeysThereAre) {
  setenv("DEEPGRAM_API_KEY", "d", 1);
  setenv("OPENAI_API_KEY", "o", 1);
  setenv("CARTESIA_API_KEY", "c", 1);
  const auto chosen = ChooseVendors({});

  ASSERT_TRUE(chosen.ok()) << chosen.status();
  EXPECT_EQ(chosen->stt.front().service, "deepgram");
  EXPECT_EQ(chosen->llm.front().service, "openai");
  EXPECT_EQ(chosen->tts.front().service, "cartesia");
}

TEST_F(VendorChoice, PutsTheSettingsBeforeTheKeys) {
  setenv("DEEPGRAM_API_KEY", "d", 1);
  setenv("CARTESIA_API_KEY", "c", 1);
  const auto chosen = ChooseVendors({.stt = {{.service = "local"}}, .tts = {{.service = "local"}}});

  ASSERT_TRUE(chosen.ok()) << chosen.status();
  EXPECT_EQ(chosen->stt.front().service, "local");
  EXPECT_EQ(chosen->tts.front().service, "local");
}

TEST_F(VendorChoice, NamesTheKeyThatIsMissingAndTheNameThatIsNone) {
  EXPECT_THAT(FaultOf({.stt = {{.service = "deepgram"}}}), HasSubstr("DEEPGRAM_API_KEY"));
  EXPECT_THAT(FaultOf({.tts = {{.service = "cartesia"}}}), HasSubstr("CARTESIA_API_KEY"));
  EXPECT_THAT(FaultOf({.llm = {LanguageModelNamed("openai")}}), HasSubstr("OPENAI_API_KEY"));
  EXPECT_THAT(FaultOf({.stt = {{.service = "whisper"}}}),
              HasSubstr("'whisper' is neither local nor deepgram nor openai"));
}

TEST_F(VendorChoice, KeepsVirtualTimeOnThisMachine) {
  setenv("DEEPGRAM_API_KEY", "d", 1);
  const auto chosen = ChooseVendors({.run_inline = true});
  ASSERT_TRUE(chosen.ok()) << chosen.status();
  EXPECT_EQ(chosen->stt.front().service, "local");

  EXPECT_THAT(FaultOf({.stt = {{.service = "deepgram"}}, .run_inline = true}), HasSubstr("virtual time"));
  EXPECT_THAT(FaultOf({.llm = {LanguageModelNamed("http://h/v1")}, .run_inline = true}),
              HasSubstr("virtual time"));
}

}  // namespace
}  // namespace repartee
