#include "repartee/conversation/turn_markers.h"

#include "repartee/conversation/user_turn/words.h"

namespace repartee {

std::string WithoutTurnMarkers(std::string text) {
  bool found = false;
  for (const std::string_view marker :
       {kTurnCompleteMarker, kTurnIncompleteShortMarker, kTurnIncompleteLongMarker}) {
    for (auto at = text.find(marker); at != std::string::npos; at = text.find(marker, at)) {
      text.erase(at, marker.size());
      found = true;
    }
  }
  return found ? std::string(TrimSpace(text)) : text;
}

}  // namespace repartee
