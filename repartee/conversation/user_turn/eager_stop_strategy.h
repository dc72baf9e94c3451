// EagerUserTurnStopStrategy: lets the model begin before the end of the turn is sure.
//
// A recognizer that believes the turn over says so by an EagerTranscription; the model is
// then run on a provisional context, and its answer held back. When another strategy (its
// `inner`) rules that the turn is over and the words are the same, the answer goes out at
// once; other words, more speech or too long a wait throw it away.
//
// Thread: the conversation's loop.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "repartee/conversation/user_turn/forwarding_host.h"

namespace repartee {

// The longest EagerUserTurnStopOptions::limit.
inline constexpr Nanos kMaxEagerLimit = std::chrono::seconds(60);

struct EagerUserTurnStopOptions {
  Nanos limit =
      std::chrono::seconds(5);  // from the eager transcript to the end of the turn; one minute at most
  // Recognizers without eager transcripts: a transcript that comes while the turn is still open is taken
  // for one.
  bool eager_on_transcripts = false;
};

class EagerUserTurnStopStrategy final : public BaseUserTurnStopStrategy, private ForwardingUserTurnHost {
 public:
  // `inner` rules on the end of the turn; not null.
  explicit EagerUserTurnStopStrategy(std::unique_ptr<BaseUserTurnStopStrategy> inner,
                                     EagerUserTurnStopOptions options = {});

  StrategyResult Process(const Frame& frame) override;
  void OnTurnStarted() override;
  void OnTurnStopped() override;
  bool ResolvesProposedTurns() const override { return inner_->ResolvesProposedTurns(); }
  void Attach(UserTurnHost& real) override;
  void Detach() override;

 private:
  void TriggerInference(const BaseUserTurnStopStrategy& strategy) override;
  void StopTurn(const BaseUserTurnStopStrategy& strategy, UserTurnStoppedParams params) override;

  // What was said in this turn, and `text`.
  std::string SaidWith(const std::string& text) const;
  void Begin(const std::string& text);
  void Forget();
  void Discard();

  const std::unique_ptr<BaseUserTurnStopStrategy> inner_;
  const EagerUserTurnStopOptions options_;
  std::optional<Timer> limit_;        // from Attach to Detach
  std::string said_;                  // final transcripts of this turn
  std::optional<std::string> eager_;  // what the early answer is an answer to, normalized
  bool confirmed_ = false;            // it was the right one, and the turn is being stopped
};

}  // namespace repartee
