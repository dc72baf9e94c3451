#include "repartee/pipeline/parallel_pipeline.h"

#include <utility>

#include "repartee/frames/audio_frames.h"

namespace repartee {
namespace {

constexpr std::size_t kRememberedIds = 4096;
constexpr std::size_t kMaxHeld = 16384;

bool IsSynchronized(const Frame& frame) {
  return frame.Is<StartFrame>() || frame.Is<EndFrame>() || frame.Is<CancelFrame>();
}

}  // namespace

// What comes out of a branch, at either side, goes to the parallel pipeline.
class ParallelPipeline::BranchEnd final : public FrameProcessor {
 public:
  BranchEnd(ParallelPipeline& owner, const char* name, Direction outward, std::size_t branch)
      : FrameProcessor(name), owner_(owner), outward_(outward), branch_(branch) {
    set_direct();
  }

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    if (direction == outward_) {
      owner_.Leave(std::move(frame), direction, branch_);
    } else {
      Push(std::move(frame), direction);
    }
    return OkStatus();
  }

 private:
  ParallelPipeline& owner_;
  const Direction outward_;
  const std::size_t branch_;
};

struct ParallelPipeline::Branch {
  Branch(ParallelPipeline& owner, std::vector<FrameProcessor*> processors, std::size_t number)
      : source(owner, "ParallelPipelineSource", Direction::kUpstream, number),
        pipeline(std::move(processors)),
        sink(owner, "ParallelPipelineSink", Direction::kDownstream, number) {
    source.Link(pipeline);
    pipeline.Link(sink);
  }
  BranchEnd source;
  Pipeline pipeline;
  BranchEnd sink;
};

ParallelPipeline::ParallelPipeline(const std::vector<std::vector<FrameProcessor*>>& branches)
    : ParallelPipeline("ParallelPipeline", branches) {}

ParallelPipeline::ParallelPipeline(const char* class_name,
                                   const std::vector<std::vector<FrameProcessor*>>& branches)
    : FrameProcessor(class_name) {
  for (const auto& processors : branches)
    branches_.push_back(std::make_unique<Branch>(*this, processors, branches_.size()));
}

ParallelPipeline::~ParallelPipeline() = default;

std::vector<FrameProcessor*> ParallelPipeline::Children() {
  std::vector<FrameProcessor*> all;
  for (const auto& branch : branches_) {
    all.push_back(&branch->source);
    all.push_back(&branch->pipeline);
    all.push_back(&branch->sink);
  }
  return all;
}

Status ParallelPipeline::Process(FramePtr frame, Direction direction) {
  if (IsSynchronized(*frame)) {
    // A cancel takes the place of the start or end that is being collected.
    overtaken_ = std::exchange(collecting_, frame);
    missing_ = branches_.size();
    PauseProcessingFrames();
    PauseProcessingSystemFrames();
  }
  GiveToBranches(frame, direction);
  return OkStatus();
}

void ParallelPipeline::GiveToBranches(const FramePtr& frame, Direction direction) {
  for (const auto& branch : branches_) {
    BranchEnd& end = direction == Direction::kDownstream ? branch->source : branch->sink;
    end.QueueFrame(frame, direction);
  }
}

void ParallelPipeline::Leave(FramePtr frame, Direction direction, std::size_t /*branch*/) {
  if (collecting_ && frame == collecting_) return Collected(frame, direction);
  if (overtaken_ && frame == overtaken_) return;
  if (SeenBefore(*frame)) return;
  if (!collecting_) return Push(std::move(frame), direction);
  held_.push_back({std::move(frame), direction});
  if (held_.size() <= kMaxHeld) return;
  Push(held_.front().frame, held_.front().direction);
  held_.pop_front();
}

void ParallelPipeline::Collected(const FramePtr& frame, Direction direction) {
  if (--missing_ > 0) return;
  const FramePtr complete = std::exchange(collecting_, nullptr);
  if (frame->Is<StartFrame>()) {
    Push(complete, direction);
    Release();
  } else {
    Release();
    Push(complete, direction);
  }
  ResumeProcessingFrames();
  ResumeProcessingSystemFrames();
}

void ParallelPipeline::Release() {
  std::deque<Held> held;
  held.swap(held_);
  for (Held& one : held) Push(std::move(one.frame), one.direction);
}

// Sound is counted by itself: it would soon crowd out a frame that a slow branch still holds.
bool ParallelPipeline::SeenBefore(const Frame& frame) {
  const bool sound = frame.Is<InputAudioRawFrame>() || frame.Is<OutputAudioRawFrame>();
  Remembered& seen = sound ? seen_sounds_ : seen_others_;
  if (!seen.ids.insert(frame.id()).second) return true;
  seen.order.push_back(frame.id());
  if (seen.order.size() > kRememberedIds) {
    seen.ids.erase(seen.order.front());
    seen.order.pop_front();
  }
  return false;
}

}  // namespace repartee
