// What the views of metrics know: their dimensions, measures and the columns of their filters.
#include <algorithm>

#include "repartee/server/api/columns.h"
#include "repartee/server/api/metrics_query.h"
#include "repartee/server/api/score_view.h"

namespace repartee::server {
namespace {

constexpr std::string_view kObservationDimensions[] = {"environment",
                                                       "type",
                                                       "name",
                                                       "level",
                                                       "version",
                                                       "tags",
                                                       "release",
                                                       "traceName",
                                                       "traceRelease",
                                                       "traceVersion",
                                                       "providedModelName",
                                                       "promptName",
                                                       "promptVersion",
                                                       "isRootObservation",
                                                       "startTimeMonth",
                                                       "costType",
                                                       "usageType",
                                                       "toolNames",
                                                       "calledToolNames",
                                                       "experimentName",
                                                       "experimentDatasetId"};
constexpr std::string_view kObservationWide[] = {
    "id", "traceId", "userId", "sessionId", "parentObservationId", "experimentId"};
constexpr ViewMeasure kObservationMeasures[] = {{"count", true},
                                                {"latency", true},
                                                {"streamingLatency", true},
                                                {"timeToFirstToken", true},
                                                {"inputTokens", true},
                                                {"outputTokens", true},
                                                {"totalTokens", true},
                                                {"outputTokensPerSecond", true},
                                                {"tokensPerSecond", true},
                                                {"inputCost", true},
                                                {"outputCost", true},
                                                {"totalCost", true},
                                                {"countScores", true},
                                                {"toolDefinitions", true},
                                                {"toolCalls", true},
                                                {"traceId", false},
                                                {"uniqueUserIds", false},
                                                {"uniqueSessionIds", false},
                                                {"costByType", true},
                                                {"usageByType", true}};

constexpr std::string_view kTraceDimensions[] = {"name",    "tags",    "userId",      "sessionId",
                                                 "release", "version", "environment", "timestampMonth"};
constexpr std::string_view kTraceWide[] = {"id"};
constexpr ViewMeasure kTraceMeasures[] = {
    {"count", true},   {"observationsCount", true}, {"uniqueUserIds", false}, {"uniqueSessionIds", false},
    {"latency", true}, {"totalTokens", true},       {"totalCost", true},      {"scoresCount", true}};

constexpr std::string_view kScoreDimensions[] = {"environment",
                                                 "name",
                                                 "source",
                                                 "dataType",
                                                 "configId",
                                                 "timestampMonth",
                                                 "timestampDay",
                                                 "value",
                                                 "stringValue",
                                                 "booleanValue",
                                                 "traceName",
                                                 "tags",
                                                 "traceRelease",
                                                 "traceVersion",
                                                 "observationName",
                                                 "observationModelName",
                                                 "observationPromptName",
                                                 "observationPromptVersion"};
constexpr std::string_view kScoreWide[] = {"id", "traceId", "observationId", "sessionId", "userId"};
constexpr ViewMeasure kScoreMeasures[] = {{"count", true}, {"value", true}};

constexpr ViewInfo kViews[] = {
    {"observations", MetricsView::kObservations, IsObservationColumn, kObservationDimensions,
     kObservationWide, kObservationMeasures},
    {"traces", MetricsView::kTraces, IsTraceColumn, kTraceDimensions, kTraceWide, kTraceMeasures},
    {"scores-numeric", MetricsView::kScoresNumeric, IsScoreColumn, kScoreDimensions, kScoreWide,
     kScoreMeasures},
    {"scores-boolean", MetricsView::kScoresBoolean, IsScoreColumn, kScoreDimensions, kScoreWide,
     kScoreMeasures},
    {"scores-categorical", MetricsView::kScoresCategorical, IsScoreColumn, kScoreDimensions, kScoreWide,
     kScoreMeasures},
};

constexpr std::string_view kPartDimensions[] = {"usageType", "costType", "toolNames", "calledToolNames"};

}  // namespace

bool IsPartDimension(std::string_view dimension) {
  return std::find(std::begin(kPartDimensions), std::end(kPartDimensions), dimension) !=
         std::end(kPartDimensions);
}

std::string_view PartDimensionOf(const MetricsQuery& query) {
  const auto found = std::find_if(query.dimensions.begin(), query.dimensions.end(), IsPartDimension);
  return found == query.dimensions.end() ? std::string_view() : std::string_view(*found);
}

std::span<const ViewInfo> MetricsViews() { return kViews; }

}  // namespace repartee::server
