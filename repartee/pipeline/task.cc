#include "repartee/pipeline/task.h"

#include <atomic>

#include "repartee/base/log.h"
#include "repartee/base/random.h"
#include "repartee/frames/service_frames.h"

namespace repartee {
namespace {

constexpr std::size_t kMaxWaiting = 16384;
std::atomic<TaskTracingFactory> tracing_factory{nullptr};

// What is asked for by one of the frames that name the worker, as a frame of its own: parallel branches let
// the same frame pass only once.
FramePtr AskedAgain(const Frame& frame) {
  if (const auto* end = frame.As<EndWorkerFrame>()) return Make<EndWorkerFrame>(*end);
  if (const auto* stop = frame.As<StopWorkerFrame>()) return Make<StopWorkerFrame>(*stop);
  if (const auto* cancel = frame.As<CancelWorkerFrame>()) return Make<CancelWorkerFrame>(*cancel);
  return Make<InterruptionWorkerFrame>(*frame.As<InterruptionWorkerFrame>());
}

}  // namespace

void SetTaskTracingFactory(TaskTracingFactory factory) { tracing_factory = factory; }

// What comes upstream out of the pipeline, and where frames are fed in.
class PipelineTask::Source final : public FrameProcessor {
 public:
  explicit Source(PipelineTask& task) : FrameProcessor("PipelineTaskSource"), task_(task) { set_direct(); }

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    if (direction == Direction::kDownstream) {
      Push(std::move(frame), direction);
    } else {
      task_.ReachedSource(std::move(frame));
    }
    return OkStatus();
  }

 private:
  PipelineTask& task_;
};

class PipelineTask::Sink final : public FrameProcessor {
 public:
  explicit Sink(PipelineTask& task) : FrameProcessor("PipelineTaskSink"), task_(task) { set_direct(); }

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    if (direction == Direction::kUpstream) {
      Push(std::move(frame), direction);
    } else {
      task_.ReachedSink(std::move(frame));
    }
    return OkStatus();
  }

 private:
  PipelineTask& task_;
};

// Notes when something last happened; looks again only when the time would be over.
class PipelineTask::IdleWatch final : public BaseObserver {
 public:
  IdleWatch(PipelineTask& task, EventLoop& loop)
      : task_(task), loop_(loop), timer_(loop, [this] { Look(); }), last_(loop.now()) {
    timer_.Arm(task_.options_.idle_timeout);
  }
  void OnPushFrame(const FramePushed&) override { last_ = loop_.now(); }
  FrameTypeSet wanted_pushes() const override { return task_.options_.idle_timeout_frames; }
  bool observe_every_push() const override { return false; }

 private:
  void Look() {
    const Nanos over = last_ + task_.options_.idle_timeout;
    if (over > loop_.now()) return timer_.ArmAt(over);
    task_.on_idle_timeout.Emit(loop_);
    if (task_.options_.cancel_on_idle_timeout) return task_.Cancel("idle timeout");
    last_ = loop_.now();
    timer_.Arm(task_.options_.idle_timeout);
  }

  PipelineTask& task_;
  EventLoop& loop_;
  Timer timer_;
  Nanos last_;
};

PipelineTask::PipelineTask(Pipeline& pipeline, PipelineTaskOptions options)
    : pipeline_(pipeline),
      options_(std::move(options)),
      source_(std::make_unique<Source>(*this)),
      sink_(std::make_unique<Sink>(*this)) {
  if (options_.conversation_id.empty()) options_.conversation_id = RandomUuid();
  source_->Link(pipeline_);
  pipeline_.Link(*sink_);
  for (BaseObserver* observer : options_.observers) observers_.Add(*observer);
}

PipelineTask::~PipelineTask() {
  if (setup_) {
    source_->Shutdown();
    pipeline_.Shutdown();
    sink_->Shutdown();
  }
  if (tracing_) tracing_->Close();
}

void PipelineTask::AddObserver(BaseObserver& observer) { observers_.Add(observer); }
void PipelineTask::RemoveObserver(BaseObserver& observer) { observers_.Remove(observer); }

void PipelineTask::Start(EventLoop& loop) {
  loop_ = &loop;
  run_list_ = std::make_unique<RunList>(loop);
  setup_ = std::make_unique<FrameProcessorSetup>(FrameProcessorSetup{loop, *run_list_, observers_});
  const PipelineParams& params = options_.params;
  setup_->started_at = loop.clock().MonotonicNow();
  setup_->audio_in_sample_rate = params.audio_in_sample_rate;
  setup_->audio_out_sample_rate = params.audio_out_sample_rate;
  setup_->allow_interruptions = params.allow_interruptions;
  setup_->enable_metrics = params.enable_metrics;
  setup_->enable_usage_metrics = params.enable_usage_metrics;
  setup_->report_only_initial_ttfb = params.report_only_initial_ttfb;
  if (options_.enable_turn_tracking) {
    turns_ = std::make_unique<TurnTrackingObserver>(loop);
    observers_.Add(*turns_);
  }
  if (const TaskTracingFactory factory = tracing_factory; factory && options_.enable_tracing) {
    tracing_ = factory(*this);
    if (tracing_) setup_->tracing_context = &tracing_->context();
  }
  if (options_.idle_timeout > Nanos(0)) {
    idle_ = std::make_unique<IdleWatch>(*this, loop);
    observers_.Add(*idle_);
  }
  limit_ = std::make_unique<Timer>(loop, [this] {
    on_pipeline_timeout.Emit(*loop_);
    if (cancelled_) Finish(Make<CancelFrame>("timeout"));
  });
  limit_->Arm(options_.start_timeout);

  for (FrameProcessor* part :
       std::initializer_list<FrameProcessor*>{source_.get(), &pipeline_, sink_.get()}) {
    if (Status status = part->SetUp(*setup_); !status.ok()) {
      LogError("setting up the pipeline: {}", status.message());
      auto error = Make<ErrorFrame>(status.message());
      on_pipeline_error.Emit(loop, FramePtr(std::move(error)));
    }
  }
  auto start = Make<StartFrame>();
  start->audio_in_sample_rate = params.audio_in_sample_rate;
  start->audio_out_sample_rate = params.audio_out_sample_rate;
  start->enable_metrics = params.enable_metrics;
  start->enable_usage_metrics = params.enable_usage_metrics;
  start->report_only_initial_ttfb = params.report_only_initial_ttfb;
  start->enable_tracing = options_.enable_tracing;
  for (const auto& [key, value] : params.start_metadata) start->set_metadata(key, value);
  // The start may be through within this call, and feeds what waits.
  if (cancel_at_start_) waiting_.clear();
  source_->QueueFrame(std::move(start), Direction::kDownstream);
  if (cancel_at_start_) Cancel(*std::move(cancel_at_start_));
}

void PipelineTask::QueueFrame(UniqueFunction<FramePtr()> make, Direction direction) {
  // There is no loop yet to make it on.
  if (!loop_) return Keep({nullptr, direction, std::move(make)});
  loop_->Post([this, make = std::move(make), direction]() mutable { QueueFrame(make(), direction); });
}

void PipelineTask::QueueFrame(FramePtr frame, Direction direction) {
  if (started_) return Feed(std::move(frame), direction);
  Keep({std::move(frame), direction, {}});
}

void PipelineTask::Keep(Waiting waiting) {
  if (waiting_.size() >= kMaxWaiting) {
    return LogError("{} frames wait for the pipeline to start; one is dropped", kMaxWaiting);
  }
  waiting_.push_back(std::move(waiting));
}

void PipelineTask::StopWhenDone() {
  if (loop_ && !loop_->InLoopThread()) return loop_->Post([this] { StopWhenDone(); });
  QueueFrame(FramePtr(Make<EndFrame>()));
}

void PipelineTask::Cancel(std::string reason) {
  if (loop_ && !loop_->InLoopThread()) {
    return loop_->Post([this, reason = std::move(reason)]() mutable { Cancel(std::move(reason)); });
  }
  if (!setup_) {
    cancel_at_start_ = std::move(reason);
    return;
  }
  if (cancelled_ || finished_) return;
  cancelled_ = true;
  limit_->Arm(options_.cancel_timeout);
  source_->QueueFrame(Make<CancelFrame>(std::move(reason)), Direction::kDownstream);
}

void PipelineTask::Feed(FramePtr frame, Direction direction) {
  if (direction == Direction::kUpstream) return sink_->QueueFrame(std::move(frame), direction);
  if (const auto* cancel = frame->As<CancelFrame>()) return Cancel(cancel->reason);
  if (closing_ || cancelled_) return;
  if (frame->Is<EndFrame>() || frame->Is<StopFrame>()) closing_ = true;
  source_->QueueFrame(std::move(frame), direction);
}

Task<bool> PipelineTask::FlushPipeline(Nanos timeout) {
  const std::int64_t number = ++last_flush_;
  Mailbox<bool> news(*loop_, 1);
  flushes_.emplace(number, &news);
  const Finally forget([this, number] { flushes_.erase(number); });
  source_->QueueFrame(Make<PipelineFlushFrame>(number), Direction::kDownstream);
  while (true) {
    const std::optional<bool> done = co_await news.ReceiveFor(timeout);
    if (!done) co_return false;
    if (*done) co_return true;
  }
}

// Down, up and down again: what the first two ways set off is in front of the third.
void PipelineTask::OnFlushProbe(const Frame& frame, bool at_sink) {
  const auto& probe = static_cast<const PipelineFlushFrame&>(frame);
  if (at_sink && probe.returning) {
    const auto waiting = flushes_.find(probe.flush_id);
    if (waiting == flushes_.end() || !probe.origin.empty()) return;
    waiting->second->Clear();
    waiting->second->Send(true);
    return;
  }
  if (!at_sink && !probe.origin.empty()) return;  // it passed the processor that asked
  auto back = Make<PipelineFlushFrame>(probe.flush_id);
  back->origin = probe.origin;
  back->returning = true;
  if (at_sink) {
    sink_->QueueFrame(std::move(back), Direction::kUpstream);
  } else {
    source_->QueueFrame(std::move(back), Direction::kDownstream);
  }
}

void PipelineTask::ApplyUnusablePolicy(const Frame& frame) {
  if (options_.processor_unusable_policy == ProcessorUnusablePolicy::kContinue) return;
  const ErrorFrame& error = *frame.As<ErrorFrame>();
  const bool permanent = error.category == ErrorCategory::kAuthentication ||
                         error.category == ErrorCategory::kAuthorization ||
                         error.category == ErrorCategory::kInvalidRequest;
  if (!permanent || !unusable_.insert(error.processor).second) return;
  const std::string reason = error.processor + " is of no use: " + error.error;
  if (options_.processor_unusable_policy == ProcessorUnusablePolicy::kCancel) return Cancel(reason);
  QueueFrame(FramePtr(Make<EndFrame>(reason)));
}

void PipelineTask::ReachedSource(FramePtr frame) {
  if (options_.reached_upstream_types.Contains(frame->type())) on_frame_reached_upstream.Emit(*loop_, frame);
  switch (frame->type()) {
    case FrameType::kError: {
      on_pipeline_error.Emit(*loop_, frame);
      if (frame->As<ErrorFrame>()->fatal) Cancel("fatal error: " + frame->As<ErrorFrame>()->error);
      ApplyUnusablePolicy(*frame);
      break;
    }
    case FrameType::kPipelineFlush: OnFlushProbe(*frame, false); break;
    case FrameType::kEndWorker:
      QueueFrame(FramePtr(Make<EndFrame>(frame->As<EndWorkerFrame>()->reason)));
      break;
    case FrameType::kStopWorker: QueueFrame(FramePtr(Make<StopFrame>())); break;
    case FrameType::kCancelWorker: Cancel(frame->As<CancelWorkerFrame>()->reason); break;
    case FrameType::kInterruptionWorker: QueueFrame(FramePtr(Make<InterruptionFrame>())); break;
    default: break;
  }
}

void PipelineTask::ReachedSink(FramePtr frame) {
  if (options_.reached_downstream_types.Contains(frame->type())) {
    on_frame_reached_downstream.Emit(*loop_, frame);
  }
  for (const auto& [number, news] : flushes_) news->Send(false);
  switch (frame->type()) {
    case FrameType::kPipelineFlush: OnFlushProbe(*frame, true); break;
    case FrameType::kStart: Started(); break;
    case FrameType::kEnd:
    case FrameType::kStop:
    case FrameType::kCancel: Finish(std::move(frame)); break;
    case FrameType::kHeartbeat:
      if (heartbeat_monitor_) heartbeat_monitor_->Arm(options_.params.heartbeats_monitor);
      break;
    // Asked for at any place: they work from the source.
    case FrameType::kEndWorker:
    case FrameType::kStopWorker:
    case FrameType::kCancelWorker:
    case FrameType::kInterruptionWorker: sink_->QueueFrame(AskedAgain(*frame), Direction::kUpstream); break;
    default: break;
  }
}

void PipelineTask::Started() {
  started_ = true;
  if (!cancelled_) limit_->Disarm();
  on_pipeline_started.Emit(*loop_);
  observers_.NotifyStarted();
  if (options_.params.enable_heartbeats) {
    heartbeat_ = std::make_unique<Timer>(*loop_, [this] { SendHeartbeat(); });
    heartbeat_monitor_ = std::make_unique<Timer>(*loop_, [this] { on_heartbeat_timeout.Emit(*loop_); });
    heartbeat_monitor_->Arm(options_.params.heartbeats_monitor);
    SendHeartbeat();
  }
  if (options_.params.enable_metrics && options_.params.send_initial_empty_metrics) SendInitialMetrics();
  std::deque<Waiting> waiting;
  waiting.swap(waiting_);
  for (Waiting& next : waiting) Feed(next.make ? next.make() : std::move(next.frame), next.direction);
}

void PipelineTask::SendHeartbeat() {
  source_->QueueFrame(Make<HeartbeatFrame>((loop_->now() - setup_->started_at).count()),
                      Direction::kDownstream);
  heartbeat_->Arm(options_.params.heartbeats_period);
}

void PipelineTask::SendInitialMetrics() {
  std::vector<MetricsData> zeros;
  std::vector<FrameProcessor*> todo{&pipeline_};
  while (!todo.empty()) {
    FrameProcessor* const processor = todo.back();
    todo.pop_back();
    const auto children = processor->Children();
    todo.insert(todo.end(), children.rbegin(), children.rend());
    if (!processor->CanGenerateMetrics()) continue;
    zeros.push_back({processor->name(), std::nullopt, TTFBMetricsData{}});
    zeros.push_back({processor->name(), std::nullopt, ProcessingMetricsData{}});
  }
  if (!zeros.empty()) source_->QueueFrame(Make<MetricsFrame>(std::move(zeros)), Direction::kDownstream);
}

void PipelineTask::Finish(FramePtr frame) {
  if (finished_) return;
  limit_->Disarm();
  heartbeat_.reset();
  heartbeat_monitor_.reset();
  closing_ = true;
  const bool clean_up = !frame->Is<StopFrame>();
  if (idle_) {
    observers_.Remove(*idle_);
    idle_.reset();
  }
  on_pipeline_finished.Emit(*loop_, std::move(frame));
  // Not in the middle of the frame's own way through the processors.
  loop_->Defer([this, clean_up] {
    if (clean_up) {
      source_->Shutdown();
      pipeline_.Shutdown();
      sink_->Shutdown();
    }
    if (tracing_) tracing_->Close();
    finished_ = true;
  });
}

}  // namespace repartee
