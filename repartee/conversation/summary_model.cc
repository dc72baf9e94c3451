#include "repartee/conversation/summary_model.h"

#include <utility>

#include "repartee/frames/lifecycle_frames.h"

namespace repartee {

SummaryModel::End::End(const char* name, Direction outward, std::function<void(FramePtr)> take)
    : FrameProcessor(name), outward_(outward), take_(std::move(take)) {
  set_direct();
}

Status SummaryModel::End::Process(FramePtr frame, Direction direction) {
  if (direction == outward_) {
    take_(std::move(frame));
  } else {
    Push(std::move(frame), direction);
  }
  return OkStatus();
}

SummaryModel::SummaryModel(FrameProcessor& llm, FrameProcessor& owner,
                           std::function<void(const LLMContextSummaryResultFrame&)> on_result)
    : llm_(llm),
      before_("SummaryModelSource", Direction::kUpstream,
              [&owner](FramePtr frame) {
                if (frame->Is<ErrorFrame>()) owner.Push(std::move(frame), Direction::kUpstream);
              }),
      behind_("SummaryModelSink", Direction::kDownstream,
              [on_result = std::move(on_result)](const FramePtr& frame) {
                if (const auto* result = frame->As<LLMContextSummaryResultFrame>()) on_result(*result);
              }) {
  before_.Link(llm_);
  llm_.Link(behind_);
}

void SummaryModel::Queue(FramePtr frame) { before_.QueueFrame(std::move(frame), Direction::kDownstream); }

}  // namespace repartee
