#include "repartee/services/turn_completion.h"

#include <array>
#include <utility>

#include "repartee/conversation/turn_markers.h"

namespace repartee {
namespace {

constexpr std::array kMarkers{TurnMarker::kComplete, TurnMarker::kIncompleteShort,
                              TurnMarker::kIncompleteLong};
constexpr std::string_view kBlanks = " \t\r\n";

std::string_view TrimLeft(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

}  // namespace

std::string_view TurnMarkerSign(TurnMarker marker) {
  switch (marker) {
    case TurnMarker::kComplete: break;
    case TurnMarker::kIncompleteShort: return kTurnIncompleteShortMarker;
    case TurnMarker::kIncompleteLong: return kTurnIncompleteLongMarker;
  }
  return kTurnCompleteMarker;
}

std::string_view TurnMarkerName(TurnMarker marker) {
  switch (marker) {
    case TurnMarker::kComplete: return "complete";
    case TurnMarker::kIncompleteShort: return "incomplete_short";
    case TurnMarker::kIncompleteLong: return "incomplete_long";
  }
  return "complete";
}

std::string TurnCompletionInstructions(const UserTurnCompletionConfig& config) {
  if (!config.instructions.empty()) return config.instructions;
  return "The user speaks to you; you read what a recognizer understood, and it may have been cut off. Begin "
         "every answer with exactly one of these signs. ● if the user has said all they wanted to: a blank "
         "and "
         "your answer follow it. ◐ alone, without any other text, if the user was cut off in the middle of a "
         "sentence and will go on in a moment. ○ alone, without any other text, if the user asked for time "
         "or is "
         "thinking it over. When in doubt, use ●. Never speak of these signs.";
}

std::string IncompleteTurnPrompt(const UserTurnCompletionConfig& config, TurnMarker marker) {
  if (marker == TurnMarker::kIncompleteLong) {
    return config.incomplete_long_prompt.empty()
               ? "The user has not said anything more for a while. Answer with ● and ask, in a few words, "
                 "whether they are still there or need more time."
               : config.incomplete_long_prompt;
  }
  return config.incomplete_short_prompt.empty()
             ? "The user has not gone on. Answer with ● and reply to what they have said so far, or ask them "
               "to finish the thought."
             : config.incomplete_short_prompt;
}

std::string TurnMarkerReader::Add(std::string_view piece) {
  raw_ += piece;
  if (decided_ && !complete()) return {};
  waiting_ += piece;
  if (!decided_) {
    const std::string_view head = TrimLeft(waiting_);
    if (head.empty()) return {};
    for (const TurnMarker marker : kMarkers) {
      const std::string_view sign = TurnMarkerSign(marker);
      if (head.starts_with(sign)) {
        marker_ = marker;
        decided_ = true;
        waiting_ = std::string(head.substr(sign.size()));
        break;
      }
      // A sign may come in pieces, too.
      if (sign.starts_with(head)) return {};
    }
    decided_ = true;
    if (!complete()) return {};
  }
  std::string spoken = std::exchange(waiting_, {});
  if (!spoken_) spoken = std::string(TrimLeft(spoken));
  spoken_ = spoken_ || !spoken.empty();
  return spoken;
}

std::string TurnMarkerReader::Finish() {
  if (decided_) return {};
  decided_ = true;
  return std::exchange(waiting_, {});
}

}  // namespace repartee
