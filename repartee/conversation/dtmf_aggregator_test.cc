#include "repartee/conversation/dtmf_aggregator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/pipeline/testing/rig.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Dtmf : public ::testing::Test {
 protected:
  void Press(const char* keys) {
    for (const char* key = keys; *key; ++key) {
      rig_.Push(Make<InputDTMFFrame>(static_cast<KeypadEntry>(*key)));
      rig_.Wait(milliseconds(100));
    }
  }
  // Without the keys themselves.
  std::vector<std::string> Log() {
    std::vector<std::string> log;
    for (const std::string& line : rig_.DownstreamLog()) {
      if (!line.starts_with("InputDTMF")) log.push_back(line);
    }
    return log;
  }
  DTMFAggregator aggregator_;
  testing::Rig rig_{{&aggregator_}};
};

TEST_F(Dtmf, BecomesATranscriptAfterAPause) {
  Press("12");
  rig_.Wait(milliseconds(3000));

  EXPECT_THAT(Log(), ElementsAre("InterruptionFrame@0", "TranscriptionFrame(DTMF: 12)@2100"));
  EXPECT_THAT(rig_.UpstreamLog(), ElementsAre("InterruptionFrame@0"));
}

TEST_F(Dtmf, EndsWithTheTerminationKey) {
  Press("12#3");

  EXPECT_THAT(Log(), ElementsAre("InterruptionFrame@0", "TranscriptionFrame(DTMF: 12#)@200",
                                 "InterruptionFrame@300"));
}

TEST_F(Dtmf, LosesNoKeyAtTheEnd) {
  Press("5");
  rig_.Push(Make<EndFrame>());
  rig_.Run();

  EXPECT_THAT(Log(), ElementsAre("InterruptionFrame@0", "TranscriptionFrame(DTMF: 5)@100", "EndFrame@100"));
}

TEST_F(Dtmf, EndsASequenceThatIsTooLong) {
  Press(std::string(130, '7').c_str());

  EXPECT_THAT(Log(), Contains(HasSubstr("DTMF: 777777777777")));
}

}  // namespace
}  // namespace repartee
