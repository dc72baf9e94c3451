// The life of a task: start, end, cancel, errors, interruption, pauses.
// Thread: the conversation's loop.
#pragma once

#include <cstdint>
#include <string>

#include "repartee/frames/frame.h"

namespace repartee {

class FrameProcessor;

struct StartFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kStart;
  static constexpr FrameType kLast = kFirst;
  StartFrame() : SystemFrame(kFirst) {}

  int audio_in_sample_rate = 16000;   // Hz
  int audio_out_sample_rate = 24000;  // Hz
  bool enable_metrics = false;
  bool enable_tracing = false;
  bool enable_usage_metrics = false;
  bool report_only_initial_ttfb = false;
};

// The graceful end: all that is ahead of it is finished first.
struct EndFrame : ControlFrame {
  static constexpr FrameType kFirst = FrameType::kEnd;
  static constexpr FrameType kLast = kFirst;
  explicit EndFrame(std::string why = {}) : ControlFrame(kFirst, false), reason(std::move(why)) {}
  std::string reason;
};

// Ends the task and leaves the processors alive.
using StopFrame = PlainFrame<ControlFrame, FrameType::kStop, false>;

// The immediate end.
struct CancelFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kCancel;
  static constexpr FrameType kLast = kFirst;
  explicit CancelFrame(std::string why = {}) : SystemFrame(kFirst), reason(std::move(why)) {}
  std::string reason;
};

// Asks the task, from any processor (upstream), to queue the frame of that name.
struct EndWorkerFrame : ControlFrame {
  static constexpr FrameType kFirst = FrameType::kEndWorker;
  static constexpr FrameType kLast = kFirst;
  explicit EndWorkerFrame(std::string why = {}) : ControlFrame(kFirst, false), reason(std::move(why)) {}
  std::string reason;
};
using StopWorkerFrame = PlainFrame<ControlFrame, FrameType::kStopWorker, false>;
struct CancelWorkerFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kCancelWorker;
  static constexpr FrameType kLast = kFirst;
  explicit CancelWorkerFrame(std::string why = {}) : SystemFrame(kFirst), reason(std::move(why)) {}
  std::string reason;
};
using InterruptionWorkerFrame = PlainFrame<SystemFrame, FrameType::kInterruptionWorker>;

enum class ErrorCategory : std::uint8_t {
  kUnknown,
  kAuthentication,
  kAuthorization,
  kInvalidRequest,
  kRateLimit,
  kQuota,
  kConnectivity,
  kServer,
  kApplication,
};
// "rate_limit" and so on.
std::string_view ErrorCategoryName(ErrorCategory category);

struct ErrorFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kError;
  static constexpr FrameType kLast = kFirst;
  explicit ErrorFrame(std::string text) : SystemFrame(kFirst), error(std::move(text)) {}

  std::string error;  // secrets redacted
  bool fatal = false;
  std::string processor;  // name of the one that failed; empty: unknown
  std::string exception;  // what a foreign library threw, if it did
  ErrorCategory category = ErrorCategory::kUnknown;
};

// The user barged in, or somebody wants silence: what is queued and interruptible goes.
using InterruptionFrame = PlainFrame<SystemFrame, FrameType::kInterruption>;

struct HeartbeatFrame : ControlFrame {
  static constexpr FrameType kFirst = FrameType::kHeartbeat;
  static constexpr FrameType kLast = kFirst;
  explicit HeartbeatFrame(std::int64_t nanoseconds) : ControlFrame(kFirst), timestamp(nanoseconds) {}
  std::int64_t timestamp;  // pipeline clock
};

// A probe of PipelineTask::FlushPipeline: down to the sink, up to the source and down again, behind all
// that was queued before it.
struct PipelineFlushFrame : ControlFrame {
  static constexpr FrameType kFirst = FrameType::kPipelineFlush;
  static constexpr FrameType kLast = kFirst;
  explicit PipelineFlushFrame(std::int64_t number) : ControlFrame(kFirst, false), flush_id(number) {}
  bool returning = false;
  std::string origin;  // who asked; empty: the task
  std::int64_t flush_id;
};

// Pause and resume one processor; resuming is a system frame, else it would wait
// behind the pause. `processor` is borrowed and only compared.
template <class Base, FrameType T>
struct ProcessorFrame : Base {
  static constexpr FrameType kFirst = T;
  static constexpr FrameType kLast = T;
  explicit ProcessorFrame(const FrameProcessor& target) : Base(T), processor(&target) {}
  const FrameProcessor* processor;
};
using FrameProcessorPauseFrame = ProcessorFrame<ControlFrame, FrameType::kPause>;
using FrameProcessorPauseUrgentFrame = ProcessorFrame<SystemFrame, FrameType::kPauseUrgent>;
using FrameProcessorResumeFrame = ProcessorFrame<SystemFrame, FrameType::kResume>;
using FrameProcessorResumeUrgentFrame = ProcessorFrame<SystemFrame, FrameType::kResumeUrgent>;

}  // namespace repartee
