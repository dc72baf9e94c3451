// FrameProcessor: one stage of a pipeline. Frames wait in two lanes, system and
// data; a processor in its turn takes all its system frames, then its data frames,
// one at a time, looking for system frames before each.
//
// A subclass writes Process: at once, or by returning Wait(task), which holds the
// lane of the frame in hand while the task waits. Everything that start, cancel,
// interruption and pause mean is done around Process, so no subclass can forget it.
// A frame that Process does not push on is swallowed.
//
// Limits: 16,384 waiting data frames (then interruptible ones are refused with an
// error frame), 1,500 waiting input audio frames (then the oldest goes).
// Thread: the conversation's loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "repartee/base/event.h"
#include "repartee/base/task.h"
#include "repartee/frames/lifecycle_frames.h"
#include "repartee/pipeline/frame_queue.h"
#include "repartee/pipeline/observer.h"
#include "repartee/pipeline/run_list.h"

namespace repartee {

class TracingContext;

// What a task gives all its processors. Lives as long as the task.
struct FrameProcessorSetup {
  EventLoop& loop;
  RunList& run_list;
  ObserverList& observers;
  Nanos started_at{0};                // the loop's monotonic time at which the pipeline's clock was 0
  int audio_in_sample_rate = 16000;   // Hz
  int audio_out_sample_rate = 24000;  // Hz
  bool allow_interruptions = true;
  bool enable_metrics = false;
  bool enable_usage_metrics = false;
  bool report_only_initial_ttfb = false;
  // Where services open their spans; null when the task is not traced.
  TracingContext* tracing_context = nullptr;
};

class FrameProcessor {
 public:
  // `class_name` is a literal: it names the processor in logs, metrics and spans.
  explicit FrameProcessor(const char* class_name);
  virtual ~FrameProcessor();
  FrameProcessor(const FrameProcessor&) = delete;
  FrameProcessor& operator=(const FrameProcessor&) = delete;

  std::string_view class_name() const { return class_name_; }
  // "Class#0": numbered per class when first asked.
  const std::string& name() const;

  // `next` is borrowed: all linked processors live until the task has stopped.
  void Link(FrameProcessor& next);
  FrameProcessor* next() const { return next_; }
  FrameProcessor* previous() const { return previous_; }
  // The processors inside this one, for walking the tree.
  virtual std::vector<FrameProcessor*> Children() { return {}; }

  // Puts a frame into this processor's own lane.
  void QueueFrame(FramePtr frame, Direction direction);
  void Push(FramePtr frame, Direction direction = Direction::kDownstream);

  // By the task: before StartFrame, the whole tree. An error makes the processor unusable, the pipeline goes
  // on.
  Status SetUp(FrameProcessorSetup& setup);
  // By the task: destroys whatever waits in this processor and its children. Nothing is handled any more.
  void Shutdown();

  // Makes metrics frames; the task then reports a zero for it at the start.
  virtual bool CanGenerateMetrics() const { return false; }
  virtual std::string model_name() const { return {}; }

  void PauseProcessingFrames() { paused_data_ = true; }
  void PauseProcessingSystemFrames() { paused_system_ = true; }
  void ResumeProcessingFrames();
  void ResumeProcessingSystemFrames();

  // Downstream twin first, then the upstream one, each naming the other.
  template <class F, class... Args>
  void Broadcast(const Args&... args) {
    auto down = Make<F>(args...);
    auto up = Make<F>(args...);
    BroadcastPair(std::move(down), std::move(up));
  }
  void BroadcastPair(Ref<Frame> down, Ref<Frame> up);

  // Drops this processor's own queue, stops its metrics, sends the pair.
  void BroadcastInterruption();
  // An ErrorFrame upstream, logged once.
  void PushError(std::string text, ErrorCategory category = ErrorCategory::kUnknown, bool fatal = false,
                 std::string exception = {});

  Event<ErrorCategory, std::string>& on_error();

 protected:
  // Handles a frame. An error becomes an ErrorFrame upstream and the pipeline goes on.
  virtual Status Process(FramePtr frame, Direction direction) = 0;
  // Before StartFrame, with setup() in place.
  virtual Status OnSetup() { return OkStatus(); }
  // After the last frame; nothing may be pushed.
  virtual void OnCleanup() {}
  // Reports and ends running measurements, on an interruption.
  virtual void StopAllMetrics() {}

  // Runs a task that waits: `return Wait(Translate(frame))`. Frames of the same lane
  // wait, system frames pass a data handler. An interruption destroys the task of an
  // interruptible data frame. Once a frame.
  Status Wait(Task<Status> task);
  // Runs beside everything, until it ends or the processor is shut down; not ended by
  // an interruption. At most 64 at once.
  void Background(Task<Status> task);

  // Whether a data or control frame of one of these types waits in this processor's own lane.
  bool HasQueued(const FrameTypeSet& types) const { return data_lane_.Contains(types); }

  // Handled in the sender's call, without lanes: pipeline ends, taps, filters. Such a
  // processor may not wait.
  void set_direct() { direct_ = true; }

  bool is_set_up() const { return setup_ != nullptr; }
  FrameProcessorSetup& setup() const { return *setup_; }
  EventLoop& loop() const { return setup_->loop; }
  // Time since the pipeline's start.
  Nanos clock_now() const { return setup_->loop.now() - setup_->started_at; }
  bool started() const { return started_; }
  bool cancelling() const { return cancelling_; }

 private:
  friend class RunList;

  struct WaitSlot final : TaskOwner {
    void OnTaskDone() override;
    FrameProcessor* processor = nullptr;
    Task<Status> task;
    FramePtr frame;
  };
  struct Rare;

  void TakeTurn();
  bool CutShortForInterruption();
  void Handle(FramePtr frame, Direction direction, bool data_lane);
  Status HandleLifeCycle(const Frame& frame);
  // `exception`: what was thrown, if the status stands for that.
  void Report(const Status& status, std::string exception = {});
  void Reap();
  void Schedule();
  bool HasRoom(const Frame& frame);
  void DropData(std::uint32_t mark);
  Rare& rare();

  // Touched on every hop: keep within two cache lines.
  FrameProcessor* previous_ = nullptr;
  FrameProcessor* next_ = nullptr;
  FrameProcessorSetup* setup_ = nullptr;
  FrameProcessor* run_next_ = nullptr;
  FrameQueue system_lane_;
  FrameQueue data_lane_;
  std::unique_ptr<WaitSlot> system_wait_;  // made at the first wait
  std::unique_ptr<WaitSlot> data_wait_;
  std::uint32_t data_mark_ = 0;  // the data lane's mark when an interruption arrived
  bool on_run_list_ = false;
  bool direct_ = false;
  bool started_ = false;
  bool cancelling_ = false;
  bool paused_data_ = false;
  bool paused_system_ = false;
  bool reap_ = false;
  bool dropped_for_interruption_ = false;
  bool handling_data_ = false;
  bool handling_ = false;
  bool full_ = false;
  const char* class_name_;
  std::unique_ptr<Rare> rare_;
};

}  // namespace repartee
