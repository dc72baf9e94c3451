#include "repartee/pipeline/sync_parallel_pipeline.h"

#include <algorithm>
#include <utility>

#include "repartee/base/stable_sort.h"

namespace repartee {
namespace {

// Survives an interruption, so that a branch never seems to be at work for ever.
struct SyncFrame final : ControlFrame {
  SyncFrame() : ControlFrame(FrameType::kCustom, false) {}
  std::string_view type_name() const override { return "SyncFrame"; }
};

}  // namespace

SyncParallelPipeline::SyncParallelPipeline(const std::vector<std::vector<FrameProcessor*>>& branches,
                                           FrameOrder order)
    : ParallelPipeline("SyncParallelPipeline", branches), order_(order) {}

Status SyncParallelPipeline::OnSetup() {
  progress_ = std::make_unique<Mailbox<bool>>(loop(), 1);
  return OkStatus();
}

Status SyncParallelPipeline::Process(FramePtr frame, Direction direction) {
  if (frame->is_system() || frame->Is<EndFrame>())
    return ParallelPipeline::Process(std::move(frame), direction);
  return Wait(InStep(std::move(frame), direction));
}

Task<Status> SyncParallelPipeline::InStep(FramePtr frame, Direction direction) {
  marker_ = Make<SyncFrame>();
  missing_ = branch_count();
  bool done = false;
  const Finally release([this, &done] {
    marker_ = nullptr;
    Release(!done);
  });
  GiveToBranches(frame, direction);
  GiveToBranches(marker_, direction);
  while (missing_ > 0) co_await progress_->Receive();
  done = true;
  co_return OkStatus();
}

void SyncParallelPipeline::Leave(FramePtr frame, Direction direction, std::size_t branch) {
  if (frame->type_name() == "SyncFrame") {
    // That of an interrupted frame comes late and counts for nothing.
    if (frame != marker_) return;
    --missing_;
    progress_->Send(true);
  } else if (marker_ && !frame->is_system()) {
    made_.push_back({std::move(frame), direction, branch});
  } else {
    ParallelPipeline::Leave(std::move(frame), direction, branch);
  }
}

void SyncParallelPipeline::Release(bool interrupted) {
  std::vector<Made> made;
  made.swap(made_);
  if (order_ == FrameOrder::kPipeline) {
    StableSort(made, [](const Made& a, const Made& b) { return a.branch < b.branch; });
  }
  for (Made& one : made) {
    if (interrupted && one.frame->interruptible()) continue;
    ParallelPipeline::Leave(std::move(one.frame), one.direction, one.branch);
  }
}

}  // namespace repartee
