// The three services of a scripted conversation, pointed at its vendors.
//
// Thread: the conversation's loop.
#pragma once

#include <memory>

#include "repartee/pipeline/frame_processor.h"
#include "tests/scenario/scripted_vendors.h"

namespace repartee::scenario {

// Each outlives the services.
struct Vendors {
  RecognizerVendor& recognizer;
  ModelVendor& model;
  VoiceVendor& voice;
};

struct ScenarioServices {
  std::unique_ptr<FrameProcessor> stt;
  std::unique_ptr<FrameProcessor> llm;
  std::unique_ptr<FrameProcessor> tts;
};

ScenarioServices MakeScenarioServices(const ConversationScript& script, Vendors vendors);

}  // namespace repartee::scenario
