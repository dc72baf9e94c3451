// What a person typed, as a full-text query: every word must occur in one document,
// the last one may be unfinished. Words are what the index takes for words, so no
// text can be a fault of syntax.
//
// Thread: that of the connection.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "repartee/server/store/sqlite/database.h"

namespace repartee::server {

// As the index has them: folded, without marks; at most kMaxSearchWords.
Result<std::vector<std::string>> WordsOf(Database& database, std::string_view text);

// For MATCH; empty if there is no word in `text`.
Result<std::string> MatchOf(Database& database, std::string_view text);

}  // namespace repartee::server
