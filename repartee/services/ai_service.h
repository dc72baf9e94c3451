// AIService: what all speech and language services have in common: settings that
// change on the run, hooks for start and end, metadata, metrics, and a state of
// being of no use (wrong key, bad request) in which they are given no more work.
//
// A subclass handles its frames in Process and leaves all others to
// AIService::Process, which passes on what it does not know.
// Thread: the conversation's loop.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "repartee/frames/service_frames.h"
#include "repartee/pipeline/frame_processor.h"
#include "repartee/services/service_metrics.h"

namespace repartee {

// Errors that the same request would meet again: authentication, authorization, invalid request.
bool IsPermanent(ErrorCategory category);
// Of an HTTP answer that is not 2xx.
ErrorCategory CategoryOfHttpStatus(int status);
// Of an error that no vendor told: connection, time limit, our own.
ErrorCategory CategoryOfStatus(StatusCode code);

class AIService : public FrameProcessor {
 public:
  // False after a permanent error, until a setting changes: the service is given no work.
  bool usable() const { return usable_; }
  // By a program that has mended what was wrong; by the service after an error that only repetition showed
  // to be lasting. While the task runs.
  void SetUsable(bool usable);
  Event<bool> on_usable_changed;  // what usable() gives now
  // The settings that were given: an object; "model" names the model.
  const Json& settings() const { return settings_; }

  bool CanGenerateMetrics() const override { return true; }
  // Empty if the settings have none.
  std::string model_name() const override;

  // Of services that keep a link to their vendor: it is up; it is gone, for now or for good; what is wrong
  // with it.
  Event<> on_connected;
  Event<> on_disconnected;
  Event<std::string> on_connection_error;

 protected:
  // `settings` is an object; a null in it means "not given".
  AIService(const char* class_name, Json settings);

  // Start, end, cancel; all else is passed on. An overrider calls it for whatever it does not take itself.
  Status Process(FramePtr frame, Direction direction) override;

  // Before StartFrame goes on. An error is reported and the service is of no use; the pipeline starts.
  virtual Status Start() { return OkStatus(); }
  // On EndFrame, which goes on when the task is done. The overrider bounds how long that takes.
  virtual Task<Status> Stop();
  // On CancelFrame, which goes on at once.
  virtual void Cancel() {}
  // After StartFrame went on: a pair, by services that have something to tell.
  virtual void BroadcastMetadata() {}

  // Before a change: an error is reported and nothing changes.
  virtual Status CheckSettings(const Json& /*delta*/) const { return OkStatus(); }
  // After a change; `changed` has the old value (null: not given) of each changed field.
  virtual void OnSettingsChanged(const Json& /*changed*/) {}
  // For the update frame of the subclass's kind: applied and swallowed, or passed on if it is for another.
  template <class Update>
  Status TakeUpdate(FramePtr frame, Direction direction) {
    const Update& update = *frame->As<Update>();
    if (update.service == nullptr || update.service == this) return UpdateSettings(update.delta);
    Push(std::move(frame), direction);
    return OkStatus();
  }
  // InvalidArgument if `delta` is no object or CheckSettings refuses it.
  Status UpdateSettings(const Json& delta);

  // By whoever keeps the link; each change is told once.
  void NoteConnected(bool connected);

  // An ErrorFrame upstream; a permanent one makes the service unusable.
  void ReportError(std::string text, ErrorCategory category);

  // Measurements. Nothing is measured unless the task has metrics on. A stop gives the
  // seconds and pushes them, or nothing if none was running. Times are the loop's.
  void StartTtfb(std::optional<Nanos> at = std::nullopt);
  std::optional<double> StopTtfb(std::optional<Nanos> at = std::nullopt);
  void CancelTtfb() { metrics_.CancelTtfb(); }
  bool ttfb_running() const { return metrics_.ttfb_running(); }
  std::optional<double> StopTtfat();
  void StartProcessing();
  std::optional<double> StopProcessing();
  void StartTextAggregation();
  std::optional<double> StopTextAggregation();

  // Usage, if the task has usage metrics on. True if it was pushed.
  bool PushLlmUsage(const LLMTokenUsage& usage);
  // `text` as it was sent: its code points are counted.
  bool PushTtsUsage(std::string_view text);
  bool PushSttUsage(double audio_seconds);
  // Any other measurement, whatever the gates say.
  void PushMetric(decltype(MetricsData::value) value);

  bool metrics_enabled() const { return setup().enable_metrics && CanGenerateMetrics(); }
  bool usage_metrics_enabled() const { return setup().enable_usage_metrics && CanGenerateMetrics(); }

  // Reports what was running, but for a first byte that never came.
  void StopAllMetrics() override;

 private:
  Status ProcessStart(FramePtr frame, Direction direction);
  Task<Status> ProcessEnd(FramePtr frame, Direction direction);

  ServiceMetrics metrics_;
  Json settings_;
  bool usable_ = true;
  bool connected_ = false;
  bool first_measured_ = false;  // with report_only_initial_ttfb: begun, whatever came of it
};

}  // namespace repartee
