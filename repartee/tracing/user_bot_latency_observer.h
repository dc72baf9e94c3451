// UserBotLatencyObserver: how long the user waited for the bot, from the true end of
// speech to the first sound of the answer, and what that time was spent on.
//
// The time is cut at the frames that mark each stage into contributions without gaps;
// they add up to the whole. One value for each silence; speech without a VAD has none.
// Handlers are called in place. Thread: the conversation's loop.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "repartee/base/event_loop.h"
#include "repartee/pipeline/observer.h"

namespace repartee {

struct LatencyContribution {
  // Who could make it shorter: a service, a setting, the program, or the pipeline itself.
  enum class Owner : std::uint8_t {
    kService,
    kSetting,
    kBot,
    kPipeline
  };

  const char* key;         // "llm_inference"
  const char* label;       // "LLM inference"
  std::string_view owner;  // class name of the processor, or the name of the setting; a literal
  Owner owner_kind;
  Nanos start;  // pipeline clock
  Nanos duration;
};

struct LatencyBreakdown {
  enum class From : std::uint8_t {
    kUserSilence,
    kClientConnected
  };
  From measured_from;
  Nanos start;  // pipeline clock
  Nanos total;
  std::vector<LatencyContribution> contributions;  // in order; they tile start to start + total
};

class UserBotLatencyObserver final : public BaseObserver {
 public:
  // `loop` outlives the observer.
  explicit UserBotLatencyObserver(EventLoop& loop) : loop_(loop) {}

  // End of the user's speech to the bot's first sound.
  void OnLatencyMeasured(std::function<void(Nanos)> handler);
  // The same, and the greeting's, in parts.
  void OnLatencyBreakdown(std::function<void(const LatencyBreakdown&)> handler);
  // The bot spoke before any user did: since the client connected, or the start where no client was seen.
  void OnFirstBotSpeechLatency(std::function<void(Nanos)> handler);

  void OnPushFrame(const FramePushed& event) override;
  FrameTypeSet wanted_pushes() const override;
  bool observe_every_push() const override { return false; }

 private:
  enum class Stage : std::uint8_t {
    kEndpointingWait,
    kTranscription,
    kTurnDetection,
    kFirstRequest,
    kLlmInference,
    kLlmToolCall,
    kFunctionHandler,
    kSentenceAggregation,
    kSpeechSynthesis,
    kOutputTransport,
    kPipeline
  };
  struct Mark {
    Stage stage;  // that ended here
    std::string_view owner;
    Nanos time;  // pipeline clock
  };
  struct StageWords;
  static const StageWords& Words(Stage stage);

  void Begin(LatencyBreakdown::From from, Nanos at);
  void UserFellSilent(const FramePushed& event);
  void Transcribed(const FramePushed& event);
  void AddTranscription();
  void Add(Stage stage, std::string_view owner, Nanos time);
  void RequestStarted(const FramePushed& event);
  void FirstText(const FramePushed& event);
  void SentenceReady(const FramePushed& event);
  void FirstAudio(const FramePushed& event);
  void Interrupted();
  void BotStarted(const FramePushed& event);
  std::vector<LatencyContribution> Contributions(Nanos end) const;

  EventLoop& loop_;
  std::vector<std::function<void(Nanos)>> measured_;
  std::vector<std::function<void(const LatencyBreakdown&)>> broken_down_;
  std::vector<std::function<void(Nanos)>> first_speech_;

  bool measuring_ = false;
  bool anyone_spoke_ = false;
  LatencyBreakdown::From from_ = LatencyBreakdown::From::kClientConnected;
  Nanos start_{0};
  std::optional<Mark> transcript_;  // the last one, until a request or a sentence follows
  std::vector<Mark> marks_;         // at most 64
  bool text_seen_ = false;          // since the last request
  bool sentence_seen_ = false;
  bool audio_seen_ = false;
};

}  // namespace repartee
