// Who speaks: the voice as the VAD hears it, the turn as the strategies rule it, the
// bot as the output plays it. Thread: the conversation's loop.
#pragma once

#include <optional>

#include "repartee/audio/vad_analyzer.h"
#include "repartee/frames/frame.h"

namespace repartee {

struct VADUserStartedSpeakingFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kVADUserStartedSpeaking;
  static constexpr FrameType kLast = kFirst;
  VADUserStartedSpeakingFrame(double speech_secs, double wall_seconds)
      : SystemFrame(kFirst), start_secs(speech_secs), timestamp(wall_seconds) {}
  double start_secs;  // speech that was needed to be sure, seconds
  double timestamp;   // wall clock, seconds since the epoch
};

struct VADUserStoppedSpeakingFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kVADUserStoppedSpeaking;
  static constexpr FrameType kLast = kFirst;
  VADUserStoppedSpeakingFrame(double silence_secs, double wall_seconds)
      : SystemFrame(kFirst), stop_secs(silence_secs), timestamp(wall_seconds) {}
  double stop_secs;  // silence that was needed to be sure, seconds
  double timestamp;  // wall clock, seconds since the epoch
};

// The user's turn, not the voice.
using UserStartedSpeakingFrame = PlainFrame<SystemFrame, FrameType::kUserStartedSpeaking>;
using UserStoppedSpeakingFrame = PlainFrame<SystemFrame, FrameType::kUserStoppedSpeaking>;
// While the voice goes on, at most every 0.2 s.
using UserSpeakingFrame = PlainFrame<SystemFrame, FrameType::kUserSpeaking>;
using ProposedUserStartedSpeakingFrame = PlainFrame<SystemFrame, FrameType::kProposedUserStartedSpeaking>;
// A control frame: it waits behind the transcripts.
using ProposedUserStoppedSpeakingFrame = PlainFrame<ControlFrame, FrameType::kProposedUserStoppedSpeaking>;
using UserMuteStartedFrame = PlainFrame<SystemFrame, FrameType::kUserMuteStarted>;
using UserMuteStoppedFrame = PlainFrame<SystemFrame, FrameType::kUserMuteStopped>;
// What was taken for the end of the turn was none: work begun on it is to be thrown away.
using EagerEndOfTurnCancelFrame = PlainFrame<SystemFrame, FrameType::kEagerEndOfTurnCancel>;
using UserTurnInferenceCompletedFrame = PlainFrame<SystemFrame, FrameType::kUserTurnInferenceCompleted>;

using BotStartedSpeakingFrame = PlainFrame<SystemFrame, FrameType::kBotStartedSpeaking>;
using BotStoppedSpeakingFrame = PlainFrame<SystemFrame, FrameType::kBotStoppedSpeaking>;
// While the bot's audio is written, at most every 0.2 s.
using BotSpeakingFrame = PlainFrame<SystemFrame, FrameType::kBotSpeaking>;

struct UserIdleTimeoutUpdateFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kUserIdleTimeoutUpdate;
  static constexpr FrameType kLast = kFirst;
  explicit UserIdleTimeoutUpdateFrame(double seconds) : SystemFrame(kFirst), timeout(seconds) {}
  double timeout;  // seconds; 0 turns it off
};

// The parameters in force, told to services.
struct SpeechControlParamsFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kSpeechControlParams;
  static constexpr FrameType kLast = kFirst;
  explicit SpeechControlParamsFrame(std::optional<VadParams> params)
      : SystemFrame(kFirst), vad_params(params) {}
  std::optional<VadParams> vad_params;
};

struct VADParamsUpdateFrame : ControlFrame {
  static constexpr FrameType kFirst = FrameType::kVADParamsUpdate;
  static constexpr FrameType kLast = kFirst;
  explicit VADParamsUpdateFrame(VadParams update) : ControlFrame(kFirst), params(update) {}
  VadParams params;
};

}  // namespace repartee
