// TurnCompletion: has the model judge whether the user had finished. It begins each answer
// with a sign: ● the turn is complete, ◐ the user goes on in a moment, ○ the user thinks it
// over. Only a complete turn is answered aloud; after the others the model is asked
// again when the user has said nothing for a while.
//
// This class reads the signs; LLMService acts on them. Thread: the conversation's loop.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "repartee/base/clock.h"

namespace repartee {

struct UserTurnCompletionConfig {
  // What the model is told, behind the context's system message; empty: the default.
  std::string instructions{};
  Nanos incomplete_short_timeout = std::chrono::seconds(5);  // after ◐
  Nanos incomplete_long_timeout = std::chrono::seconds(10);  // after ○
  // What it is told then, as a developer message; empty: the default.
  std::string incomplete_short_prompt{};
  std::string incomplete_long_prompt{};
};

// "complete", "incomplete_short", "incomplete_long" for ●, ◐, ○.
enum class TurnMarker : unsigned char {
  kComplete,
  kIncompleteShort,
  kIncompleteLong
};
std::string_view TurnMarkerSign(TurnMarker marker);
std::string_view TurnMarkerName(TurnMarker marker);

std::string TurnCompletionInstructions(const UserTurnCompletionConfig& config);
std::string IncompleteTurnPrompt(const UserTurnCompletionConfig& config, TurnMarker marker);

// Finds the sign at the head of a streamed answer.
class TurnMarkerReader {
 public:
  // What of the answer may be spoken so far: nothing until the sign is known, and nothing of an answer to an
  // incomplete turn.
  std::string Add(std::string_view piece);
  // The rest when the answer is over: one without any sign is taken for complete.
  std::string Finish();

  // Once known. An answer without a sign is complete and has no sign.
  bool decided() const { return decided_; }
  bool complete() const { return !marker_ || *marker_ == TurnMarker::kComplete; }
  const std::optional<TurnMarker>& marker() const { return marker_; }
  // All of it, sign and all.
  const std::string& raw() const { return raw_; }

 private:
  std::string raw_;
  std::string waiting_;
  std::optional<TurnMarker> marker_;
  bool decided_ = false;
  bool spoken_ = false;
};

}  // namespace repartee
