#include "repartee/pipeline/pipeline.h"

namespace repartee {

Pipeline::End::End(Pipeline& pipeline, const char* name, Direction outward)
    : FrameProcessor(name), pipeline_(pipeline), outward_(outward) {
  set_direct();
}

Status Pipeline::End::Process(FramePtr frame, Direction direction) {
  (direction == outward_ ? static_cast<FrameProcessor&>(pipeline_) : *this).Push(std::move(frame), direction);
  return OkStatus();
}

Pipeline::Pipeline(std::vector<FrameProcessor*> processors)
    : FrameProcessor("Pipeline"),
      processors_(std::move(processors)),
      source_(*this, "PipelineSource", Direction::kUpstream),
      sink_(*this, "PipelineSink", Direction::kDownstream) {
  set_direct();
  FrameProcessor* last = &source_;
  for (FrameProcessor* processor : processors_) {
    last->Link(*processor);
    last = processor;
  }
  last->Link(sink_);
}

std::vector<FrameProcessor*> Pipeline::Children() {
  std::vector<FrameProcessor*> all{&source_};
  all.insert(all.end(), processors_.begin(), processors_.end());
  all.push_back(&sink_);
  return all;
}

Status Pipeline::Process(FramePtr frame, Direction direction) {
  (direction == Direction::kDownstream ? source_ : sink_).QueueFrame(std::move(frame), direction);
  return OkStatus();
}

}  // namespace repartee
