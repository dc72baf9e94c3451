// The list's filters over one day's traces. A search asks the day's words, and what
// is not among them yet by name, people, id and the first words.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/fts_query.h"
#include "repartee/server/store/sqlite/reader.h"
#include "repartee/server/store/sqlite/rows.h"
#include "repartee/server/store/sqlite/text_file.h"
#include "repartee/server/store/sqlite/trace_keys.h"

namespace repartee::server {
namespace {

constexpr char kOfRow[] =
    "instr(lower(ifnull(name,'')||char(10)||ifnull(preview_input,'')||char(10)||ifnull(preview_output,'')||"
    "char(10)||ifnull(user_id,'')||char(10)||ifnull(session_id,'')),lower(?))>0";
constexpr std::size_t kMinIdDigits = 4;
constexpr std::int64_t kMaxIdsFound = 1'000;
constexpr std::string_view kAmong = "tkey IN (SELECT value FROM json_each(?))";

void AddOutcomes(SqlFilter& filter, const ConversationQuery& query) {
  if (query.outcomes.empty()) return;
  std::string numbers;
  for (const Outcome outcome : query.outcomes)
    numbers += fmt::format("{}{}", numbers.empty() ? "" : ",", static_cast<int>(outcome));
  filter.Add(fmt::format("CASE WHEN complete=0 AND last_update>? THEN 0 WHEN errors>0 THEN 3 WHEN warnings>0 "
                         "THEN 2 ELSE 1 END IN ({})",
                         numbers),
             query.live_after_ns);
}

// The condition stands behind others: there is always a project.
void AddService(SqlFilter& filter, const ServiceWanted& wanted) {
  SqlFilter labels;
  labels.AddAnyOf(fmt::format("({})", kServiceLabel), wanted.labels);
  filter.where += fmt::format(
      " AND EXISTS(SELECT 1 FROM span LEFT JOIN dict p ON p.id=span.provider LEFT JOIN dict m ON "
      "m.id=span.model "
      "WHERE span.tkey=trace.tkey AND span.stage={} AND {})",
      static_cast<int>(wanted.stage), labels.where);
  for (auto& label : labels.values) filter.values.push_back(std::move(label));
}

using Keys = std::set<std::int64_t>;

// As SQLite's json_each reads them.
std::string AsJson(const Keys& keys) {
  std::string json = "[";
  for (const std::int64_t key : keys)
    fmt::format_to(std::back_inserter(json), "{}{}", json.size() > 1 ? "," : "", key);
  return json + "]";
}

// The bounds of the ids that begin with these digits; nothing if it is no beginning of one.
std::optional<std::pair<TraceId, TraceId>> IdsWith(const std::string& digits) {
  if (digits.size() < kMinIdDigits || digits.size() > 32) return std::nullopt;
  std::string first = digits;
  std::transform(first.begin(), first.end(), first.begin(), [](unsigned char c) { return std::tolower(c); });
  std::string last = first;
  first.resize(32, '0');
  last.resize(32, 'f');
  const std::optional<TraceId> from = TraceId::FromHex(first);
  const std::optional<TraceId> to = TraceId::FromHex(last);
  if (!from || !to) return std::nullopt;
  return std::pair(*from, *to);
}

// Where a document's span lies; nothing of a trace that was removed.
struct FoundDocument {
  std::int64_t key = 0;
  TextPlace span;
};

// The spans of documents with these numbers, the latest first; blocks hold them in order.
class PlaceFinder {
 public:
  explicit PlaceFinder(Statement& blocks) : blocks_(blocks) {}

  Result<std::optional<FoundDocument>> Find(std::int64_t document) {
    if (document < first_ || document >= first_ + static_cast<std::int64_t>(places_.size())) {
      if (Status status = Load(document); !status.ok()) return status;
    }
    const auto index = static_cast<std::size_t>(document - first_);
    if (index >= places_.size() || places_[index].key == 0) return std::optional<FoundDocument>();
    return std::optional(FoundDocument{places_[index].key, {batch_, places_[index].item}});
  }

 private:
  Status Load(std::int64_t document) {
    const StatementUse use(blocks_);
    blocks_.Bind(1, document);
    Result<bool> row = blocks_.Step();
    if (!row.ok()) return std::move(row).status();
    places_.clear();
    if (!*row) return OkStatus();
    first_ = blocks_.Integer(0);
    places_ = DecodePlaces(blocks_.Blob(1));
    batch_ = blocks_.Integer(2);
    return OkStatus();
  }

  Statement& blocks_;
  std::int64_t first_ = 0;
  std::int64_t batch_ = 0;
  std::vector<DocumentPlace> places_;
};

// What names and previews are looked through for.
std::string WithoutQuotes(std::string search) {
  std::erase(search, '"');
  return search;
}

}  // namespace

// Opens the index of the day's words, if there is one by now.
Status Reader::OpenText(ReadDay& day) {
  const std::string path = TextPath(folder_, day.day);
  if (day.text != nullptr || !std::filesystem::exists(path)) return OkStatus();
  Result<std::unique_ptr<Database>> text =
      Database::Open(path, {.read_only = true, .create = false, .cache_kib = 2'048});
  if (!text.ok()) return std::move(text).status();
  const Database::Prepared statements[] = {
      {&day.text_upto, fmt::format("SELECT value FROM mark WHERE name='{}'", kTextUpto)},
      {&day.find_words, "SELECT rowid FROM doc WHERE doc MATCH ? ORDER BY rowid DESC LIMIT ?"},
      {&day.text_blocks,
       "SELECT first_doc,places,batch FROM block WHERE first_doc<=? ORDER BY first_doc DESC LIMIT 1"},
  };
  // It is made this moment: the next search finds it whole.
  if (!(*text)->PrepareAll(statements).ok()) return OkStatus();
  day.text = *std::move(text);
  return OkStatus();
}

// The last batch whose words can be found; 0 without an index.
Result<std::int64_t> Reader::TextUpto(ReadDay& day) {
  if (Status status = OpenText(day); !status.ok()) return status;
  if (day.text == nullptr) return std::int64_t{0};
  const StatementUse use(day.text_upto);
  Result<bool> row = day.text_upto.Step();
  if (!row.ok()) return std::move(row).status();
  return *row ? day.text_upto.Integer(0) : 0;
}

Status Reader::FindWords(ReadDay& day, const std::string& search, std::set<std::int64_t>& keys) {
  Result<std::string> match = MatchOf(*day.text, search);
  if (!match.ok()) return std::move(match).status();
  if (match->empty()) return OkStatus();
  const Result<std::vector<Phrase>> phrases = PhrasesOf(*day.text, search);
  if (!phrases.ok()) return phrases.status();
  const StatementUse use(day.find_words);
  day.find_words.BindText(1, *match);
  day.find_words.Bind(2, static_cast<std::int64_t>(kMaxTextHits));
  PlaceFinder places(day.text_blocks);
  std::size_t checked = 0;
  return EachRow(day.find_words, [&]() -> Result<bool> {
    const Result<std::optional<FoundDocument>> found = places.Find(day.find_words.Integer(0));
    if (!found.ok()) return found.status();
    if (!*found || keys.contains((*found)->key)) return true;
    if (!phrases->empty()) {
      if (++checked > kMaxPhraseChecks) return false;
      const Result<std::string> document = day.bodies->Document((*found)->span);
      if (!document.ok()) return document.status();
      const Result<bool> has = HasPhrases(*day.text, *document, *phrases);
      if (!has.ok()) return has;
      if (!*has) return true;
    }
    keys.insert((*found)->key);
    return true;
  });
}

// Without an index, if it is damaged: it is made again, and until then the rows answer.
void Reader::CloseText(ReadDay& day) {
  for (Statement* const statement : {&day.text_upto, &day.find_words, &day.text_blocks})
    *statement = Statement();
  day.text.reset();
  damage_.NoteText(day.day);
}

Status Reader::FindIds(ReadDay& day, ProjectKey project, const std::string& search,
                       std::set<std::int64_t>& keys) {
  const auto bounds = IdsWith(search);
  if (!bounds) return OkStatus();
  Result<Statement> ids =
      day.database->Prepare("SELECT tkey FROM trace WHERE project=? AND trace_id>=? AND trace_id<=? LIMIT ?");
  if (!ids.ok()) return std::move(ids).status();
  const std::string first = bounds->first.Bytes();
  const std::string last = bounds->second.Bytes();
  ids->Bind(1, project);
  ids->BindBlob(2, first);
  ids->BindBlob(3, last);
  ids->Bind(4, kMaxIdsFound);
  return EachRow(*ids, [&] { keys.insert(ids->Integer(0)); });
}

// Traces with spans that the index does not have yet; nothing if there are too many
// of them, or blocks that it will never have.
Result<std::optional<std::set<std::int64_t>>> Reader::NotInText(ReadDay& day, std::int64_t upto) {
  Result<std::int64_t> oldest =
      day.database->QueryInteger("SELECT contents IS NULL FROM batch ORDER BY number LIMIT 1", 0);
  if (!oldest.ok()) return std::move(oldest).status();
  if (*oldest != 0) return std::optional<Keys>();
  return KeysAfter(day, upto, kMaxBatchesNotInText);
}

Result<std::optional<std::set<std::int64_t>>> Reader::KeysAfter(ReadDay& day, std::int64_t batch,
                                                                std::size_t most) {
  Result<Statement> batches =
      day.database->Prepare("SELECT tkeys FROM batch WHERE number>? ORDER BY number LIMIT ?");
  if (!batches.ok()) return std::move(batches).status();
  batches->Bind(1, batch);
  batches->Bind(2, static_cast<std::int64_t>(most + 1));
  Keys keys;
  std::size_t seen = 0;
  Status status = EachRow(*batches, [&] {
    const std::vector<std::int64_t> of_batch = ReadKeys(batches->Blob(0));
    keys.insert(of_batch.begin(), of_batch.end());
    ++seen;
  });
  if (!status.ok()) return status;
  if (seen > most) return std::optional<Keys>();
  return std::optional(std::move(keys));
}

// What the index has, and up to which batch.
Status Reader::FindInText(ReadDay& day, const std::string& search, std::int64_t& upto, Keys& found) {
  Result<std::int64_t> known = TextUpto(day);
  if (!known.ok()) return std::move(known).status();
  upto = *known;
  return day.text == nullptr ? OkStatus() : FindWords(day, search, found);
}

Status Reader::AddSearch(ReadDay& day, const ConversationQuery& query, SqlFilter& filter) {
  Keys found;
  std::int64_t upto = 0;
  Status status = FindInText(day, query.search, upto, found);
  if (IsOfText(status, folder_, day.day)) {
    CloseText(day);
    upto = 0;
    status = OkStatus();
  }
  if (!status.ok()) return status;
  // What is committed after this look is found by its row at the next search.
  Result<std::optional<Keys>> later = NotInText(day, upto);
  if (!later.ok()) return std::move(later).status();
  if (status = FindIds(day, query.project, query.search, found); !status.ok()) return status;
  const std::string plain = WithoutQuotes(query.search);
  if (!*later) {
    filter.Add(fmt::format("({} OR {})", kAmong, kOfRow), AsJson(found));
    filter.values.emplace_back(plain);
    return OkStatus();
  }
  if ((*later)->empty()) {
    filter.Add(kAmong, AsJson(found));
    return OkStatus();
  }
  filter.Add(fmt::format("({0} OR ({0} AND {1}))", kAmong, kOfRow), AsJson(found));
  filter.values.emplace_back(AsJson(**later));
  filter.values.emplace_back(plain);
  return OkStatus();
}

SqlFilter Reader::FilterWithoutSearch(const ConversationQuery& query) {
  SqlFilter filter;
  filter.AddScope(query);
  AddOutcomes(filter, query);
  if (query.min_ub_latency_p95_us) filter.Add("ub_p95>=?", *query.min_ub_latency_p95_us);
  if (query.max_ub_latency_p95_us) filter.Add("ub_p95<?", *query.max_ub_latency_p95_us);
  if (query.min_interrupted_turns > 0) filter.Add("interrupted>=?", query.min_interrupted_turns);
  if (query.max_interrupted_turns) filter.Add("interrupted<?", *query.max_interrupted_turns);
  if (query.with_turns) filter.Add("turns>?", std::int64_t{0});
  for (const ServiceWanted& wanted : query.services) AddService(filter, wanted);
  return filter;
}

// Those of the named traces that the day has.
Status Reader::AddAmong(ReadDay& day, const ConversationQuery& query, SqlFilter& filter) {
  Result<Statement> select = day.database->Prepare("SELECT tkey FROM trace WHERE project=? AND trace_id=?");
  if (!select.ok()) return std::move(select).status();
  Keys keys;
  for (const TraceId& id : *query.among) {
    const StatementUse use(*select);
    const std::string bytes = id.Bytes();
    select->Bind(1, query.project);
    select->BindBlob(2, bytes);
    const Result<bool> row = select->Step();
    if (!row.ok()) return row.status();
    if (*row) keys.insert(select->Integer(0));
  }
  filter.Add(kAmong, AsJson(keys));
  return OkStatus();
}

Result<SqlFilter> Reader::ConversationFilter(ReadDay& day, const ConversationQuery& query) {
  SqlFilter filter = FilterWithoutSearch(query);
  if (query.among) {
    if (Status status = AddAmong(day, query, filter); !status.ok()) return status;
  }
  if (query.search.empty()) return filter;
  if (Status status = AddSearch(day, query, filter); !status.ok()) return status;
  return filter;
}

}  // namespace repartee::server
