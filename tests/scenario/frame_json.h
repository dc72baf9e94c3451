// Frames as JSON and back, in the two forms of the scenario files: of a case (type,
// kind, marks, fields apart) and of a step (flat). Complete for every frame class.
//
// Thread: the conversation's loop.
#pragma once

#include <memory>

#include "repartee/base/clock.h"
#include "repartee/base/json.h"
#include "repartee/conversation/llm_context.h"
#include "repartee/frames/frame.h"

namespace repartee::scenario {

// What a frame takes from the scenario and not from its own JSON.
struct FrameSurroundings {
  std::shared_ptr<LLMContext> context;  // of every context frame and function call; may be null
  Nanos wall_now{0};                    // for times left free
};

// {"type", "kind", "uninterruptible", "fields"}; all but the type may be missing.
Result<Ref<Frame>> FrameFromCase(const Json& given, const FrameSurroundings& surroundings);
// {"type", field, field, ...}
Result<Ref<Frame>> FrameFromStep(const Json& given, const FrameSurroundings& surroundings);

// {"type", "kind", "uninterruptible", "broadcast", "pts_ms", "fields"}, each where it says
// something; null fields are left out.
Json FrameToCase(const Frame& frame);
// {"type", "pts", "interruptible" if not, field, field, ...} without what differs by implementation.
Json FrameToStep(const Frame& frame);

// The frame class is one of the library's.
bool IsFrameType(std::string_view name);

}  // namespace repartee::scenario
