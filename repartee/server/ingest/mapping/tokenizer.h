// Counts the tokens of a text as OpenAI's models and Claude 2 do, for calls that came
// without usage: byte pair encoding with the rank tables cl100k_base, o200k_base and
// claude, which tools/setup_models.sh fetches into the models' cache. Without them nothing
// is counted. Of later Claudes no table is published: their count is an estimate.
//
// Thread: any; a table is read at its first use (some 20 MB) and then immutable.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "repartee/base/json.h"
#include "repartee/base/status.h"

namespace repartee::server {

class Tokenizer {
 public:
  // How a text is cut before bytes are merged.
  enum class Cut : unsigned char {
    kCl100k,
    kO200k,
    kClaude  // in compatibility form (NFKC)
  };

  // The table that counts for that model, or null if there is none here.
  static const Tokenizer* ForModel(std::string_view model);

  // From the lines of a table: base64 of a token, a blank, its rank. Malformed names the line.
  static Result<std::unique_ptr<Tokenizer>> Parse(std::string_view table, Cut cut);
  ~Tokenizer();

  // Nothing above kMaxTokenizedBytes.
  std::optional<std::int64_t> Count(std::string_view text) const;
  // As Count; for OpenAI's models a JSON list of chat messages as the model sees it: each has
  // a role, contents and a few tokens around them.
  std::optional<std::int64_t> CountMessages(std::string_view text) const;

 private:
  struct Table;
  explicit Tokenizer(std::unique_ptr<Table> table);
  std::int64_t CountPiece(std::string_view piece) const;

  const std::unique_ptr<Table> table_;
};

// Where the tables lie: REPARTEE_MODELS or the cache, then "tokenizers".
std::string TokenizerFolder();

}  // namespace repartee::server
