// When a user's turn starts. Thread: the conversation's loop.
#pragma once

#include "repartee/conversation/user_turn/strategy.h"

namespace repartee {

// With the voice.
class VADUserTurnStartStrategy final : public BaseUserTurnStartStrategy {
 public:
  explicit VADUserTurnStartStrategy(UserTurnStartedParams params = {});
  StrategyResult Process(const Frame& frame) override;
};

struct TranscriptionUserTurnStartOptions {
  bool use_interim = true;  // guesses count too
  UserTurnStartedParams started;
};

// With a transcript: when the VAD missed the voice, or the turn was closed before its
// words came.
class TranscriptionUserTurnStartStrategy final : public BaseUserTurnStartStrategy {
 public:
  explicit TranscriptionUserTurnStartStrategy(TranscriptionUserTurnStartOptions options = {});
  StrategyResult Process(const Frame& frame) override;

 private:
  const bool use_interim_;
};

struct MinWordsUserTurnStartOptions {
  int min_words = 3;        // in one transcript, to interrupt the bot; else one is enough
  bool use_interim = true;  // guesses count too
  UserTurnStartedParams started;
};

// With enough words. Fewer than that while the bot speaks are thrown away.
class MinWordsUserTurnStartStrategy final : public BaseUserTurnStartStrategy {
 public:
  explicit MinWordsUserTurnStartStrategy(MinWordsUserTurnStartOptions options);
  StrategyResult Process(const Frame& frame) override;
  void OnTurnStarted() override;

 private:
  StrategyResult OnText(const Frame& frame);

  const int min_words_;
  const bool use_interim_;
  bool bot_speaking_ = false;
};

// Somebody else rules: a proposed start becomes a whole one; a start that was already
// announced (UserStartedSpeaking from elsewhere) is noted, without frames of ours.
class ExternalUserTurnStartStrategy final : public BaseUserTurnStartStrategy {
 public:
  explicit ExternalUserTurnStartStrategy(UserTurnStartedParams params = {});
  StrategyResult Process(const Frame& frame) override;
  bool ResolvesProposedTurns() const override { return true; }
};

}  // namespace repartee
