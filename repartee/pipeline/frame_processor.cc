#include "repartee/pipeline/frame_processor.h"

#include <cxxabi.h>
#include <fmt/format.h>

#include <cassert>
#include <cstdlib>
#include <exception>
#include <map>
#include <mutex>
#include <typeinfo>

#include "repartee/base/log.h"
#include "repartee/frames/audio_frames.h"

namespace repartee {
namespace {

constexpr std::uint32_t kMaxDataFrames = 16384;
constexpr std::uint32_t kMaxInputAudioFrames = 1500;
constexpr std::size_t kMaxBackgroundTasks = 64;
constexpr int kTurnsAtOnce = 2000;

std::uint64_t NextNumber(std::string_view class_name) {
  static std::mutex mutex;
  static std::map<std::string, std::uint64_t, std::less<>> numbers;
  const std::lock_guard lock(mutex);
  return numbers.try_emplace(std::string(class_name), 0).first->second++;
}

// Without its namespaces.
std::string ClassName(const std::exception& error) {
  const std::unique_ptr<char, decltype(&std::free)> full(
      abi::__cxa_demangle(typeid(error).name(), nullptr, nullptr, nullptr), &std::free);
  const std::string_view name = full ? full.get() : typeid(error).name();
  const std::size_t scope = name.substr(0, name.find('<')).rfind("::");
  return std::string(scope == std::string_view::npos ? name : name.substr(scope + 2));
}

}  // namespace

static_assert(sizeof(FrameProcessor) <= 192, "memory is time: what a hop touches sits in two cache lines");

struct FrameProcessor::Rare {
  struct BackgroundTask final : TaskOwner {
    void OnTaskDone() override {
      processor->reap_ = true;
      processor->Schedule();
    }
    FrameProcessor* processor = nullptr;
    Task<Status> task;
  };
  std::string name;
  std::vector<std::unique_ptr<BackgroundTask>> background;
  Event<ErrorCategory, std::string> on_error;
};

// ---------------------------------------------------------------- run list

void RunList::Add(FrameProcessor& processor) {
  if (processor.on_run_list_) return;
  processor.on_run_list_ = true;
  processor.run_next_ = nullptr;
  (tail_ ? tail_->run_next_ : head_) = &processor;
  tail_ = &processor;
  loop_.MakeRunnable(*this);
}

void RunList::Remove(FrameProcessor& processor) {
  if (!processor.on_run_list_) return;
  FrameProcessor* before = nullptr;
  for (FrameProcessor* at = head_; at != &processor; at = at->run_next_) before = at;
  (before ? before->run_next_ : head_) = processor.run_next_;
  if (tail_ == &processor) tail_ = before;
  processor.on_run_list_ = false;
}

void RunList::Bury(FrameQueue::Buried buried) {
  buried_.push_back(std::move(buried));
  loop_.MakeRunnable(*this);
}

bool RunList::RunSome() {
  for (int turns = 0; turns < kTurnsAtOnce && head_; ++turns) {
    FrameProcessor& processor = *head_;
    head_ = processor.run_next_;
    if (!head_) tail_ = nullptr;
    processor.on_run_list_ = false;
    processor.TakeTurn();
  }
  if (head_) return true;
  if (!buried_.empty() && !buried_.back().FreeSome()) buried_.pop_back();
  return !buried_.empty();
}

// ---------------------------------------------------------------- life

FrameProcessor::FrameProcessor(const char* class_name) : class_name_(class_name) {}

FrameProcessor::~FrameProcessor() {
  // A guard of a suspended handler would push from a processor whose own part is gone.
  assert(!data_wait_ || !data_wait_->task);
  assert(!system_wait_ || !system_wait_->task);
  if (setup_) setup_->run_list.Remove(*this);
}

FrameProcessor::Rare& FrameProcessor::rare() {
  if (!rare_) rare_ = std::make_unique<Rare>();
  return *rare_;
}

const std::string& FrameProcessor::name() const {
  std::string& name = const_cast<FrameProcessor*>(this)->rare().name;
  if (name.empty()) name = fmt::format("{}#{}", class_name_, NextNumber(class_name_));
  return name;
}

Event<ErrorCategory, std::string>& FrameProcessor::on_error() { return rare().on_error; }

void FrameProcessor::Link(FrameProcessor& next) {
  next_ = &next;
  next.previous_ = this;
}

Status FrameProcessor::SetUp(FrameProcessorSetup& setup) {
  setup_ = &setup;
  // All of them, whatever one says: the pipeline goes on without the one that failed.
  Status first;
  for (FrameProcessor* child : Children()) {
    Status status = child->SetUp(setup);
    if (first.ok()) first = std::move(status);
  }
  Status own = OnSetup();
  return first.ok() ? own : first;
}

void FrameProcessor::Shutdown() {
  cancelling_ = true;
  for (FrameProcessor* child : Children()) child->Shutdown();
  // First: what waits points at what the clean-up destroys.
  if (data_wait_) data_wait_->task.Destroy();
  if (system_wait_) system_wait_->task.Destroy();
  if (rare_) rare_->background.clear();
  if (setup_) OnCleanup();
  data_lane_.DropAll();
  system_lane_.DropAll();
  if (setup_) setup_->run_list.Remove(*this);
  setup_ = nullptr;  // the task's, which may be gone before this processor
}

// ---------------------------------------------------------------- pushing

void FrameProcessor::Push(FramePtr frame, Direction direction) {
  FrameProcessor* const to = direction == Direction::kDownstream ? next_ : previous_;
  if (!to || !setup_) return;
  const bool first = !frame->pushed_;
  if (setup_->observers.WantsPush(*frame, first)) {
    setup_->observers.NotifyPush({*this, *to, frame, direction, clock_now(), first});
  }
  frame->pushed_ = true;
  to->QueueFrame(std::move(frame), direction);
}

void FrameProcessor::BroadcastPair(Ref<Frame> down, Ref<Frame> up) {
  down->broadcast_sibling_id = up->id();
  up->broadcast_sibling_id = down->id();
  Push(std::move(down), Direction::kDownstream);
  Push(std::move(up), Direction::kUpstream);
}

void FrameProcessor::BroadcastInterruption() {
  paused_data_ = false;
  DropData(data_lane_.mark());
  StopAllMetrics();
  Broadcast<InterruptionFrame>();
}

void FrameProcessor::PushError(std::string text, ErrorCategory category, bool fatal, std::string exception) {
  LogWarning("{}: {}", name(), text);
  if (rare_) rare_->on_error.Emit(loop(), category, text);
  auto frame = Make<ErrorFrame>(std::move(text));
  frame->processor = name();
  frame->category = category;
  frame->fatal = fatal;
  frame->exception = std::move(exception);
  Push(std::move(frame), Direction::kUpstream);
}

// ---------------------------------------------------------------- lanes

void FrameProcessor::QueueFrame(FramePtr frame, Direction direction) {
  if (cancelling_) return;
  if (direct_) return Handle(std::move(frame), direction, false);
  if (frame->is_system()) {
    // What was queued before the interruption arrived goes, what comes after survives.
    if (frame->Is<InterruptionFrame>()) data_mark_ = data_lane_.mark();
    // A pause is no reason to go on with what is to be cancelled.
    if (frame->Is<CancelFrame>()) paused_system_ = false;
    if (system_lane_.size() >= kMaxInputAudioFrames) {
      system_lane_.DropFirst([](const Frame& waiting) { return waiting.Is<InputAudioRawFrame>(); });
    }
    system_lane_.Push(std::move(frame), direction);
  } else {
    if (data_lane_.size() >= kMaxDataFrames && !HasRoom(*frame)) return;
    data_lane_.Push(std::move(frame), direction);
  }
  Schedule();
}

// Control and uninterruptible frames always have room.
bool FrameProcessor::HasRoom(const Frame& frame) {
  if (frame.kind() == FrameKind::kControl || !frame.interruptible()) return true;
  if (!std::exchange(full_, true)) {
    PushError(fmt::format("{} frames wait in {}; further ones are dropped", kMaxDataFrames, name()));
  }
  return false;
}

void FrameProcessor::Schedule() { setup_->run_list.Add(*this); }

void FrameProcessor::ResumeProcessingFrames() {
  paused_data_ = false;
  if (setup_) Schedule();
}

void FrameProcessor::ResumeProcessingSystemFrames() {
  paused_system_ = false;
  if (setup_) Schedule();
}

void FrameProcessor::DropData(std::uint32_t mark) {
  if (data_lane_.empty()) return;
  setup_->run_list.Bury(data_lane_.DropInterruptible(mark));
  full_ = false;
}

// ---------------------------------------------------------------- the turn

void FrameProcessor::TakeTurn() {
  if (reap_) Reap();
  while (!cancelling_ || !system_lane_.empty()) {
    if (system_wait_ && system_wait_->task) return;
    if (!system_lane_.empty() && !paused_system_) {
      if (system_lane_.Front().Is<InterruptionFrame>() && CutShortForInterruption()) return;
      // What the guards of a cancelled handler push keeps one hop of lead over the cancel, too.
      if (system_lane_.Front().Is<CancelFrame>() && data_wait_ && data_wait_->task) {
        data_wait_->task.Destroy();
        data_wait_->frame = nullptr;
        return Schedule();
      }
      FrameQueue::Entry entry = system_lane_.Pop();
      Handle(std::move(entry.frame), entry.direction, false);
      continue;
    }
    if (!started_ || paused_data_ || data_lane_.empty()) return;
    if (data_wait_ && data_wait_->task) return;
    FrameQueue::Entry entry = data_lane_.Pop();
    Handle(std::move(entry.frame), entry.direction, true);
  }
}

// Before an interruption is handled: ends the waiting data handler and drops what was
// queued before it. True when a handler was ended: its guards may have pushed frames,
// which must keep one hop of lead, so this turn is over and the interruption waits
// for the next. There nothing is dropped again: what came between must survive.
bool FrameProcessor::CutShortForInterruption() {
  if (std::exchange(dropped_for_interruption_, false)) return false;
  const bool waiting = data_wait_ && data_wait_->task;
  const bool keeps_running = waiting && !data_wait_->frame->interruptible();
  if (!keeps_running) paused_data_ = false;
  DropData(data_mark_);
  if (!waiting || keeps_running) return false;
  data_wait_->task.Destroy();
  data_wait_->frame = nullptr;
  dropped_for_interruption_ = true;
  Schedule();
  return true;
}

void FrameProcessor::Handle(FramePtr frame, Direction direction, bool data_lane) {
  assert(direct_ || !handling_);
  if (setup_ && setup_->observers.WantsProcessing(*frame)) {
    setup_->observers.NotifyProcess({*this, frame, direction, clock_now()});
  }
  // The handler gets its own reference; this one is for Wait.
  const FramePtr in_hand = frame;
  handling_data_ = data_lane;
  handling_ = true;
  if (frame->kind() != FrameKind::kData) {
    if (Status status = HandleLifeCycle(*frame); !status.ok()) Report(status);
  }
  try {
    if (Status status = Process(std::move(frame), direction); !status.ok()) Report(status);
  } catch (const std::exception& error) {
    // A foreign library's, or a user's: it ends here and not the process.
    Report(Status::Internal("{}", error.what()), fmt::format("{}: {}", ClassName(error), error.what()));
  }
  handling_ = false;
  WaitSlot* const slot = (data_lane ? data_wait_ : system_wait_).get();
  if (slot && slot->task) slot->frame = in_hand;
}

Status FrameProcessor::HandleLifeCycle(const Frame& frame) {
  const auto is_this = [this](const FrameProcessor* processor) { return processor == this; };
  switch (frame.type()) {
    case FrameType::kStart: started_ = true; break;
    case FrameType::kInterruption: StopAllMetrics(); break;
    case FrameType::kCancel:
      cancelling_ = true;
      if (data_wait_) data_wait_->task.Destroy();
      if (setup_) setup_->run_list.Bury(data_lane_.DropAll());
      break;
    case FrameType::kPause:
      if (is_this(frame.As<FrameProcessorPauseFrame>()->processor)) PauseProcessingFrames();
      break;
    case FrameType::kPauseUrgent:
      if (is_this(frame.As<FrameProcessorPauseUrgentFrame>()->processor)) PauseProcessingFrames();
      break;
    case FrameType::kResume:
      if (is_this(frame.As<FrameProcessorResumeFrame>()->processor)) ResumeProcessingFrames();
      break;
    case FrameType::kResumeUrgent:
      if (is_this(frame.As<FrameProcessorResumeUrgentFrame>()->processor)) ResumeProcessingFrames();
      break;
    default: break;
  }
  return OkStatus();
}

void FrameProcessor::Report(const Status& status, std::string exception) {
  PushError(fmt::format("Error processing frame: {}", status.message()), ErrorCategory::kUnknown, false,
            std::move(exception));
}

// ---------------------------------------------------------------- waiting

Status FrameProcessor::Wait(Task<Status> task) {
  assert(handling_ && !direct_);
  std::unique_ptr<WaitSlot>& slot = handling_data_ ? data_wait_ : system_wait_;
  if (!slot) slot = std::make_unique<WaitSlot>();
  assert(!slot->task);
  slot->processor = this;
  if (task.Start(slot.get())) return task.Take();
  slot->task = std::move(task);
  return OkStatus();
}

// Inside the task's last suspension: only marked, freed in the processor's next turn.
void FrameProcessor::WaitSlot::OnTaskDone() {
  processor->reap_ = true;
  processor->Schedule();
}

void FrameProcessor::Background(Task<Status> task) {
  auto owned = std::make_unique<Rare::BackgroundTask>();
  owned->processor = this;
  owned->task = std::move(task);
  if (rare().background.size() >= kMaxBackgroundTasks) {
    return PushError(fmt::format("{} background tasks run in {} already", kMaxBackgroundTasks, name()));
  }
  Rare::BackgroundTask& held = *rare().background.emplace_back(std::move(owned));
  if (held.task.Start(&held)) held.OnTaskDone();
}

void FrameProcessor::Reap() {
  reap_ = false;
  for (WaitSlot* slot : {system_wait_.get(), data_wait_.get()}) {
    if (!slot || !slot->task.done()) continue;
    const Status status = slot->task.Take();
    slot->task.Destroy();
    slot->frame = nullptr;
    if (!status.ok()) Report(status);
  }
  if (!rare_) return;
  auto& background = rare_->background;
  for (std::size_t i = 0; i < background.size();) {
    if (!background[i]->task.done()) {
      ++i;
      continue;
    }
    const Status status = background[i]->task.Take();
    background.erase(background.begin() + static_cast<std::ptrdiff_t>(i));
    if (!status.ok()) PushError(status.message());
  }
}

}  // namespace repartee
