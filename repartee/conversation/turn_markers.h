// The signs by which a model says, at the head of an answer, whether the user had
// finished: complete, incomplete and soon to go on, incomplete for longer. They are in the
// context for the model's eyes and in no transcript. Thread: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace repartee {

inline constexpr std::string_view kTurnCompleteMarker = "●";
inline constexpr std::string_view kTurnIncompleteShortMarker = "◐";
inline constexpr std::string_view kTurnIncompleteLongMarker = "○";

// The text without these signs, and then without the blanks around it; as it is if it has none.
std::string WithoutTurnMarkers(std::string text);

}  // namespace repartee
