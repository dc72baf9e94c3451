// TtsWordTimes: finds the words that a vendor says it speaks in the texts that it was
// given, so that the context keeps the model's own spelling and an interruption keeps
// what was heard.
//
// Matched loosely, by letters and digits: vendors change case and punctuation, drop
// tags and write numbers out. A word that fits nowhere is kept as it is.
// Limit: 1,024 texts a context; further ones are not matched.
// Thread: the conversation's loop.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/frames/text_frames.h"

namespace repartee {

// One announced text.
struct TtsSegment {
  std::int64_t id = 0;
  std::string text;
  TextType type = TextType::kSentence;
};

class TtsWordTimes {
 public:
  struct Match {
    std::string raw;               // as the announced text spells it; the word itself if nowhere
    TtsSegment segment;            // of a matched word
    std::size_t spoken_bytes = 0;  // of the segment's text, up to and with this word
    bool matched = false;
  };
  struct Rest {
    std::string text;
    TtsSegment segment;  // of which it is the end
  };

  void AddSegment(TtsSegment segment);
  Match Take(std::string_view word);
  // What no word has told of, one a segment; it counts as told of from now on.
  std::vector<Rest> TakeRest();

 private:
  std::optional<Match> MatchIn(const TtsSegment& segment, std::size_t from, std::string_view word);
  void DropFinished();

  std::deque<TtsSegment> segments_;  // the first is being spoken
  std::size_t position_ = 0;         // bytes of it that were spoken
  std::size_t unmatched_ = 0;        // words since then that fitted nowhere
};

}  // namespace repartee
