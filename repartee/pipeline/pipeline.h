// Pipeline: processors in a row, and itself a processor, so that pipelines nest.
//
// Frames going downstream enter at its head, upstream ones at its tail; what leaves
// at either end goes to the pipeline's own neighbours. Handled in place: a pipeline
// adds no queue of its own. Thread: the conversation's loop.
#pragma once

#include <vector>

#include "repartee/pipeline/frame_processor.h"

namespace repartee {

class Pipeline final : public FrameProcessor {
 public:
  // `processors` are borrowed, in order, and outlive the task that runs them.
  explicit Pipeline(std::vector<FrameProcessor*> processors);

  std::vector<FrameProcessor*> Children() override;
  const std::vector<FrameProcessor*>& processors() const { return processors_; }

 protected:
  Status Process(FramePtr frame, Direction direction) override;

 private:
  // One end: frames that come from outside go in, what comes from inside goes out.
  class End final : public FrameProcessor {
   public:
    End(Pipeline& pipeline, const char* name, Direction outward);

   protected:
    Status Process(FramePtr frame, Direction direction) override;

   private:
    Pipeline& pipeline_;
    const Direction outward_;
  };

  std::vector<FrameProcessor*> processors_;
  End source_;
  End sink_;
};

}  // namespace repartee
