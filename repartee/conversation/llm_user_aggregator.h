// LLMUserAggregator: writes down what the user says and asks the model for an answer.
//
// Sits behind the speech recognizer. Transcripts are gathered while the user has the
// turn; when strategies close it they become one user message and the context goes
// downstream. The start of a turn interrupts the bot. It also hears the voice (when
// given a VAD), mutes the user, and notices silence and turns without words.
//
// Limits: 1 MiB of text a turn. Thread: the conversation's loop.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "repartee/conversation/llm_context.h"
#include "repartee/conversation/text_parts.h"
#include "repartee/conversation/user_turn/mute_strategies.h"
#include "repartee/conversation/user_turn/user_idle_controller.h"
#include "repartee/conversation/user_turn/user_turn_controller.h"
#include "repartee/conversation/vad_controller.h"
#include "repartee/pipeline/frame_processor.h"

namespace repartee {

// What happens after a turn without words: a developer message and one run of the model.
struct EmptyUserTurnConfig {
  // The turn cut the bot short, which would stay silent else; empty: nothing happens.
  std::string interrupted_prompt =
      "The user started to speak and cut you short, but no words were understood; it may have been noise. "
      "They heard your answer only as far as it is written here. Ask them briefly to say it again, and "
      "repeat a question they may have missed.";
  // The bot was waiting for the user; empty: nothing happens.
  std::string idle_prompt;
  // How many in a row are answered, until a turn has words again.
  int max_consecutive_recoveries = 1;
};

struct LLMUserAggregatorParams {
  UserTurnStrategies user_turn_strategies;  // empty lists: the defaults
  std::vector<std::unique_ptr<BaseUserMuteStrategy>> user_mute_strategies;
  // A turn in which nothing happens for so long is stopped; 0: never.
  Nanos user_turn_stop_timeout = std::chrono::seconds(5);
  // on_user_turn_idle, so long after the bot's last word; 0: never.
  Nanos user_idle_timeout{0};
  // Null: the voice is heard elsewhere, or not at all.
  std::unique_ptr<VadAnalyzer> vad_analyzer;
  // A voice whose sound ceases for so long has stopped; 0: never.
  Nanos audio_idle_timeout = std::chrono::seconds(1);
  EmptyUserTurnConfig empty_user_turn;
  // The model is told by a developer message when LLMSetTools adds or removes tools.
  bool add_tool_change_messages = false;
};

class LLMUserAggregator final : public FrameProcessor, private UserTurnDelegate {
 public:
  // The context is shared with the assistant aggregator and with frames; not null.
  explicit LLMUserAggregator(std::shared_ptr<LLMContext> context, LLMUserAggregatorParams params = {});

  const std::shared_ptr<LLMContext>& context() const { return context_; }

  // A strategy is named by its class, and empty when the watchdog or the end of the session
  // stopped the turn. Times are ISO 8601, UTC, with milliseconds: when the turn started.
  Event<std::string> on_user_turn_started;                            // strategy
  Event<std::string, std::string, std::string> on_user_turn_stopped;  // strategy, content, timestamp
  Event<> on_user_turn_stop_timeout;
  Event<> on_user_turn_idle;
  Event<std::string> on_user_turn_inference_triggered;         // strategy
  Event<std::string, std::string> on_user_turn_message_added;  // content, timestamp
  Event<std::string, std::string> on_user_backchannel;         // text, timestamp
  Event<> on_user_mute_started;
  Event<> on_user_mute_stopped;

 protected:
  Status Process(FramePtr frame, Direction direction) override;
  void OnCleanup() override { StopControllers(); }

 private:
  void OnUserTurnStarted(const char* strategy, const UserTurnStartedParams& params) override;
  void OnUserTurnInferenceTriggered(const char* strategy) override;
  void OnUserTurnStopped(const char* strategy, const UserTurnStoppedParams& params) override;
  void OnUserTurnStopTimeout() override;
  void OnResetAggregation() override;
  void OnPauseBot(const FrameProcessor& output, bool pause) override;
  void OnUserBackchannel(const TranscriptionFrame& frame) override;
  void OnEagerInference(const char* strategy, const std::string& text) override;
  void OnEagerInferenceCancelled() override;
  void OnEagerInferenceConfirmed() override;
  void OnTurnMetrics(const MetricsData& metrics) override;

  bool DropAsMuted(const Frame& frame);
  void SetMuted(bool muted);
  Status Handle(FramePtr frame, Direction direction);
  Status HandleContextFrame(const Frame& frame);
  void OnTranscription(const Frame& frame);
  Status SetTools(const Json& tools);
  void StartControllers();
  void StopControllers();
  void FinishSession();
  void CloseTurn(const char* strategy);
  void Interrupt();
  void PushAggregation();
  bool WriteUserMessage();
  void PushContext();
  bool RecoverEmptyTurn();
  std::string Now() const;

  const std::shared_ptr<LLMContext> context_;
  const EmptyUserTurnConfig empty_user_turn_;
  const bool add_tool_change_messages_;
  const std::vector<std::unique_ptr<BaseUserMuteStrategy>> mute_strategies_;
  UserTurnController turn_controller_;
  UserIdleController idle_controller_;
  std::unique_ptr<VadController> vad_controller_;  // null without a VAD

  TextParts parts_;              // transcripts that are not in the context yet
  TextParts turn_text_;          // all that was said in this turn
  std::string turn_started_at_;  // empty: no turn open
  const FrameProcessor* paused_output_ = nullptr;
  bool muted_ = false;
  bool turn_interrupted_bot_ = false;
  int recoveries_ = 0;  // in a row
};

}  // namespace repartee
