// What was said in one turn, by whom, and how much of it was heard.
//
// Our runtime tells what was played until an interruption; what else was generated is
// the rest. Others tell only what was sent to the voice: then nothing is called unspoken.
//
// Thread: that of the opener.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repartee/server/ui/contributions.h"
#include "repartee/server/ui/opened_span.h"
#include "repartee/server/ui/turn_groups.h"

namespace repartee::server {

// All that only the bodies of a turn's spans tell. Empty texts: nothing is known.
struct Spoken {
  std::string user_text;
  std::string bot_text;
  std::string bot_unspoken;
  std::optional<std::int64_t> playback_ns;  // the first sound went out
  std::vector<std::string> errors;          // what the failed spans say
  std::vector<Contribution> contributions;  // as the turn's own span tells them
};

// `reply_ms`: the turn's, if it had one.
Result<Spoken> ReadSpoken(SpanOpener& opener, const TurnGroup& turn, std::optional<double> reply_ms);

// What of `all` comes after `beginning`; blanks do not count. Nothing if it begins otherwise.
std::optional<std::string> RestOf(std::string_view all, std::string_view beginning);

}  // namespace repartee::server
