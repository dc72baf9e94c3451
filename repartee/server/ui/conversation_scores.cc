#include "repartee/server/ui/conversation_scores.h"

#include <algorithm>
#include <cmath>

namespace repartee::server {
namespace {

constexpr std::size_t kMaxScoresLookedAt = 20'000;
constexpr std::size_t kMaxScoresOfPage = 5'000;  // of all rows of a page together, the latest
constexpr std::size_t kMaxScoresOfRow = 8;
constexpr int kBars = 10;

// A correction is a text to read, no verdict.
bool IsVerdict(const ScoreRow& score) { return score.type != ScoreType::kCorrection; }

ScoreMark MarkOf(const ScoreRow& score) {
  return {.name = score.name, .word = score.string_value.value_or(""), .value = score.value};
}

bool HasName(const std::vector<ScoreMark>& marks, const std::string& name) {
  return std::any_of(marks.begin(), marks.end(),
                     [&name](const ScoreMark& mark) { return mark.name == name; });
}

// Three places behind the point are enough for the end of a bar.
double Rounded(double value) { return std::round(value * 1e3) / 1e3; }

}  // namespace

Status AddScores(StoreReader& reader, ProjectKey project, std::span<ConversationView> views) {
  if (views.empty()) return OkStatus();
  std::unordered_map<std::string, ConversationView*> by_id;
  ScoreQuery query{.project = project};
  for (ConversationView& view : views) {
    by_id.emplace(view.row.ShownId(), &view);
    query.trace_ids.push_back(view.row.ShownId());
  }
  query.limit = kMaxScoresOfPage;
  query.count = false;
  const Result<ScorePage> page = reader.ListScores(query);
  if (!page.ok()) return page.status();
  for (const ScoreRow& score : page->rows) {
    const auto view = by_id.find(score.trace_id);
    if (view == by_id.end() || !IsVerdict(score)) continue;
    std::vector<ScoreMark>& marks = view->second->scores;
    if (marks.size() < kMaxScoresOfRow && !HasName(marks, score.name)) marks.push_back(MarkOf(score));
  }
  return OkStatus();
}

ScoreFilter ReadScoreFilter(UiQuery& query) {
  return {.name = query.Text("score").value_or(""),
          .from = query.Number("score_from"),
          .to = query.Number("score_to"),
          .words = query.Texts("score_word")};
}

Status ApplyScoreFilter(StoreReader& reader, const ScoreFilter& filter, ConversationQuery& to) {
  if (!filter.asks()) return OkStatus();
  ScoreQuery query{.project = to.project};
  query.of_traces = true;
  if (!filter.name.empty()) query.names = {filter.name};
  query.string_values = filter.words;
  if (filter.from) query.values.push_back({ScoreComparison::kGreaterOrEqual, *filter.from});
  if (filter.to) query.values.push_back({ScoreComparison::kLess, *filter.to});
  // A word has the number 0.
  if (!query.values.empty()) query.types = {ScoreType::kNumeric, ScoreType::kBoolean};
  query.limit = kMaxScoresLookedAt;
  query.count = false;
  const Result<ScorePage> page = reader.ListScores(query);
  if (!page.ok()) return page.status();
  std::vector<TraceId>& among = to.among.emplace();
  for (const ScoreRow& score : page->rows) among.push_back(TraceIdFromText(score.trace_id));
  return OkStatus();
}

Result<ScoreFacets> ScoreFacets::Read(StoreReader& reader, ProjectKey project, std::string name) {
  ScoreQuery query{.project = project};
  query.of_traces = true;
  query.limit = kMaxScoresLookedAt;
  query.count = false;
  const Result<ScorePage> page = reader.ListScores(query);
  if (!page.ok()) return page.status();
  ScoreFacets facets;
  facets.name_ = std::move(name);
  for (const ScoreRow& score : page->rows) {
    if (!IsVerdict(score)) continue;
    std::vector<ScoreMark>& marks = facets.of_trace_[TraceIdFromText(score.trace_id)];
    if (!HasName(marks, score.name)) marks.push_back(MarkOf(score));
  }
  facets.SetEnds();
  return facets;
}

// By all values of the name, not the chosen ones alone: else the bars would move as one chooses.
void ScoreFacets::SetEnds() {
  double least = 0;
  double most = 1;
  bool has_numbers = false;
  for (const auto& [trace, marks] : of_trace_) {
    for (const ScoreMark& mark : marks) {
      if (mark.name != name_ || !mark.word.empty()) continue;
      has_numbers = true;
      least = std::min(least, mark.value);
      most = std::max(most, mark.value);
    }
  }
  if (!has_numbers) return;
  for (int i = 1; i < kBars; ++i) {
    const double end = Rounded(least + (most - least) * i / kBars);
    if (ends_.empty() || end > ends_.back()) ends_.push_back(end);
  }
  counts_.resize(ends_.size() + 1);
}

void ScoreFacets::Add(const TraceId& trace) {
  const auto found = of_trace_.find(trace);
  if (found == of_trace_.end()) return;
  for (const ScoreMark& mark : found->second) {
    names_.Add(mark.name);
    if (mark.name != name_) continue;
    if (!mark.word.empty()) {
      words_.Add(mark.word);
    } else {
      const auto bar = std::upper_bound(ends_.begin(), ends_.end(), mark.value);
      ++counts_[static_cast<std::size_t>(bar - ends_.begin())];
    }
  }
}

void ScoreFacets::Write(JsonWriter& json) const {
  json.Key("score");
  names_.Write(json);
  json.Key("score_word");
  words_.Write(json);
  json.Key("score_bars").BeginArray();
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    json.BeginObject();
    json.Key("to");
    if (i < ends_.size()) {
      json.Decimal(ends_[i]);
    } else {
      json.Null();
    }
    json.Key("count").Integer(counts_[i]);
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace repartee::server
