// Services: what they tell of themselves, their settings and their measurements.
// Thread: the conversation's loop.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/frames/frame.h"

namespace repartee {

class FrameProcessor;

struct ServiceMetadataFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kServiceMetadata;
  static constexpr FrameType kLast = FrameType::kLLMServiceMetadata;
  explicit ServiceMetadataFrame(std::string name) : ServiceMetadataFrame(kFirst, std::move(name)) {}
  std::string service_name;

 protected:
  ServiceMetadataFrame(FrameType type, std::string name) : SystemFrame(type), service_name(std::move(name)) {}
};
struct STTMetadataFrame : ServiceMetadataFrame {
  static constexpr FrameType kFirst = FrameType::kSTTMetadata;
  static constexpr FrameType kLast = kFirst;
  STTMetadataFrame(std::string name, double p99_seconds)
      : ServiceMetadataFrame(kFirst, std::move(name)), ttfs_p99_latency(p99_seconds) {}
  double ttfs_p99_latency;  // end of speech to final transcript, 99th percentile, seconds
};
struct LLMServiceMetadataFrame : ServiceMetadataFrame {
  static constexpr FrameType kFirst = FrameType::kLLMServiceMetadata;
  static constexpr FrameType kLast = kFirst;
  explicit LLMServiceMetadataFrame(std::string name) : ServiceMetadataFrame(kFirst, std::move(name)) {}
  bool is_realtime_service = false;
};

struct STTMuteFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kSTTMute;
  static constexpr FrameType kLast = kFirst;
  explicit STTMuteFrame(bool muted) : SystemFrame(kFirst), mute(muted) {}
  bool mute;
};

// Changes settings on the run: only the fields in `delta` (an object) change. `service`
// is borrowed and only compared; null means every service of the kind, and of any kind
// for the frame that names none.
struct ServiceUpdateSettingsFrame : ControlFrame {
  static constexpr FrameType kFirst = FrameType::kServiceUpdateSettings;
  static constexpr FrameType kLast = FrameType::kSTTUpdateSettings;
  explicit ServiceUpdateSettingsFrame(Json changes, const FrameProcessor* target = nullptr)
      : ServiceUpdateSettingsFrame(kFirst, std::move(changes), target) {}
  Json delta;
  const FrameProcessor* service;
  bool reach_inactive_services = false;  // also those that a service switcher keeps in reserve

 protected:
  ServiceUpdateSettingsFrame(FrameType type, Json changes, const FrameProcessor* target)
      : ControlFrame(type, false), delta(std::move(changes)), service(target) {}
};
template <FrameType T>
struct UpdateSettingsFrame : ServiceUpdateSettingsFrame {
  static constexpr FrameType kFirst = T;
  static constexpr FrameType kLast = T;
  explicit UpdateSettingsFrame(Json changes, const FrameProcessor* target = nullptr)
      : ServiceUpdateSettingsFrame(T, std::move(changes), target) {}
};
using LLMUpdateSettingsFrame = UpdateSettingsFrame<FrameType::kLLMUpdateSettings>;
using TTSUpdateSettingsFrame = UpdateSettingsFrame<FrameType::kTTSUpdateSettings>;
using STTUpdateSettingsFrame = UpdateSettingsFrame<FrameType::kSTTUpdateSettings>;

// To a ServiceSwitcher, of one of its services, which is borrowed and only compared: make it the active
// one; have it tell its metadata.
template <FrameType T>
struct ServiceSwitcherFrame : ControlFrame {
  static constexpr FrameType kFirst = T;
  static constexpr FrameType kLast = T;
  explicit ServiceSwitcherFrame(const FrameProcessor& target) : ControlFrame(T), service(&target) {}
  const FrameProcessor* service;
};
using ManuallySwitchServiceFrame = ServiceSwitcherFrame<FrameType::kManuallySwitchService>;
using ServiceSwitcherRequestMetadataFrame = ServiceSwitcherFrame<FrameType::kServiceSwitcherRequestMetadata>;

// In order, one stream: after the text before them, before the text behind them.
struct TTSStartedFrame : ControlFrame {
  static constexpr FrameType kFirst = FrameType::kTTSStarted;
  static constexpr FrameType kLast = kFirst;
  explicit TTSStartedFrame(std::string context = {}) : ControlFrame(kFirst), context_id(std::move(context)) {}
  std::string context_id;
  bool append_to_context = true;
};
struct TTSStoppedFrame : ControlFrame {
  static constexpr FrameType kFirst = FrameType::kTTSStopped;
  static constexpr FrameType kLast = kFirst;
  explicit TTSStoppedFrame(std::string context = {}) : ControlFrame(kFirst), context_id(std::move(context)) {}
  std::string context_id;
};

// Measurements; seconds unless said otherwise.
struct TTFBMetricsData {
  double value = 0;
};
struct TTFAMetricsData {
  double ttfa = 0, ttfb = 0, leading_silence = 0;
};
struct TTFATMetricsData {
  double ttfat = 0, ttfb = 0, thinking_time = 0;
};
struct ProcessingMetricsData {
  double value = 0;
};
struct TextAggregationMetricsData {
  double value = 0;
};
struct LLMTokenUsage {
  std::int64_t prompt_tokens = 0, completion_tokens = 0, total_tokens = 0;
  std::optional<std::int64_t> cache_read_input_tokens, cache_creation_input_tokens, reasoning_tokens,
      input_audio_tokens, output_audio_tokens, cache_read_input_audio_tokens;
};
struct LLMUsageMetricsData {
  LLMTokenUsage value;
};
struct TTSUsageMetricsData {
  std::int64_t value = 0;
};  // characters (code points)
struct STTUsageMetricsData {
  double audio_seconds = 0;
};
struct TurnMetricsData {
  bool is_complete = false;
  double probability = 0, e2e_processing_time_ms = 0;
};

struct MetricsData {
  std::string processor;  // name
  std::optional<std::string> model;
  std::variant<TTFBMetricsData, TTFAMetricsData, TTFATMetricsData, ProcessingMetricsData,
               TextAggregationMetricsData, LLMUsageMetricsData, TTSUsageMetricsData, STTUsageMetricsData,
               TurnMetricsData>
      value;
};

struct MetricsFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kMetrics;
  static constexpr FrameType kLast = kFirst;
  explicit MetricsFrame(std::vector<MetricsData> measurements)
      : SystemFrame(kFirst), data(std::move(measurements)) {}
  std::vector<MetricsData> data;
};

}  // namespace repartee
