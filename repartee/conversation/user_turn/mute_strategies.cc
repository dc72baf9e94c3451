#include "repartee/conversation/user_turn/mute_strategies.h"

#include "repartee/frames/lifecycle_frames.h"
#include "repartee/frames/speaking_frames.h"

namespace repartee {

bool AlwaysUserMuteStrategy::Process(const Frame& frame) {
  if (frame.Is<BotStartedSpeakingFrame>()) bot_speaking_ = true;
  if (frame.Is<BotStoppedSpeakingFrame>()) bot_speaking_ = false;
  return bot_speaking_;
}

bool FirstSpeechUserMuteStrategy::Process(const Frame& frame) {
  if (frame.Is<BotStartedSpeakingFrame>()) bot_speaking_ = true;
  if (frame.Is<BotStoppedSpeakingFrame>()) done_ = true;
  return bot_speaking_ && !done_;
}

bool MuteUntilFirstBotCompleteUserMuteStrategy::Process(const Frame& frame) {
  if (frame.Is<BotStartedSpeakingFrame>()) bot_has_begun_ = true;
  // An error in its place means that it may never come.
  if (frame.Is<BotStoppedSpeakingFrame>() || (frame.Is<ErrorFrame>() && !bot_has_begun_)) done_ = true;
  return !done_;
}

bool FunctionCallUserMuteStrategy::Process(const Frame& frame) {
  calls_.Process(frame);
  return calls_.any();
}

}  // namespace repartee
