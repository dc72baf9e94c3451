#include "repartee/server/store/sqlite/fts_query.h"

#include <sqlite3.h>

#include "repartee/server/limits.h"

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

int TakeWord(void* words, int flags, const char* word, int size, int, int) {
  auto& found = *static_cast<std::vector<std::string>*>(words);
  if ((flags & FTS5_TOKEN_COLOCATED) != 0) return SQLITE_OK;
  if (found.size() >= kMaxSearchWords) return SQLITE_DONE;
  found.emplace_back(word, static_cast<std::size_t>(size));
  return SQLITE_OK;
}

}  // namespace

Result<std::vector<std::string>> WordsOf(Database& database, std::string_view text) {
  Result<fts5_api*> api = FindFts5(database);
  if (!api.ok()) return std::move(api).status();
  void* context = nullptr;
  fts5_tokenizer tokenizer{};
  Fts5Tokenizer* made = nullptr;
  std::vector<std::string> words;
  int code = (*api)->xFindTokenizer(*api, "unicode61", &context, &tokenizer);
  if (code == SQLITE_OK) code = tokenizer.xCreate(context, nullptr, 0, &made);
  if (code == SQLITE_OK) {
    code = tokenizer.xTokenize(made, &words, FTS5_TOKENIZE_QUERY, text.data(), static_cast<int>(text.size()),
                               TakeWord);
    tokenizer.xDelete(made);
  }
  if (code != SQLITE_OK && code != SQLITE_DONE) return Status::Internal("words of a search: {}", code);
  return words;
}

Result<std::string> MatchOf(Database& database, std::string_view text) {
  Result<std::vector<std::string>> words = WordsOf(database, text);
  if (!words.ok()) return std::move(words).status();
  std::string match;
  for (const std::string& word : *words) match += (match.empty() ? "\"" : " AND \"") + word + "\"";
  // A blank behind the last word tells that it is whole.
  const bool is_open = !text.empty() && text.back() != ' ' && text.back() != '"';
  if (!words->empty() && is_open && words->back().size() >= kMinPrefixBytes) match += "*";
  return match;
}

}  // namespace repartee::server
