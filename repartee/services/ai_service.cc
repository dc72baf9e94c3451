#include "repartee/services/ai_service.h"

#include <algorithm>
#include <utility>

namespace repartee {

bool IsPermanent(ErrorCategory category) {
  return category == ErrorCategory::kAuthentication || category == ErrorCategory::kAuthorization ||
         category == ErrorCategory::kInvalidRequest;
}

ErrorCategory CategoryOfHttpStatus(int status) {
  switch (status) {
    case 400:
    case 404:
    case 422: return ErrorCategory::kInvalidRequest;
    case 401: return ErrorCategory::kAuthentication;
    case 402: return ErrorCategory::kQuota;
    case 403: return ErrorCategory::kAuthorization;
    case 429: return ErrorCategory::kRateLimit;
    default: return status >= 500 ? ErrorCategory::kServer : ErrorCategory::kUnknown;
  }
}

ErrorCategory CategoryOfStatus(StatusCode code) {
  switch (code) {
    case StatusCode::kInvalidArgument: return ErrorCategory::kInvalidRequest;
    case StatusCode::kUnauthenticated: return ErrorCategory::kAuthentication;
    case StatusCode::kPermissionDenied: return ErrorCategory::kAuthorization;
    case StatusCode::kUnavailable:
    case StatusCode::kDeadlineExceeded: return ErrorCategory::kConnectivity;
    default: return ErrorCategory::kUnknown;
  }
}

AIService::AIService(const char* class_name, Json settings)
    : FrameProcessor(class_name), settings_(Json::object()) {
  if (!settings.is_object()) return;
  for (auto& [name, value] : settings.items()) {
    if (!value.is_null()) settings_[name] = std::move(value);
  }
}

std::string AIService::model_name() const {
  const auto model = settings_.find("model");
  return model != settings_.end() && model->is_string() ? model->get<std::string>() : std::string();
}

// ---------------------------------------------------------------- frames

Status AIService::Process(FramePtr frame, Direction direction) {
  switch (frame->type()) {
    case FrameType::kStart: return ProcessStart(std::move(frame), direction);
    case FrameType::kEnd: return Wait(ProcessEnd(std::move(frame), direction));
    case FrameType::kCancel: Cancel(); break;
    // For services of any kind.
    case FrameType::kServiceUpdateSettings:
      return TakeUpdate<ServiceUpdateSettingsFrame>(std::move(frame), direction);
    case FrameType::kServiceSwitcherRequestMetadata:
      if (static_cast<const ServiceSwitcherRequestMetadataFrame&>(*frame).service != this) break;
      BroadcastMetadata();
      return OkStatus();
    default: break;
  }
  Push(std::move(frame), direction);
  return OkStatus();
}

Status AIService::ProcessStart(FramePtr frame, Direction direction) {
  if (const Status status = Start(); !status.ok()) {
    ReportError(status.message(), CategoryOfStatus(status.code()));
    SetUsable(false);
  }
  Push(std::move(frame), direction);
  BroadcastMetadata();
  return OkStatus();
}

Task<Status> AIService::ProcessEnd(FramePtr frame, Direction direction) {
  Status status = co_await Stop();
  Push(std::move(frame), direction);
  co_return status;
}

Task<Status> AIService::Stop() { co_return OkStatus(); }

Status AIService::UpdateSettings(const Json& delta) {
  if (!delta.is_object()) return Status::InvalidArgument("settings of {}: an object is needed", name());
  if (Status status = CheckSettings(delta); !status.ok())
    return std::move(status).Annotate("settings of {}", name());
  Json changed = Json::object();
  for (const auto& [field, value] : delta.items()) {
    const auto old = settings_.find(field);
    const Json before = old == settings_.end() ? Json() : *old;
    if (before == value) continue;
    changed[field] = before;
    if (value.is_null()) {
      settings_.erase(field);
    } else {
      settings_[field] = value;
    }
  }
  if (changed.empty()) return OkStatus();
  SetUsable(true);
  OnSettingsChanged(changed);
  return OkStatus();
}

void AIService::SetUsable(bool usable) {
  if (std::exchange(usable_, usable) == usable) return;
  on_usable_changed.Emit(loop(), usable);
}

void AIService::NoteConnected(bool connected) {
  if (std::exchange(connected_, connected) == connected) return;
  (connected ? on_connected : on_disconnected).Emit(loop());
}

void AIService::ReportError(std::string text, ErrorCategory category) {
  if (IsPermanent(category)) SetUsable(false);
  PushError(std::move(text), category);
}

// ---------------------------------------------------------------- metrics

void AIService::StartTtfb(std::optional<Nanos> at) {
  if (!metrics_enabled()) return;
  if (setup().report_only_initial_ttfb && std::exchange(first_measured_, true)) return;
  metrics_.StartTtfb(at.value_or(loop().now()));
}

std::optional<double> AIService::StopTtfb(std::optional<Nanos> at) {
  const std::optional<double> seconds = metrics_.StopTtfb(at.value_or(loop().now()));
  if (!seconds) return std::nullopt;
  PushMetric(TTFBMetricsData{*seconds});
  return seconds;
}

std::optional<double> AIService::StopTtfat() {
  const std::optional<TTFATMetricsData> measured = metrics_.StopTtfat(loop().now());
  if (!measured) return std::nullopt;
  PushMetric(*measured);
  return measured->ttfat;
}

void AIService::StartProcessing() {
  if (metrics_enabled()) metrics_.StartProcessing(loop().now());
}

std::optional<double> AIService::StopProcessing() {
  const std::optional<double> seconds = metrics_.StopProcessing(loop().now());
  if (seconds) PushMetric(ProcessingMetricsData{*seconds});
  return seconds;
}

void AIService::StartTextAggregation() {
  if (metrics_enabled()) metrics_.StartTextAggregation(loop().now());
}

std::optional<double> AIService::StopTextAggregation() {
  const std::optional<double> seconds = metrics_.StopTextAggregation(loop().now());
  if (seconds) PushMetric(TextAggregationMetricsData{*seconds});
  return seconds;
}

bool AIService::PushLlmUsage(const LLMTokenUsage& usage) {
  if (!usage_metrics_enabled()) return false;
  PushMetric(LLMUsageMetricsData{usage});
  return true;
}

bool AIService::PushTtsUsage(std::string_view text) {
  if (!usage_metrics_enabled()) return false;
  const auto starts_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  PushMetric(TTSUsageMetricsData{std::count_if(text.begin(), text.end(), starts_character)});
  return true;
}

bool AIService::PushSttUsage(double audio_seconds) {
  if (!usage_metrics_enabled()) return false;
  PushMetric(STTUsageMetricsData{audio_seconds});
  return true;
}

void AIService::PushMetric(decltype(MetricsData::value) value) {
  std::vector<MetricsData> data(1);
  data[0].processor = name();
  if (std::string model = model_name(); !model.empty()) data[0].model = std::move(model);
  data[0].value = std::move(value);
  Push(Make<MetricsFrame>(std::move(data)));
}

// A first byte that had not come is not measured: the time so far would pass for one.
void AIService::StopAllMetrics() {
  CancelTtfb();
  StopProcessing();
  StopTextAggregation();
}

}  // namespace repartee
