// SummaryModel: a language model of its own for the summaries of a context, smaller or
// cheaper than the one that talks. It stands beside the pipeline: it starts and ends with
// it, is asked for summaries, and nothing else that it says is heard but its errors.
//
// Thread: the conversation's loop.
#pragma once

#include <functional>
#include <vector>

#include "repartee/frames/llm_frames.h"
#include "repartee/pipeline/frame_processor.h"

namespace repartee {

class SummaryModel {
 public:
  // `llm` is an LLMService that is in no pipeline; borrowed. `owner` lives as long as this: errors go
  // upstream from it.
  SummaryModel(FrameProcessor& llm, FrameProcessor& owner,
               std::function<void(const LLMContextSummaryResultFrame&)> on_result);

  // What the task sets up and shuts down.
  std::vector<FrameProcessor*> processors() { return {&before_, &llm_, &behind_}; }
  // A request, or a frame of the life cycle.
  void Queue(FramePtr frame);

 private:
  // An end of the one-model pipeline: what comes out there is given away.
  class End final : public FrameProcessor {
   public:
    End(const char* name, Direction outward, std::function<void(FramePtr)> take);

   protected:
    Status Process(FramePtr frame, Direction direction) override;

   private:
    const Direction outward_;
    const std::function<void(FramePtr)> take_;
  };

  FrameProcessor& llm_;
  End before_;
  End behind_;
};

}  // namespace repartee
