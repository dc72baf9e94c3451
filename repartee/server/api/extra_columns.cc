#include "repartee/server/api/extra_columns.h"

#include <algorithm>

#include "repartee/server/api/score_view.h"

namespace repartee::server {
namespace {

FieldValue TextOrNothing(const std::string& text) {
  return text.empty() ? FieldValue(std::monostate()) : FieldValue(text);
}

FieldValue CountOf(const std::vector<std::string>& names) { return static_cast<double>(names.size()); }

struct ToolSource {
  std::string_view column;
  FieldValue (*of)(const ToolNames&);
};
constexpr ToolSource kToolColumns[] = {
    {"toolNames", [](const ToolNames& t) { return FieldValue(t.offered); }},
    {"calledToolNames", [](const ToolNames& t) { return FieldValue(t.called); }},
    {"toolDefinitions", [](const ToolNames& t) { return CountOf(t.offered); }},
    {"toolCalls", [](const ToolNames& t) { return CountOf(t.called); }}};

struct ExperimentSource {
  std::string_view column;
  std::string ExperimentFacts::* fact;
};
constexpr ExperimentSource kExperimentColumns[] = {{"experimentId", &ExperimentFacts::id},
                                                   {"experimentName", &ExperimentFacts::name},
                                                   {"experimentDatasetId", &ExperimentFacts::dataset_id}};

template <class Sources>
const auto* FindSource(const Sources& sources, std::string_view column) {
  const auto* found = std::find_if(std::begin(sources), std::end(sources),
                                   [column](const auto& source) { return source.column == column; });
  return found == std::end(sources) ? nullptr : found;
}

FieldValue MeanOf(const std::vector<const ScoreRow*>& scores, std::string_view name) {
  double sum = 0;
  std::size_t count = 0;
  for (const ScoreRow* score : scores) {
    const bool is_number = score->type == ScoreType::kNumeric || score->type == ScoreType::kBoolean;
    if (!is_number || score->name != name) continue;
    sum += score->value;
    ++count;
  }
  if (count == 0) return std::monostate();
  return sum / static_cast<double>(count);
}

FieldValue TextsOf(const std::vector<const ScoreRow*>& scores, std::string_view name) {
  std::vector<std::string> texts;
  for (const ScoreRow* score : scores) {
    if (score->type == ScoreType::kCategorical && score->name == name)
      texts.push_back(score->string_value.value_or(""));
  }
  return texts;
}

FieldValue TruthOf(const std::vector<const ScoreRow*>& scores, std::string_view name) {
  for (const ScoreRow* score : scores) {
    if (score->type == ScoreType::kBoolean && score->name == name) return score->value == 1;
  }
  return std::monostate();
}

}  // namespace

bool IsToolColumn(std::string_view column) { return FindSource(kToolColumns, column) != nullptr; }

FieldValue ToolColumn(const ToolNames& tools, std::string_view column) {
  const ToolSource* source = FindSource(kToolColumns, column);
  return source == nullptr ? FieldValue(std::monostate()) : source->of(tools);
}

bool IsExperimentColumn(std::string_view column) { return FindSource(kExperimentColumns, column) != nullptr; }

FieldValue ExperimentColumn(const ExperimentFacts& facts, std::string_view column) {
  const ExperimentSource* source = FindSource(kExperimentColumns, column);
  return source == nullptr ? FieldValue(std::monostate()) : TextOrNothing(facts.*(source->fact));
}

bool IsScoresColumn(std::string_view column) {
  return column == "scores_avg" || column == "scores" || column == "score_categories" ||
         column == "score_booleans";
}

FieldValue ScoresColumn(const std::vector<const ScoreRow*>& scores, std::string_view column,
                        std::string_view key) {
  if (column == "score_categories") return TextsOf(scores, key);
  return column == "score_booleans" ? TruthOf(scores, key) : MeanOf(scores, key);
}

Status TraceScores::Load(const TraceRow& trace) {
  if (place_ && place_->day == trace.place.day && place_->key == trace.place.key) return OkStatus();
  place_.reset();
  scores_.clear();
  ScoreQuery query;
  query.project = trace.project;
  query.trace_ids = {trace.ShownId()};
  Status status = ForEachScore(reader_, std::move(query), [this](const ScoreRow& score) {
    scores_.push_back(score);
    return OkStatus();
  });
  if (status.ok()) place_ = trace.place;
  return status;
}

Result<std::vector<const ScoreRow*>> TraceScores::Of(const TraceRow& trace) {
  if (Status status = Load(trace); !status.ok()) return status;
  std::vector<const ScoreRow*> scores;
  for (const ScoreRow& score : scores_) scores.push_back(&score);
  return scores;
}

Result<std::vector<const ScoreRow*>> TraceScores::Of(const TraceRow& trace, const SpanRow& span) {
  if (Status status = Load(trace); !status.ok()) return status;
  std::vector<const ScoreRow*> scores;
  for (const ScoreRow& score : scores_) {
    const bool is_of_span = !score.observation_id.empty() && SpanIdFromText(score.observation_id) == span.id;
    if (is_of_span) scores.push_back(&score);
  }
  return scores;
}

}  // namespace repartee::server
