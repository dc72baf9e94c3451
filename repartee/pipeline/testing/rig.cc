#include "repartee/pipeline/testing/rig.h"

#include <fmt/format.h>

#include <cmath>

#include "repartee/frames/text_frames.h"

namespace repartee::testing {
namespace {

std::vector<std::string> Log(const std::vector<Observed>& observed) {
  std::vector<std::string> lines;
  for (const Observed& one : observed) {
    std::string line(one.frame->type_name());
    if (const auto* text = one.frame->As<TextFrame>()) line += "(" + text->text + ")";
    lines.push_back(fmt::format("{}@{}", line, std::lround(one.at_ms)));
  }
  return lines;
}

}  // namespace

// Notes what passes in one direction and lets everything through, in place.
class Rig::Tap final : public FrameProcessor {
 public:
  Tap(Rig& rig, const char* name, Direction noted, std::vector<Observed>& log)
      : FrameProcessor(name), rig_(rig), noted_(noted), log_(log) {
    set_direct();
  }

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    if (direction == noted_ && !frame->Is<StartFrame>()) log_.push_back({frame, direction, rig_.now_ms()});
    Push(std::move(frame), direction);
    return OkStatus();
  }

 private:
  Rig& rig_;
  const Direction noted_;
  std::vector<Observed>& log_;
};

PipelineTaskOptions Rig::DefaultOptions() {
  PipelineTaskOptions options;
  options.idle_timeout = Nanos(0);
  return options;
}

Rig::Rig(std::vector<FrameProcessor*> processors, PipelineTaskOptions options, EventLoop::Time time)
    : loop_(time),
      head_(std::make_unique<Tap>(*this, "HeadTap", Direction::kUpstream, upstream_)),
      tail_(std::make_unique<Tap>(*this, "TailTap", Direction::kDownstream, downstream_)) {
  processors.insert(processors.begin(), head_.get());
  processors.push_back(tail_.get());
  pipeline_ = std::make_unique<Pipeline>(std::move(processors));
  task_ = std::make_unique<PipelineTask>(*pipeline_, std::move(options));
  ready_at_ = loop_.now() + std::chrono::milliseconds(50);
  loop_.Post([this] { task_->Start(loop_); });
  loop_.RunFor(std::chrono::milliseconds(50));
}

Rig::~Rig() = default;

double Rig::now_ms() const { return static_cast<double>((loop_.now() - ready_at_).count()) / 1e6; }

void Rig::Push(FramePtr frame, Direction direction) { task_->QueueFrame(std::move(frame), direction); }

void Rig::Wait(Nanos duration) { loop_.RunFor(duration); }

void Rig::Run() {
  loop_.RunUntil([this] { return task_->finished(); }, std::chrono::hours(24));
}

std::vector<std::string> Rig::DownstreamLog() const { return Log(downstream_); }
std::vector<std::string> Rig::UpstreamLog() const { return Log(upstream_); }

}  // namespace repartee::testing
