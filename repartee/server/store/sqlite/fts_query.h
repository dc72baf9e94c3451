// What a person typed, as a full-text query: every word must occur in one document,
// the last one may be unfinished, and those between quotes side by side. The index has
// no positions, so it finds the words and phrases are looked for in what it found.
// Words are what the index takes for words, so no text can be a fault of syntax.
//
// Thread: that of the connection.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "repartee/server/store/sqlite/database.h"

namespace repartee::server {

// As the index has them: folded, without marks; the first `most`.
Result<std::vector<std::string>> WordsOf(Database& database, std::string_view text, std::size_t most);

// For MATCH; empty if there is no word in `text`.
Result<std::string> MatchOf(Database& database, std::string_view text);

struct Phrase {
  std::vector<std::string> words;  // two or more
  bool is_open = false;            // the last one may go on
};
// What stands between quotes; a quote without its second reaches to the end.
Result<std::vector<Phrase>> PhrasesOf(Database& database, std::string_view text);
// Whether a document has all of them, each within one of its texts.
Result<bool> HasPhrases(Database& database, std::string_view document, const std::vector<Phrase>& phrases);

}  // namespace repartee::server
