// What a summary of a long context covers, how long a context is, and what the model is
// given to summarize. Thread: pure functions on messages in the form of LLMContext.
#pragma once

#include <cstddef>
#include <string>

#include "repartee/base/json.h"

namespace repartee {

// An estimate: four characters a token, and something for each message, tool answer and image.
int EstimateTokens(const Json& messages);

// Messages [first, last): all behind the first system message but the last `keep`, and never part of a
// tool call without its result. Empty (first == last) if nothing is left to summarize.
struct SummaryRange {
  std::size_t first = 0;
  std::size_t last = 0;
  bool empty() const { return first >= last; }
};
SummaryRange FindSummaryRange(const Json& messages, std::size_t keep);

// The messages of a range as a text: "user: ...", one a line.
std::string TranscriptOf(const Json& messages, SummaryRange range);

// What the model is told to do with it, unless the program has words of its own.
std::string DefaultSummarizationPrompt();

// The messages when `summary` stands for those up to `last_summarized`: the first system message, the
// summary, the rest. `form` has {summary} in the summary's place.
Json WithSummary(const Json& messages, std::size_t last_summarized, const std::string& form,
                 const std::string& summary);

}  // namespace repartee
