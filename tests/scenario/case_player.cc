#include "tests/scenario/case_player.h"

#include <algorithm>
#include <vector>

#include "repartee/base/log.h"
#include "repartee/base/random.h"
#include "repartee/pipeline/task.h"
#include "tests/scenario/case_log.h"
#include "tests/scenario/case_setup.h"
#include "tests/scenario/frame_json.h"
#include "tests/scenario/object_reader.h"
#include "tests/scenario/unit_cases.h"

namespace repartee::scenario {
namespace {

constexpr Nanos kWallStart = std::chrono::seconds(1767312000);  // 2026-01-02; any fixed time will do
constexpr Nanos kWarmUp = std::chrono::milliseconds(50);        // from the start to the first step
constexpr Nanos kLimit = std::chrono::hours(1);                 // virtual, behind the last step

// One step of the input; a frame is made when its time has come.
struct Step {
  Json frame;
  Direction direction = Direction::kDownstream;
  std::optional<int> queue_at;      // into this processor's own queue
  std::optional<double> pts_in_ms;  // from the pipeline clock's now
  std::optional<Nanos> wait;
};

class StepReader {
 public:
  StepReader(const FrameSurroundings& surroundings, std::size_t processors)
      : surroundings_(surroundings), processors_(processors) {}

  Status Read(const Json& given) {
    std::string op;
    ObjectReader read(given, "step");
    read.Required("op", op);
    read.Ignored({"at_ms", "what"});
    if (op == "push") {
      ReadPush(read);
    } else if (op == "wait") {
      ReadWait(read);
    } else if (op == "do") {
      ReadAction(read);
    } else {
      read.Note("op", Status::InvalidArgument("unknown operation \"{}\"", op));
    }
    return read.Finish();
  }
  std::vector<Step> steps;

 private:
  void ReadPush(ObjectReader& read) {
    Step step;
    std::string direction;
    read.Required("frame", step.frame);
    read.Required("direction", direction);
    if (direction != "downstream" && direction != "upstream") {
      read.Note("direction", Status::InvalidArgument("downstream or upstream is needed"));
    }
    if (direction == "upstream") step.direction = Direction::kUpstream;
    Add(read, std::move(step));
  }

  void ReadWait(ObjectReader& read) {
    double ms = 0;
    read.Required("ms", ms);
    if (ms < 0 || ms > 1e7) read.Note("ms", Status::InvalidArgument("0 to 10000000 is needed"));
    Step step;
    step.wait = FromSeconds(ms / 1000);
    steps.push_back(std::move(step));
  }

  void ReadAction(ObjectReader& read) {
    Json given;
    read.Required("action", given);
    ObjectReader action(given, "action");
    int queue_at = 0;
    std::vector<Json> frames;
    action.Required("queue_at", queue_at);
    action.Required("frames", frames);
    if (queue_at < 0 || static_cast<std::size_t>(queue_at) >= processors_) {
      action.Note("queue_at", Status::InvalidArgument("there are {} processors", processors_));
    }
    for (Json& frame : frames) {
      Step step;
      step.queue_at = queue_at;
      if (frame.is_object() && frame.contains("pts_in_ms")) {
        action.Note("pts_in_ms", FromJson(frame["pts_in_ms"], step.pts_in_ms));
        frame.erase("pts_in_ms");
      }
      step.frame = std::move(frame);
      Add(action, std::move(step));
    }
    read.Note("action", action.Finish());
  }

  // Made once now, so that a bad frame is found before anything runs.
  void Add(ObjectReader& read, Step step) {
    const Result<Ref<Frame>> frame = FrameFromCase(step.frame, surroundings_);
    if (!frame.ok()) read.Note("frame", frame.status());
    steps.push_back(std::move(step));
  }

  const FrameSurroundings& surroundings_;
  const std::size_t processors_;
};

// One end of the pipeline: notes what passes in one direction and lets everything through, in place.
class Tap final : public FrameProcessor {
 public:
  Tap(const char* name, Direction noted, CaseLog& log) : FrameProcessor(name), noted_(noted), log_(log) {
    set_direct();
  }

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    if (direction == noted_ && !frame->Is<StartFrame>()) log_.NoteFrame(*frame, direction);
    Push(std::move(frame), direction);
    return OkStatus();
  }

 private:
  const Direction noted_;
  CaseLog& log_;
};

// The loop outlives what runs on it, the task goes before its processors.
class CaseRun {
 public:
  Status SetUp(const Json& file) {
    std::vector<Json> input;
    Json setup_json;
    ObjectReader read(file, "case");
    read.Required("case", name_);
    read.Required("setup_spec", setup_json);
    read.Required("input", input);
    read.Ignored(
        {"title", "defines", "reference", "setup", "checks", "observed", "events", "also", "compare"});
    if (Status status = read.Finish(); !status.ok()) return status;
    Result<CaseSetup> setup = BuildCase(setup_json, log_);
    if (!setup.ok()) return std::move(setup).status().Annotate("{}", name_);
    setup_ = std::move(*setup);

    const FrameSurroundings surroundings = Surroundings();
    StepReader reader(surroundings, setup_.processors.size());
    for (std::size_t i = 0; i < input.size(); ++i) {
      if (Status status = reader.Read(input[i]); !status.ok())
        return std::move(status).Annotate("input {}", i);
    }
    steps_ = std::move(reader.steps);
    return OkStatus();
  }

  Status Play() {
    Start();
    for (auto step = steps_.begin(); step != steps_.end();) {
      const auto next_wait =
          std::find_if(step, steps_.end(), [](const Step& s) { return s.wait.has_value(); });
      // Frames without a wait between them enter together, before any is handled.
      // Those for the head of the pipeline wait for the task to feed them, the others are there at once.
      loop_.Post([this, step, next_wait] {
        for (const bool at_once : {true, false}) {
          for (auto at = step; at != next_wait; ++at) {
            const bool head = !at->queue_at && at->direction == Direction::kDownstream;
            if (head != at_once) Feed(*at);
          }
        }
      });
      if (next_wait == steps_.end()) break;
      loop_.RunFor(*next_wait->wait);
      step = next_wait + 1;
    }
    if (!loop_.RunUntil([this] { return task_->finished(); }, kLimit)) {
      return Status::DeadlineExceeded("{}: the pipeline has not finished; its input must end it", name_);
    }
    return OkStatus();
  }

  Json Answer() const {
    Json also = Json::object();
    for (const std::string& key : setup_.also) also[key] = Also(key);
    return {{"case", name_}, {"observed", log_.Observed()}, {"events", log_.events()}, {"also", also}};
  }

 private:
  FrameSurroundings Surroundings() const { return {.context = setup_.context, .wall_now = loop_.wall_now()}; }

  void Start() {
    std::vector<FrameProcessor*> row = setup_.processors;
    row.insert(row.begin(), &head_);
    row.push_back(&tail_);
    pipeline_ = std::make_unique<Pipeline>(std::move(row));
    PipelineTaskOptions options;
    options.params = setup_.params;
    options.idle_timeout = Nanos(0);
    task_ = std::make_unique<PipelineTask>(*pipeline_, std::move(options));
    task_->on_pipeline_error.Connect([this](const FramePtr& frame) {
      const auto& error = *frame->As<ErrorFrame>();
      log_.NoteEvent("on_pipeline_error",
                     {{"error", error.error},
                      {"category", error.processor.empty() && error.category == ErrorCategory::kUnknown
                                       ? Json()
                                       : Json(ErrorCategoryName(error.category))}});
    });
    task_->on_pipeline_finished.Connect([this](const FramePtr& frame) {
      log_.NoteEvent("on_pipeline_finished", {{"frame", frame->type_name()}});
    });
    loop_.Post([this] { task_->Start(loop_); });
    loop_.RunFor(kWarmUp);
    log_.BeginSteps();
  }

  void Feed(const Step& step) {
    Result<Ref<Frame>> made = FrameFromCase(step.frame, Surroundings());
    Ref<Frame> frame = *std::move(made);
    LogInfo("{} at {} ms", frame->type_name(), log_.AtMs().dump());
    if (step.pts_in_ms) {
      frame->pts = (loop_.now() - task_->setup().started_at + FromSeconds(*step.pts_in_ms / 1000)).count();
    }
    if (step.queue_at) {
      setup_.processors[static_cast<std::size_t>(*step.queue_at)]->QueueFrame(std::move(frame),
                                                                              step.direction);
    } else {
      task_->QueueFrame(FramePtr(std::move(frame)), step.direction);
    }
  }

  Json Also(const std::string& key) const {
    if (key == "audio_writes") return log_.audio_writes();
    if (key == "context") return setup_.context->messages();
    Json list = Json::array();
    for (const Json& message : setup_.context->messages()) {
      if (key == "context_roles") {
        list.push_back(message["role"]);
      } else {
        list.push_back({{"role", message["role"]},
                        {"content", message.value("content", Json())},
                        {"tool_call_id", message.value("tool_call_id", Json())}});
      }
    }
    return list;
  }

  std::string name_;
  EventLoop loop_{kWallStart};
  CaseLog log_{loop_};
  CaseSetup setup_;
  std::vector<Step> steps_;
  Tap head_{"HeadTap", Direction::kUpstream, log_};
  Tap tail_{"TailTap", Direction::kDownstream, log_};
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<PipelineTask> task_;
};

}  // namespace

Result<Json> PlayCase(const Json& file) {
  SeedRandom(1);
  if (IsUnitCase(file)) return PlayUnitCase(file);
  CaseRun run;
  if (Status status = run.SetUp(file); !status.ok()) return status;
  if (Status status = run.Play(); !status.ok()) return status;
  return run.Answer();
}

}  // namespace repartee::scenario
