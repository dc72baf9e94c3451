// PipelineTask: runs one pipeline from StartFrame to its end, on one loop.
//
// Frames are queued from outside and fed one by one once the pipeline has started;
// after an EndFrame, StopFrame or CancelFrame nothing more is fed. The task watches
// for silence (idle), sends heartbeats when asked, counts turns and, when tracing is
// on, has the conversation traced.
//
// Lifetime: the pipeline and its processors outlive the task, and the task the run.
// Thread: QueueFrame, StopWhenDone and Cancel from any; the rest on the loop.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/base/mailbox.h"
#include "repartee/pipeline/pipeline.h"
#include "repartee/pipeline/turn_tracking_observer.h"

namespace repartee {

struct PipelineParams {
  // False: no start strategy interrupts. (Of Pipecat's parameters the one that its
  // newest version no longer has; programs still give it.)
  bool allow_interruptions = true;
  int audio_in_sample_rate = 16000;   // Hz
  int audio_out_sample_rate = 24000;  // Hz
  bool enable_metrics = false;
  bool enable_usage_metrics = false;
  bool report_only_initial_ttfb = false;
  bool send_initial_empty_metrics = true;
  bool enable_heartbeats = false;
  Nanos heartbeats_period = std::chrono::seconds(1);
  Nanos heartbeats_monitor = std::chrono::seconds(10);
  std::vector<std::pair<std::string, std::string>> start_metadata{};  // onto the StartFrame
};

// What becomes of a task one of whose processors is of no use any more: its key was refused, or its
// requests (an error of category authentication, authorization or invalid_request). Once a processor.
enum class ProcessorUnusablePolicy : std::uint8_t {
  kContinue,
  kEnd,
  kCancel
};

struct PipelineTaskOptions {
  PipelineParams params{};
  bool enable_turn_tracking = true;
  bool enable_tracing = false;                       // needs SetupTracing first; else nothing is traced
  std::string conversation_id{};                     // empty: made up
  Json additional_span_attributes = Json::object();  // onto the conversation span
  std::vector<BaseObserver*> observers{};            // borrowed
  // Cancels the task when none of these was pushed for so long; 0: never.
  Nanos idle_timeout = std::chrono::seconds(300);
  bool cancel_on_idle_timeout = true;
  FrameTypeSet idle_timeout_frames = {FrameType::kBotSpeaking, FrameType::kInterimTranscription,
                                      FrameType::kTranscription, FrameType::kUserSpeaking,
                                      FrameType::kUserStartedSpeaking};
  Nanos cancel_timeout = std::chrono::seconds(20);  // for CancelFrame to reach the end
  Nanos start_timeout = std::chrono::seconds(20);   // for StartFrame to reach the end
  ProcessorUnusablePolicy processor_unusable_policy = ProcessorUnusablePolicy::kContinue;
  // Told by on_frame_reached_upstream and _downstream.
  FrameTypeSet reached_upstream_types{};
  FrameTypeSet reached_downstream_types{};
};

class PipelineTask;

// The tracing of one task: attached when the pipeline starts, closed when it is gone.
// Made by the tracing room, which the pipeline does not know.
class TaskTracing {
 public:
  virtual ~TaskTracing() = default;
  virtual TracingContext& context() = 0;
  // The pipeline has finished; every open span is ended.
  virtual void Close() = 0;
};
using TaskTracingFactory = std::unique_ptr<TaskTracing> (*)(PipelineTask& task);
// Called by SetupTracing; null: tasks are not traced. Any thread, before tasks start.
void SetTaskTracingFactory(TaskTracingFactory factory);

class PipelineTask {
 public:
  PipelineTask(Pipeline& pipeline, PipelineTaskOptions options = {});
  ~PipelineTask();
  PipelineTask(const PipelineTask&) = delete;
  PipelineTask& operator=(const PipelineTask&) = delete;

  // On `loop`: sets all processors up and sends StartFrame. Once.
  void Start(EventLoop& loop);

  // Any thread once started on a running loop, else the thread that made the task.
  // `make` runs on the loop, since frames never cross threads.
  void QueueFrame(UniqueFunction<FramePtr()> make, Direction direction = Direction::kDownstream);
  // On the loop (or before the start).
  void QueueFrame(FramePtr frame, Direction direction = Direction::kDownstream);
  // EndFrame behind all that is queued.
  void StopWhenDone();
  // CancelFrame ahead of everything.
  void Cancel(std::string reason = {});

  // Waits until all that is queued has gone through: a probe goes down, up and down again. False if it
  // is not back in time; the time begins anew whenever a frame reaches the end. On the loop.
  Task<bool> FlushPipeline(Nanos timeout = std::chrono::seconds(5));

  bool finished() const { return finished_; }
  const PipelineTaskOptions& options() const { return options_; }
  const std::string& conversation_id() const { return options_.conversation_id; }
  FrameProcessorSetup& setup() { return *setup_; }
  TurnTrackingObserver* turn_tracking() { return turns_.get(); }
  void AddObserver(BaseObserver& observer);
  void RemoveObserver(BaseObserver& observer);

  // At the end of the event in which they happen.
  Event<> on_pipeline_started;
  Event<FramePtr> on_pipeline_finished;  // the End, Stop or Cancel frame
  Event<FramePtr> on_pipeline_error;     // the ErrorFrame
  Event<> on_pipeline_timeout;
  Event<> on_idle_timeout;
  Event<> on_heartbeat_timeout;
  Event<FramePtr> on_frame_reached_upstream;    // of reached_upstream_types
  Event<FramePtr> on_frame_reached_downstream;  // of reached_downstream_types

 private:
  class Source;
  class Sink;
  class IdleWatch;

  // Until the start.
  struct Waiting {
    FramePtr frame;  // null: `make` gives it, on the loop
    Direction direction;
    UniqueFunction<FramePtr()> make;
  };

  void Keep(Waiting waiting);
  void Feed(FramePtr frame, Direction direction);
  void ReachedSink(FramePtr frame);
  void ReachedSource(FramePtr frame);
  void OnFlushProbe(const Frame& frame, bool at_sink);
  void ApplyUnusablePolicy(const Frame& error);
  void Started();
  void SendInitialMetrics();
  void SendHeartbeat();
  void Finish(FramePtr frame);

  Pipeline& pipeline_;
  PipelineTaskOptions options_;
  ObserverList observers_;
  std::unique_ptr<Source> source_;
  std::unique_ptr<Sink> sink_;
  EventLoop* loop_ = nullptr;
  std::unique_ptr<RunList> run_list_;
  std::unique_ptr<FrameProcessorSetup> setup_;
  std::unique_ptr<TurnTrackingObserver> turns_;
  std::unique_ptr<IdleWatch> idle_;
  std::unique_ptr<TaskTracing> tracing_;
  std::unique_ptr<Timer> limit_;  // for Start or Cancel to reach the sink
  std::unique_ptr<Timer> heartbeat_;
  std::unique_ptr<Timer> heartbeat_monitor_;
  std::deque<Waiting> waiting_;                     // at most 16,384
  std::optional<std::string> cancel_at_start_;      // why
  std::map<std::int64_t, Mailbox<bool>*> flushes_;  // who waits for which probe
  std::int64_t last_flush_ = 0;
  std::set<std::string> unusable_;  // processors the policy was applied to
  bool started_ = false;
  bool closing_ = false;  // End or Stop was fed
  bool cancelled_ = false;
  bool finished_ = false;
};

}  // namespace repartee
