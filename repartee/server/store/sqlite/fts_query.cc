#include "repartee/server/store/sqlite/fts_query.h"

#include <sqlite3.h>

#include <algorithm>

#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/contents.h"

namespace repartee::server {
namespace {

// Shorter beginnings are of too many words.
constexpr std::size_t kMinPrefixBytes = 2;

Result<fts5_api*> FindFts5(Database& database) {
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database.handle(), "SELECT fts5(?1)", -1, &statement, nullptr) == SQLITE_OK) {
    sqlite3_bind_pointer(statement, 1, static_cast<void*>(&api), "fts5_api_ptr", nullptr);
    sqlite3_step(statement);
  }
  sqlite3_finalize(statement);
  if (api == nullptr) return Status::Internal("this SQLite has no full text");
  return api;
}

// Words of a document that phrases are looked for in: more than one of the largest size has.
constexpr std::size_t kMaxDocumentWords = 300'000;

struct TakenWords {
  std::string_view text;
  std::size_t most;
  bool with_borders = false;  // an empty word for each
  std::vector<std::string> words{};
  std::size_t end = 0;  // of the last word in the text
};

int TakeWord(void* taken, int flags, const char* word, int size, int start, int end) {
  auto& into = *static_cast<TakenWords*>(taken);
  if ((flags & FTS5_TOKEN_COLOCATED) != 0) return SQLITE_OK;
  if (into.words.size() >= into.most) return SQLITE_DONE;
  const std::string_view between = into.text.substr(into.end, static_cast<std::size_t>(start) - into.end);
  if (into.with_borders && between.find(kTextBorder) != between.npos) into.words.emplace_back();
  into.words.emplace_back(word, static_cast<std::size_t>(size));
  into.end = static_cast<std::size_t>(end);
  return SQLITE_OK;
}

bool Has(const std::vector<std::string>& words, const Phrase& phrase) {
  const std::string* const last = &phrase.words.back();
  const auto is_same = [&](const std::string& word, const std::string& wanted) {
    return phrase.is_open && &wanted == last ? word.starts_with(wanted) : word == wanted;
  };
  return std::search(words.begin(), words.end(), phrase.words.begin(), phrase.words.end(), is_same) !=
         words.end();
}

Result<std::vector<std::string>> Take(Database& database, TakenWords taken) {
  Result<fts5_api*> api = FindFts5(database);
  if (!api.ok()) return std::move(api).status();
  void* context = nullptr;
  fts5_tokenizer tokenizer{};
  Fts5Tokenizer* made = nullptr;
  int code = (*api)->xFindTokenizer(*api, "unicode61", &context, &tokenizer);
  if (code == SQLITE_OK) code = tokenizer.xCreate(context, nullptr, 0, &made);
  if (code == SQLITE_OK) {
    code = tokenizer.xTokenize(made, &taken, FTS5_TOKENIZE_QUERY, taken.text.data(),
                               static_cast<int>(taken.text.size()), TakeWord);
    tokenizer.xDelete(made);
  }
  if (code != SQLITE_OK && code != SQLITE_DONE) return Status::Internal("words of a search: {}", code);
  return std::move(taken.words);
}

}  // namespace

Result<std::vector<std::string>> WordsOf(Database& database, std::string_view text, std::size_t most) {
  return Take(database, {.text = text, .most = most});
}

Result<std::vector<Phrase>> PhrasesOf(Database& database, std::string_view text) {
  std::vector<Phrase> phrases;
  while (true) {
    const std::size_t open = text.find('"');
    if (open == std::string_view::npos) return phrases;
    text.remove_prefix(open + 1);
    const std::size_t close = text.find('"');
    const std::string_view inside = text.substr(0, close);
    Result<std::vector<std::string>> words = WordsOf(database, inside, kMaxSearchWords);
    if (!words.ok()) return std::move(words).status();
    const bool is_open = close == std::string_view::npos && !inside.ends_with(' ');
    if (words->size() > 1) phrases.push_back({*std::move(words), is_open});
    text.remove_prefix(close == std::string_view::npos ? text.size() : close + 1);
  }
}

Result<bool> HasPhrases(Database& database, std::string_view document, const std::vector<Phrase>& phrases) {
  const Result<std::vector<std::string>> words =
      Take(database, {.text = document, .most = kMaxDocumentWords, .with_borders = true});
  if (!words.ok()) return words.status();
  return std::all_of(phrases.begin(), phrases.end(), [&words](const Phrase& p) { return Has(*words, p); });
}

Result<std::string> MatchOf(Database& database, std::string_view text) {
  Result<std::vector<std::string>> words = WordsOf(database, text, kMaxSearchWords);
  if (!words.ok()) return std::move(words).status();
  std::string match;
  for (const std::string& word : *words) match += (match.empty() ? "\"" : " AND \"") + word + "\"";
  // A blank behind the last word tells that it is whole.
  const bool is_open = !text.empty() && text.back() != ' ' && text.back() != '"';
  if (!words->empty() && is_open && words->back().size() >= kMinPrefixBytes) match += "*";
  return match;
}

}  // namespace repartee::server
