// TurnSettings: who has the turn and when, as an agent's description says it: start, stop and
// mute strategies in their order, and what happens when the user says nothing.
//
// Thread: values.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "repartee/audio/turn_analyzer.h"
#include "repartee/audio/vad_analyzer.h"
#include "repartee/conversation/user_turn/eager_stop_strategy.h"
#include "repartee/conversation/user_turn/false_interruption_strategy.h"
#include "repartee/conversation/user_turn/start_strategies.h"
#include "repartee/conversation/user_turn/stop_strategies.h"
#include "repartee/conversation/user_turn/wake_phrase_strategy.h"
#include "repartee/services/turn_completion.h"

namespace repartee {

struct VadStart {};
struct ExternalStart {};
using StartSettings =
    std::variant<VadStart, TranscriptionUserTurnStartOptions, MinWordsUserTurnStartOptions,
                 WakePhraseUserTurnStartOptions, FalseInterruptionUserTurnStartOptions, ExternalStart>;

struct SpeechTimeoutStop {
  std::optional<Nanos> user_speech_timeout{};  // else the agent's
  bool wait_for_transcript = true;
};
// The model on this machine that hears whether the user had finished.
struct SmartTurnStop {
  TurnAnalyzerOptions analyzer{};
  bool wait_for_transcript = true;
};
using StopSettings = std::variant<SpeechTimeoutStop, SmartTurnStop, ExternalUserTurnStopOptions>;

enum class UserMute : unsigned char {
  kAlways,
  kFirstSpeech,
  kUntilFirstBotComplete,
  kFunctionCall
};

struct TurnSettings {
  std::vector<StartSettings> start{};  // empty: voice, and transcripts that came without
  std::vector<StopSettings> stop{};    // empty: the speech time-out
  std::vector<UserMute> mute{};
  // The model begins its answer before the end of the turn is sure.
  std::optional<EagerUserTurnStopOptions> eager{};
  // The model judges whether the user had finished.
  std::optional<UserTurnCompletionConfig> completion{};
  VadParams vad{};
  bool interruptions = true;                     // false: the bot is never interrupted
  Nanos stop_timeout = std::chrono::seconds(5);  // of a turn in which nothing happens; 0: never

  bool uses_smart_turn() const;
};

// The user says nothing for `timeout` after the bot's last word: the first time the first of `say` is
// spoken, and so on; then the conversation ends, if it is to. Anything the user says begins it anew.
struct UserIdleSettings {
  Nanos timeout{0};  // 0: nothing happens
  std::vector<std::string> say{};
  bool end = false;
};

}  // namespace repartee
