#include "repartee/server/ingest/mapping/tokenizer.h"

#include <unicode/normalizer2.h>
#include <unicode/regex.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>
#include <unordered_map>
#include <vector>

#include "repartee/base/encoding.h"
#include "repartee/base/log.h"
#include "repartee/otel/wire/utf8.h"
#include "repartee/server/ingest/mapping/values.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxTokenizedBytes = 256 << 10;
constexpr std::size_t kMaxPieceBytes = 1'000;  // merging is quadratic; longer pieces are cut
constexpr std::int64_t kTokensPerMessage = 3;
constexpr std::int64_t kTokensPerAnswer = 3;
constexpr std::int64_t kTokensPerName = 1;

// How the encodings cut a text before they merge bytes.
constexpr char kCl100kPieces[] =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr char kO200kPieces[] =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

constexpr char kClaudePieces[] =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

const char* PiecesOf(Tokenizer::Cut cut) {
  if (cut == Tokenizer::Cut::kClaude) return kClaudePieces;
  return cut == Tokenizer::Cut::kO200k ? kO200kPieces : kCl100kPieces;
}

bool IsO200k(std::string_view model) {
  constexpr std::string_view kStems[] = {"gpt-4o", "chatgpt-4o", "gpt-4.1", "gpt-4.5", "gpt-5",
                                         "o1",     "o3",         "o4",      "gpt-oss"};
  return std::any_of(std::begin(kStems), std::end(kStems),
                     [model](std::string_view stem) { return model.starts_with(stem); });
}

std::unique_ptr<Tokenizer> Load(const char* name, Tokenizer::Cut cut) {
  const std::string path = TokenizerFolder() + "/" + name;
  std::ifstream file(path, std::ios::binary);
  if (!file.good()) {
    LogInfo("{} is missing: calls without usage stay without (tools/setup_models.sh fetches it)", path);
    return nullptr;
  }
  std::stringstream bytes;
  bytes << file.rdbuf();
  Result<std::unique_ptr<Tokenizer>> parsed = Tokenizer::Parse(bytes.str(), cut);
  if (parsed.ok()) return *std::move(parsed);
  LogWarning("{}: {}", path, parsed.status().message());
  return nullptr;
}

}  // namespace

struct Tokenizer::Table {
  Cut cut = Cut::kCl100k;
  std::unordered_map<std::string, std::int32_t> ranks;
  std::unique_ptr<icu::RegexPattern> pieces;

  std::int32_t RankOf(std::string_view bytes) const {
    const auto found = ranks.find(std::string(bytes));
    return found == ranks.end() ? std::numeric_limits<std::int32_t>::max() : found->second;
  }
};

Tokenizer::Tokenizer(std::unique_ptr<Table> table) : table_(std::move(table)) {}
Tokenizer::~Tokenizer() = default;

std::string TokenizerFolder() {
  if (const char* models = std::getenv("REPARTEE_MODELS"); models != nullptr && *models != '\0')
    return std::string(models) + "/tokenizers";
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0')
    return std::string(cache) + "/repartee/tokenizers";
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : ".") + "/.cache/repartee/tokenizers";
}

const Tokenizer* Tokenizer::ForModel(std::string_view model) {
  if (const std::size_t slash = model.rfind('/'); slash != std::string_view::npos)
    model.remove_prefix(slash + 1);
  if (model.starts_with("claude")) {
    static const std::unique_ptr<Tokenizer> claude = Load("claude.tiktoken", Cut::kClaude);
    return claude.get();
  }
  if (IsO200k(model)) {
    static const std::unique_ptr<Tokenizer> o200k = Load("o200k_base.tiktoken", Cut::kO200k);
    return o200k.get();
  }
  if (!model.starts_with("gpt-4") && !model.starts_with("gpt-3.5") && !model.starts_with("text-embedding"))
    return nullptr;
  static const std::unique_ptr<Tokenizer> cl100k = Load("cl100k_base.tiktoken", Cut::kCl100k);
  return cl100k.get();
}

Result<std::unique_ptr<Tokenizer>> Tokenizer::Parse(std::string_view text, Cut cut) {
  auto table = std::make_unique<Table>();
  table->cut = cut;
  int number = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    ++number;
    if (line.empty()) continue;
    const std::size_t blank = line.find(' ');
    std::int32_t rank = 0;
    Result<std::string> token = Base64Decode(line.substr(0, blank));
    const bool has_rank =
        blank != std::string_view::npos &&
        std::from_chars(line.data() + blank + 1, line.data() + line.size(), rank).ec == std::errc();
    if (!token.ok() || !has_rank) return Status::Malformed("line {} is no token and rank", number);
    table->ranks.emplace(*std::move(token), rank);
  }
  UErrorCode error = U_ZERO_ERROR;
  UParseError place{};
  table->pieces.reset(icu::RegexPattern::compile(icu::UnicodeString::fromUTF8(PiecesOf(cut)), place, error));
  if (U_FAILURE(error) || !table->pieces) return Status::Internal("pieces: {}", u_errorName(error));
  return std::unique_ptr<Tokenizer>(new Tokenizer(std::move(table)));
}

// Merges the pair of lowest rank until no pair is a token. Ranks of pairs are kept: a
// merge changes two of them.
std::int64_t Tokenizer::CountPiece(std::string_view piece) const {
  constexpr std::int32_t kNone = std::numeric_limits<std::int32_t>::max();
  if (table_->RankOf(piece) != kNone) return 1;
  std::vector<std::size_t> bounds(piece.size() + 1);
  for (std::size_t i = 0; i < bounds.size(); ++i) bounds[i] = i;
  // Of the pair that begins with the part at that place.
  const auto rank_at = [&](std::size_t i) {
    return i + 2 < bounds.size() ? table_->RankOf(piece.substr(bounds[i], bounds[i + 2] - bounds[i])) : kNone;
  };
  std::vector<std::int32_t> ranks(piece.size());
  for (std::size_t i = 0; i < ranks.size(); ++i) ranks[i] = rank_at(i);
  while (true) {
    const auto best = std::min_element(ranks.begin(), ranks.end());
    if (best == ranks.end() || *best == kNone) break;
    const auto at = static_cast<std::size_t>(best - ranks.begin());
    bounds.erase(bounds.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    ranks.erase(best + 1);
    ranks[at] = rank_at(at);
    if (at > 0) ranks[at - 1] = rank_at(at - 1);
  }
  return static_cast<std::int64_t>(bounds.size()) - 1;
}

std::optional<std::int64_t> Tokenizer::Count(std::string_view text) const {
  if (text.size() > kMaxTokenizedBytes) return std::nullopt;
  icu::UnicodeString whole = icu::UnicodeString::fromUTF8(otel::ToValidUtf8(text));
  UErrorCode error = U_ZERO_ERROR;
  if (table_->cut == Cut::kClaude) {
    const icu::Normalizer2* form = icu::Normalizer2::getNFKCInstance(error);
    if (U_SUCCESS(error)) whole = form->normalize(whole, error);
  }
  const std::unique_ptr<icu::RegexMatcher> matcher(table_->pieces->matcher(whole, error));
  if (U_FAILURE(error)) return std::nullopt;
  std::int64_t count = 0;
  while (matcher->find(error) && U_SUCCESS(error)) {
    std::string bytes;
    whole.tempSubStringBetween(matcher->start(error), matcher->end(error)).toUTF8String(bytes);
    for (std::string_view piece = bytes; !piece.empty();) {
      const std::string_view part = piece.substr(0, kMaxPieceBytes);
      count += CountPiece(part);
      piece.remove_prefix(part.size());
    }
  }
  if (U_FAILURE(error)) return std::nullopt;
  return count;
}

std::optional<std::int64_t> Tokenizer::CountMessages(std::string_view text) const {
  if (table_->cut == Cut::kClaude || !text.starts_with('[') || text.size() > kMaxTokenizedBytes)
    return Count(text);
  const Result<Json> json = ParseJson(text);
  const auto is_message = [](const Json& message) {
    return message.is_object() && message.contains("role") && message["role"].is_string();
  };
  if (!json.ok() || json->empty() || !std::all_of(json->begin(), json->end(), is_message)) return Count(text);
  std::int64_t count = kTokensPerAnswer;
  for (const Json& message : *json) {
    count += kTokensPerMessage;
    for (const char* key : {"role", "content", "name"}) {
      const auto value = message.find(key);
      if (value == message.end() || value->is_null()) continue;
      count += Count(value->is_string() ? value->get<std::string>() : ToJsonText(*value)).value_or(0);
      if (std::string_view(key) == "name") count += kTokensPerName;
    }
  }
  return count;
}

}  // namespace repartee::server
