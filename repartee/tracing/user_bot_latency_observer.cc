#include "repartee/tracing/user_bot_latency_observer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "repartee/frames/speaking_frames.h"
#include "repartee/pipeline/frame_processor.h"

namespace repartee {
namespace {

constexpr std::size_t kMaxMarks = 64;
constexpr Nanos kWorthShowing = std::chrono::milliseconds(5);

}  // namespace

struct UserBotLatencyObserver::StageWords {
  const char* key;
  const char* label;
  LatencyContribution::Owner owner_kind;
  bool core;  // shown however short
};

const UserBotLatencyObserver::StageWords& UserBotLatencyObserver::Words(Stage stage) {
  using Owner = LatencyContribution::Owner;
  static constexpr std::array<StageWords, 11> kWords{{
      {"endpointing_wait", "Endpointing wait", Owner::kSetting, true},
      {"transcription", "Transcription", Owner::kService, true},
      {"turn_detection", "Turn detection", Owner::kSetting, true},
      {"first_request", "First request", Owner::kBot, true},
      {"llm_inference", "LLM inference", Owner::kService, true},
      {"llm_tool_call", "LLM tool call", Owner::kService, true},
      {"function_handler", "Function handler", Owner::kBot, true},
      {"sentence_aggregation", "Sentence aggregation", Owner::kSetting, false},
      {"speech_synthesis", "Speech synthesis", Owner::kService, true},
      {"output_transport", "Output transport", Owner::kPipeline, false},
      {"pipeline", "Pipeline", Owner::kPipeline, false},
  }};
  return kWords[static_cast<std::size_t>(stage)];
}

void UserBotLatencyObserver::OnLatencyMeasured(std::function<void(Nanos)> handler) {
  measured_.push_back(std::move(handler));
}
void UserBotLatencyObserver::OnLatencyBreakdown(std::function<void(const LatencyBreakdown&)> handler) {
  broken_down_.push_back(std::move(handler));
}
void UserBotLatencyObserver::OnFirstBotSpeechLatency(std::function<void(Nanos)> handler) {
  first_speech_.push_back(std::move(handler));
}

FrameTypeSet UserBotLatencyObserver::wanted_pushes() const {
  return {FrameType::kStart,
          FrameType::kClientConnected,
          FrameType::kInterruption,
          FrameType::kVADUserStartedSpeaking,
          FrameType::kTranscription,
          FrameType::kVADUserStoppedSpeaking,
          FrameType::kLLMText,
          FrameType::kLLMFullResponseStart,
          FrameType::kTTSStarted,
          FrameType::kFunctionCallsStarted,
          FrameType::kTTSAudioRaw,
          FrameType::kAggregatedText,
          FrameType::kBotStartedSpeaking};
}

void UserBotLatencyObserver::OnPushFrame(const FramePushed& event) {
  if (event.direction != Direction::kDownstream) return;
  switch (event.frame->type()) {
    case FrameType::kStart:
    case FrameType::kClientConnected:
      if (!anyone_spoke_) Begin(LatencyBreakdown::From::kClientConnected, event.time);
      break;
    case FrameType::kVADUserStartedSpeaking:
      anyone_spoke_ = true;
      measuring_ = false;
      break;
    case FrameType::kVADUserStoppedSpeaking: UserFellSilent(event); break;
    case FrameType::kTranscription: Transcribed(event); break;
    case FrameType::kLLMFullResponseStart: RequestStarted(event); break;
    case FrameType::kLLMText: FirstText(event); break;
    case FrameType::kFunctionCallsStarted:
      Add(Stage::kLlmToolCall, event.source.class_name(), event.time);
      break;
    case FrameType::kAggregatedText:
    case FrameType::kTTSStarted: SentenceReady(event); break;
    case FrameType::kTTSAudioRaw: FirstAudio(event); break;
    case FrameType::kInterruption: Interrupted(); break;
    case FrameType::kBotStartedSpeaking: BotStarted(event); break;
    default: break;
  }
}

void UserBotLatencyObserver::Begin(LatencyBreakdown::From from, Nanos at) {
  measuring_ = true;
  from_ = from;
  start_ = at;
  transcript_.reset();
  marks_.clear();
  text_seen_ = sentence_seen_ = audio_seen_ = false;
}

// The frame carries wall clock; the voice itself ended stop_secs before.
void UserBotLatencyObserver::UserFellSilent(const FramePushed& event) {
  const auto& frame = *event.frame->As<VADUserStoppedSpeakingFrame>();
  const Nanos wall_to_pipeline = event.time - loop_.wall_now();
  const Nanos decided = FromSeconds(frame.timestamp) + wall_to_pipeline;
  Begin(LatencyBreakdown::From::kUserSilence, decided - FromSeconds(frame.stop_secs));
  Add(Stage::kEndpointingWait, "stop_secs", decided);
}

void UserBotLatencyObserver::Transcribed(const FramePushed& event) {
  anyone_spoke_ = true;
  if (from_ == LatencyBreakdown::From::kClientConnected) measuring_ = false;
  transcript_ = Mark{Stage::kTranscription, event.source.class_name(), event.time};
}

void UserBotLatencyObserver::AddTranscription() {
  const std::optional<Mark> last = std::exchange(transcript_, std::nullopt);
  if (last) Add(last->stage, last->owner, last->time);
}

void UserBotLatencyObserver::Add(Stage stage, std::string_view owner, Nanos time) {
  if (measuring_ && marks_.size() < kMaxMarks) marks_.push_back({stage, owner, time});
}

void UserBotLatencyObserver::RequestStarted(const FramePushed& event) {
  text_seen_ = sentence_seen_ = audio_seen_ = false;
  if (!marks_.empty() && marks_.back().stage == Stage::kLlmToolCall) {
    return Add(Stage::kFunctionHandler, marks_.back().owner, event.time);
  }
  if (from_ == LatencyBreakdown::From::kClientConnected) return Add(Stage::kFirstRequest, "", event.time);
  AddTranscription();
  Add(Stage::kTurnDetection, "user_turn_stop", event.time);
}

void UserBotLatencyObserver::FirstText(const FramePushed& event) {
  if (!std::exchange(text_seen_, true)) Add(Stage::kLlmInference, event.source.class_name(), event.time);
}

// Without a model's text before it, a program had this said: waiting for that is not aggregation.
void UserBotLatencyObserver::SentenceReady(const FramePushed& event) {
  if (std::exchange(sentence_seen_, true)) return;
  AddTranscription();
  Add(text_seen_ ? Stage::kSentenceAggregation : Stage::kPipeline, text_seen_ ? "text_aggregation_mode" : "",
      event.time);
}

void UserBotLatencyObserver::FirstAudio(const FramePushed& event) {
  if (!std::exchange(audio_seen_, true)) Add(Stage::kSpeechSynthesis, event.source.class_name(), event.time);
}

// What was under way for the answer is gone; the wait goes on.
void UserBotLatencyObserver::Interrupted() {
  std::erase_if(marks_, [](const Mark& mark) { return mark.stage > Stage::kTranscription; });
  text_seen_ = sentence_seen_ = audio_seen_ = false;
}

void UserBotLatencyObserver::BotStarted(const FramePushed& event) {
  const bool first = !std::exchange(anyone_spoke_, true);
  if (!std::exchange(measuring_, false)) return;
  marks_.push_back({Stage::kOutputTransport, event.source.class_name(), event.time});
  const Nanos total = event.time - start_;
  if (from_ == LatencyBreakdown::From::kUserSilence) {
    for (const auto& handler : measured_) handler(total);
  } else if (first) {
    for (const auto& handler : first_speech_) handler(total);
  }
  if (broken_down_.empty()) return;
  const LatencyBreakdown breakdown{from_, start_, total, Contributions(event.time)};
  for (const auto& handler : broken_down_) handler(breakdown);
}

std::vector<LatencyContribution> UserBotLatencyObserver::Contributions(Nanos end) const {
  std::vector<LatencyContribution> parts;
  const auto add = [&parts](Stage stage, std::string_view owner, Nanos from, Nanos to) {
    const StageWords& words = Words(stage);
    if (!parts.empty() && parts.back().key == words.key) {
      parts.back().duration += to - from;
    } else {
      parts.push_back({words.key, words.label, owner, words.owner_kind, from, to - from});
    }
  };
  Nanos cursor = start_;
  for (const Mark& mark : marks_) {
    const Nanos to = std::min(mark.time, end);
    if (to <= cursor) continue;
    const bool shown = Words(mark.stage).core || to - cursor >= kWorthShowing;
    add(shown ? mark.stage : Stage::kPipeline, shown ? mark.owner : "", cursor, to);
    cursor = to;
  }
  return parts;
}

}  // namespace repartee
