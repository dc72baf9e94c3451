// A turn as the dashboard shows it: who said what and when, how long the reply took
// and what that time was spent on.
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

struct ToolView {
  std::string name;
  std::optional<double> duration_ms;  // nothing while it runs
  bool error = false;
};

// Empty texts and missing numbers are not known.
struct TurnView {
  SpanId span = 0;
  std::int32_t number = 0;
  std::string label;
  std::int64_t start_ns = 0;
  std::optional<std::int64_t> end_ns;
  bool live = false;
  bool interrupted = false;
  bool ended_by_hangup = false;
  bool bot_first = false;
  std::string user_text;
  std::string bot_text;
  std::string bot_unspoken;
  std::optional<std::int64_t> user_from_ns, user_to_ns, bot_from_ns, bot_to_ns;
  std::optional<double> reply_ms, stt_ttfb_ms, llm_ttfb_ms, tts_ttfb_ms;
  std::vector<Contribution> contributions;
  std::size_t llm_calls = 0;
  std::vector<ToolView> tools;
  std::vector<std::string> errors;
  std::int64_t cost = -1;  // 1e-12 USD
};

// `live`: the conversation is going on, so a turn without its end is too.
Result<TurnView> MakeTurn(SpanOpener& opener, const TurnGroup& turn, bool live);

// When the caller spoke and when the bot did, from the narrow facts alone.
struct SpeechTimes {
  std::optional<std::int64_t> user_from_ns, user_to_ns, bot_from_ns, bot_to_ns;
};
// `playback_ns`: when the first sound went out, if somebody noted it.
SpeechTimes SpeechTimesOf(const TurnGroup& turn, std::optional<std::int64_t> playback_ns);

}  // namespace repartee::server
