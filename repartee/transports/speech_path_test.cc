// A speech service and an output together: what counts as spoken, and when.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/frames/llm_frames.h"
#include "repartee/pipeline/testing/rig.h"
#include "repartee/services/tts_service.h"
#include "repartee/transports/paced_output_for_test.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

// A local voice: 400 ms of sound for each clause, at once.
class ClauseTts final : public TTSService {
 public:
  ClauseTts() : TTSService("ClauseTTS", Json::object(), Options()) {}

 private:
  static TTSServiceOptions Options() {
    TTSServiceOptions options;
    options.text_aggregation_mode = TextAggregationMode::kClause;
    options.sample_rate = 16000;
    return options;
  }
  Task<Status> RunTts(std::string /*text*/, std::string context_id) override {
    AudioBuffer audio = AudioBuffer::Allocate(12800);
    for (auto& sample : audio.writable()) sample = 10000;
    AppendAudio(context_id, std::move(audio));
    co_return OkStatus();
  }
};

std::vector<std::string> SpokenTexts(const testing::Rig& rig) {
  std::vector<std::string> texts;
  for (const auto& one : rig.downstream()) {
    if (const auto* text = one.frame->As<TTSTextFrame>()) texts.push_back(text->text);
  }
  return texts;
}

TEST(SpeechPath, AfterAnInterruptionOnlyTheClausesThatWereHeardCountAsSpoken) {
  ClauseTts tts;
  testing::PacedOutput output;
  testing::Rig rig({&tts, &output});
  rig.Push(Make<LLMFullResponseStartFrame>());
  for (const char* token :
       {"The weather in", " Oslo is fine,", " the one in Rome is not,", " and Berlin", " is grey."}) {
    rig.Push(Make<LLMTextFrame>(token));
  }
  rig.Push(Make<LLMFullResponseEndFrame>());
  rig.Wait(milliseconds(500));
  rig.Push(Make<InterruptionFrame>());
  rig.Wait(milliseconds(2000));

  EXPECT_THAT(SpokenTexts(rig), ElementsAre("The weather in Oslo is fine,"));
}

TEST(SpeechPath, AnUncutAnswerIsSpokenClauseByClauseAndEndsBehindItsSound) {
  ClauseTts tts;
  testing::PacedOutput output;
  testing::Rig rig({&tts, &output});
  rig.Push(Make<LLMFullResponseStartFrame>());
  rig.Push(Make<LLMTextFrame>("The weather in Oslo is fine, the one in Rome is not."));
  rig.Push(Make<LLMFullResponseEndFrame>());
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(SpokenTexts(rig), ElementsAre("The weather in Oslo is fine,", "the one in Rome is not."));
  EXPECT_THAT(rig.DownstreamLog().back(), "EndFrame@800");
  EXPECT_THAT(rig.DownstreamLog(), ::testing::Contains("LLMFullResponseEndFrame@800"));
}

}  // namespace
}  // namespace repartee
