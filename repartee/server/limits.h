// The trace server's limits, all in one place. What happens at each is said
// beside it. Thread: constants.
#pragma once

#include <chrono>
#include <cstddef>

namespace repartee::server {

// Ingest. Over a size: 413; over a count: 400 that names the place.
inline constexpr std::size_t kMaxBodyBytes = 64 << 20;      // as received
inline constexpr std::size_t kMaxInflatedBytes = 64 << 20;  // after gzip or deflate
inline constexpr std::size_t kMaxSpansPerRequest = 65'536;
inline constexpr std::size_t kMaxAttributesPerSpan = 4'096;
inline constexpr std::size_t kMaxEventsPerSpan = 4'096;
inline constexpr int kMaxValueNesting = 100;
inline constexpr std::size_t kMaxMediaBytes = 64 << 20;  // of one upload: 400, and 413 for the body
inline constexpr std::size_t kMaxApiBodyBytes = 1 << 20;
inline constexpr std::size_t kMaxBatchBodyBytes = 4'718'592;  // batch ingestion: 4.5 MB
inline constexpr std::size_t kMaxEventsPerEntity =
    1'000;                                       // of one trace or observation; beyond: 400 for the event
inline constexpr std::size_t kMaxIdBytes = 800;  // of ids that clients choose

// Commit queue. Full: 503 with Retry-After, at once.
inline constexpr std::size_t kMaxQueuedBytes = 256 << 20;  // several bodies of the largest size
inline constexpr std::size_t kMaxQueuedBatches = 1'024;
inline constexpr std::size_t kMaxQueuedScores = 1'024;    // requests with scores; beyond: 503
inline constexpr std::size_t kMaxSpansPerCommit = 4'096;  // a commit takes whole requests until it has these
inline constexpr std::size_t kMaxQueuedJobs = 1'024;      // deletions and their steps; beyond: 503
inline constexpr std::size_t kMaxDeletedTraces = 1'000;   // by one request; beyond: 400
inline constexpr std::size_t kSpansPerBlock = 512;
inline constexpr std::size_t kMaxRowsPerFlush = 1'000;  // trace and turn rows, oldest first
inline constexpr std::chrono::milliseconds kFlushInterval{1'000};
// Files of old versions: between two batches that get their words while nobody writes, and
// how many commits come between two while somebody always does.
inline constexpr std::chrono::milliseconds kOldBatchPause{50};
inline constexpr int kGroupsPerOldBatch = 20;

// Memory of the store.
inline constexpr std::size_t kLiveTraceBytes = 64
                                               << 20;  // least recent goes first, never one not yet written
inline constexpr std::size_t kMaxIdsPerLiveTrace = 4'096;       // beyond, the file is asked
inline constexpr std::size_t kMaxTextsPerLiveTrace = 2'048;     // beyond, texts are stored again
inline constexpr std::size_t kBlocksKeptToRead = 32 << 20;      // unpacked bytes, a reader and open day
inline constexpr std::size_t kBlocksKeptToWrite = 4 << 20;      // the writer's and the text feeder's
inline constexpr std::size_t kMaxQueuedIndexEntries = 200'000;  // beyond: 503
inline constexpr std::size_t kMaxOpenDays = 8;                  // day files open for writing
inline constexpr int kReaderThreads = 2;
inline constexpr std::size_t kMaxQueuedReads = 256;  // beyond: 503

// Full text, fed behind the commits.
inline constexpr std::chrono::milliseconds kTextFeedInterval{200};
inline constexpr std::size_t kMaxSearchWords = 64;       // of one search; more are not asked for
inline constexpr std::size_t kMaxTextHits = 50'000;      // of one day, the latest
inline constexpr std::size_t kMaxPhraseChecks = 5'000;   // spans read for a phrase, of one day, the latest
inline constexpr std::size_t kMaxBatchesNotInText = 64;  // beyond, names and previews of all are looked at

// Roll-ups.
inline constexpr std::size_t kMaxSeries = 2'000;       // of a project in a day file; the rest is "other"
inline constexpr std::size_t kMaxRollupRows = 20'000;  // kept in memory when written
// What readers add by themselves before it is written; beyond, charts are a second behind.
inline constexpr std::size_t kMaxBatchesNotCounted = 1'024;
inline constexpr std::size_t kMaxSpansNotCounted = 16'384;
// Metrics over no more are counted span by span, whose percentiles are exact.
inline constexpr std::int64_t kMaxSpansCountedExactly = 10'000;

// Write-ahead logs.
inline constexpr std::size_t kPassiveCheckpointBytes = 8 << 20;   // another thread, beside the writer
inline constexpr std::size_t kRestartCheckpointBytes = 64 << 20;  // the writer, between two commits

// Queries. Over a scan limit: 422 that asks for a narrower question.
inline constexpr std::size_t kMaxSpansPerTraceRead = 50'000;
inline constexpr std::size_t kMaxSpansScanned = 400'000;
inline constexpr std::size_t kMaxTracesScanned = 200'000;
// Whose services the facets count, from their spans.
inline constexpr std::int64_t kMaxConversationsForServices = 5'000;
inline constexpr std::size_t kMaxScoresScanned = 100'000;  // that a filter judges one by one; 422
inline constexpr std::size_t kMaxScoresPerTrace = 1'000;   // shown with their trace
inline constexpr int kMaxPageSize = 100;
inline constexpr int kDefaultPageSize = 50;
inline constexpr std::size_t kPreviewBytes = 120;
inline constexpr int kMaxCursorPageSize = 1'000;  // observations, second generation
// Conditions in a filter, values and words in a condition: beyond, 400.
inline constexpr std::size_t kMaxFilterConditions = 100;
inline constexpr std::size_t kMaxFilterOptions = 1'000;
inline constexpr std::size_t kMaxFilterWords = 64;
// A metrics query: beyond, 400; groups, 422.
inline constexpr std::size_t kMaxMetricsDimensions = 10;
inline constexpr std::size_t kMaxMetricsMeasures = 20;
inline constexpr std::size_t kMaxMetricsBuckets = 10'000;
inline constexpr std::size_t kMaxMetricsGroups = 100'000;
inline constexpr std::size_t kMaxPromptDepth = 5;          // prompts within prompts; beyond, 400
inline constexpr std::size_t kMaxConfigItems = 10'000;     // looked at for one answer
inline constexpr std::size_t kMaxTracesOfSession = 1'000;  // shown; the newest
inline constexpr std::chrono::seconds kMaxScanTime{10};    // a query that looks at rows one by one; 422

// Sockets.
inline constexpr int kMaxConnections = 1'024;  // a port; beyond: 503
inline constexpr int kHttpThreads = 2;

}  // namespace repartee::server
