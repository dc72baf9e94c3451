#include "tests/scenario/service_player.h"

#include <cmath>
#include <numbers>

#include "repartee/base/log.h"
#include "repartee/frames/audio_frames.h"
#include "tests/scenario/frame_json.h"
#include "tests/scenario/service_setup.h"

namespace repartee::scenario {
namespace {

constexpr Nanos kLimit = std::chrono::seconds(90);  // of the whole run

struct Step {
  std::string op;
  Json frame;           // push
  double ms = 0;        // audio, wait
  double frame_ms = 0;  // audio
  bool voiced = false;  // audio
  std::string until;    // a frame type
  int count = 0;
  double timeout_ms = 0;
};

Status ReadStep(const Json& given, const FrameSurroundings& surroundings, Step& step) {
  ObjectReader read(given, "step");
  read.Required("op", step.op);
  if (step.op == "push") {
    read.Required("frame", step.frame);
    if (Result<Ref<Frame>> frame = FrameFromStep(step.frame, surroundings); !frame.ok())
      read.Note("frame", frame.status());
  } else if (step.op == "audio") {
    std::string sound;
    read.Required("ms", step.ms);
    read.Required("sound", sound);
    read.Required("frame_ms", step.frame_ms);
    step.voiced = sound == "voiced";
    if (!step.voiced && sound != "silent")
      read.Note("sound", Status::InvalidArgument("voiced or silent is needed"));
    if (step.frame_ms < 1) read.Note("frame_ms", Status::InvalidArgument("at least 1 is needed"));
  } else if (step.op == "wait") {
    read.Required("ms", step.ms);
  } else if (step.op == "until") {
    read.Required("frame", step.until);
    read.Required("count", step.count);
    read.Required("timeout_ms", step.timeout_ms);
    if (!IsFrameType(step.until))
      read.Note("frame", Status::InvalidArgument("unknown frame type \"{}\"", step.until));
  } else if (step.op != "start" && step.op != "end" && step.op != "cancel") {
    read.Note("op", Status::InvalidArgument("unknown operation \"{}\"", step.op));
  }
  return read.Finish();
}

// Sound of one frame; `first` is its first sample's place in the step.
AudioBuffer MakeSound(bool voiced, int rate_hz, std::int64_t first, std::int64_t samples) {
  AudioBuffer audio = AudioBuffer::Silence(static_cast<std::size_t>(2 * samples));
  if (!voiced) return audio;
  for (std::int64_t i = 0; i < samples; ++i) {
    const double phase = 2 * std::numbers::pi * 180 * static_cast<double>(first + i) / rate_hz;
    audio.writable()[static_cast<std::size_t>(i)] = static_cast<std::int16_t>(3000 * std::sin(phase));
  }
  return audio;
}

class ServiceRun {
 public:
  Status SetUp(const Json& input, const ServiceUrls& urls) {
    std::string name;
    std::vector<Json> steps;
    ObjectReader read(input, "scenario");
    read.Required("scenario", name);
    read.Required("steps", steps);
    read.Ignored({"about"});
    Result<ServiceSetup> setup = BuildService(read, urls);
    if (!setup.ok()) return std::move(setup).status();
    if (Status status = read.Finish(); !status.ok()) return status;
    setup_ = std::move(*setup);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      Status status = ReadStep(steps[i], Surroundings(), steps_.emplace_back());
      if (!status.ok()) return std::move(status).Annotate("step {}", i);
    }
    if (steps_.empty() || steps_.front().op != "start")
      return Status::InvalidArgument("the first step must be \"start\"");
    return OkStatus();
  }

  Status Play() {
    MakeTask();
    deadline_ = loop_.clock().MonotonicNow() + kLimit;
    for (const Step& step : steps_) {
      LogInfo("{}", step.op);
      if (Status status = Do(step); !status.ok()) return status;
    }
    return task_->finished() ? OkStatus() : Status::FailedPrecondition("the steps do not end the pipeline");
  }

  Json frames() const { return frames_; }

 private:
  // Notes what passes in one direction and lets everything through, in place.
  class Tap final : public FrameProcessor {
   public:
    Tap(const char* name, Direction noted, ServiceRun& run) : FrameProcessor(name), noted_(noted), run_(run) {
      set_direct();
    }

   protected:
    Status Process(FramePtr frame, Direction direction) override {
      if (direction == noted_) run_.Note(*frame, direction);
      Push(std::move(frame), direction);
      return OkStatus();
    }

   private:
    const Direction noted_;
    ServiceRun& run_;
  };

  FrameSurroundings Surroundings() const { return {.context = setup_.context, .wall_now = loop_.wall_now()}; }

  void MakeTask() {
    std::vector<FrameProcessor*> row{&up_};
    for (const auto& processor : setup_.before) row.push_back(processor.get());
    row.push_back(setup_.service.get());
    row.push_back(&down_);
    for (const auto& processor : setup_.behind) row.push_back(processor.get());
    pipeline_ = std::make_unique<Pipeline>(std::move(row));
    PipelineTaskOptions options;
    options.params = setup_.params;
    options.idle_timeout = Nanos(0);
    task_ = std::make_unique<PipelineTask>(*pipeline_, std::move(options));
    task_->on_pipeline_started.Connect([this] { started_ = true; });
  }

  void Note(const Frame& frame, Direction direction) {
    if (frame.Is<InputAudioRawFrame>()) return;
    Json json = {{"t_ms", static_cast<double>(loop_.clock().MonotonicNow().count() / 1000) / 1000},
                 {"dir", direction == Direction::kDownstream ? "down" : "up"}};
    json.update(FrameToStep(frame));
    frames_.push_back(std::move(json));
    ++counts_[std::string(frame.type_name())];
  }

  // On the loop, before anything else happens.
  void Queue(FramePtr frame) {
    loop_.Post([this, frame = std::move(frame)]() mutable { task_->QueueFrame(std::move(frame)); });
  }

  Status Do(const Step& step) {
    if (step.op == "start") {
      loop_.Post([this] { task_->Start(loop_); });
      return RunUntil([this] { return started_; }, "the pipeline to start");
    }
    if (step.op == "push") {
      Result<Ref<Frame>> frame = FrameFromStep(step.frame, Surroundings());
      if (!frame.ok()) return std::move(frame).status();
      Queue(*std::move(frame));
      return OkStatus();
    }
    if (step.op == "audio") return DoAudio(step);
    if (step.op == "wait") return Wait(step.ms);
    if (step.op == "until") return DoUntil(step);
    Queue(step.op == "end" ? FramePtr(Make<EndFrame>()) : FramePtr(Make<CancelFrame>()));
    return RunUntil([this] { return task_->finished(); }, "the pipeline to finish");
  }

  Status DoAudio(const Step& step) {
    const int rate = setup_.params.audio_in_sample_rate;
    const auto samples = static_cast<std::int64_t>(step.frame_ms * rate / 1000);
    const auto frames = static_cast<std::int64_t>(step.ms / step.frame_ms);
    for (std::int64_t i = 0; i < frames; ++i) {
      Queue(Make<InputAudioRawFrame>(MakeSound(step.voiced, rate, i * samples, samples), rate, 1));
      if (Status status = Wait(step.frame_ms); !status.ok()) return status;
    }
    return OkStatus();
  }

  Status DoUntil(const Step& step) {
    const auto reached = [this, &step] { return counts_[step.until] >= step.count; };
    if (loop_.RunUntil(reached, std::min(Left(), FromSeconds(step.timeout_ms / 1000)))) return OkStatus();
    LogWarning("{} of {} {} after {} ms", counts_[step.until], step.count, step.until, step.timeout_ms);
    return CheckTime("the next step");
  }

  Status Wait(double ms) {
    loop_.RunFor(std::min(Left(), FromSeconds(ms / 1000)));
    return CheckTime("the next step");
  }

  template <class F>
  Status RunUntil(F done, const char* what) {
    if (loop_.RunUntil(done, Left())) return OkStatus();
    return Status::DeadlineExceeded("waited in vain for {}", what);
  }

  Nanos Left() const { return deadline_ - loop_.clock().MonotonicNow(); }
  Status CheckTime(const char* what) const {
    if (Left() > Nanos(0)) return OkStatus();
    return Status::DeadlineExceeded("the run's {} s are over before {}", kLimit / std::chrono::seconds(1),
                                    what);
  }

  // The loop outlives what runs on it, the task goes before its processors.
  EventLoop loop_;
  ServiceSetup setup_;
  std::vector<Step> steps_;
  Tap up_{"UpTap", Direction::kUpstream, *this};
  Tap down_{"DownTap", Direction::kDownstream, *this};
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<PipelineTask> task_;
  Nanos deadline_{0};
  bool started_ = false;
  Json frames_ = Json::array();
  std::map<std::string, int> counts_;
};

}  // namespace

Result<Json> PlayService(const Json& input, const ServiceUrls& urls) {
  ServiceRun run;
  if (Status status = run.SetUp(input, urls); !status.ok()) return status;
  if (Status status = run.Play(); !status.ok()) return status;
  return run.frames();
}

}  // namespace repartee::scenario
