#include "repartee/pipeline/filters.h"

#include <utility>

namespace repartee {
namespace {

constexpr FrameTypeSet kLifeCycle{FrameType::kStart, FrameType::kEnd, FrameType::kStop, FrameType::kCancel};

}  // namespace

FrameFilter::FrameFilter(FrameTypeSet types) : FrameProcessor("FrameFilter"), types_(types) { set_direct(); }

Status FrameFilter::Process(FramePtr frame, Direction direction) {
  const bool passes =
      frame->is_system() || kLifeCycle.Contains(frame->type()) || types_.Contains(frame->type());
  if (passes) Push(std::move(frame), direction);
  return OkStatus();
}

FunctionFilter::FunctionFilter(Filter filter, FunctionFilterOptions options)
    : FrameProcessor("FunctionFilter"), filter_(std::move(filter)), options_(options) {
  set_direct();
}

Status FunctionFilter::Process(FramePtr frame, Direction direction) {
  const bool other_way = options_.direction && *options_.direction != direction;
  const bool exempt = frame->is_system() && !options_.filter_system_frames;
  const bool passes = other_way || exempt || kLifeCycle.Contains(frame->type()) || filter_(*frame);
  if (passes) Push(std::move(frame), direction);
  return OkStatus();
}

IdentityFilter::IdentityFilter() : FrameProcessor("IdentityFilter") { set_direct(); }

Status IdentityFilter::Process(FramePtr frame, Direction direction) {
  Push(std::move(frame), direction);
  return OkStatus();
}

NullFilter::NullFilter() : FrameProcessor("NullFilter") { set_direct(); }

Status NullFilter::Process(FramePtr frame, Direction direction) {
  if (frame->is_system() || kLifeCycle.Contains(frame->type())) Push(std::move(frame), direction);
  return OkStatus();
}

}  // namespace repartee
