#include "repartee/server/api/span_conditions.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "repartee/server/api/columns.h"
#include "repartee/server/api/comments.h"
#include "repartee/server/api/config_resource.h"
#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

constexpr std::string_view kCommentCount = "commentCount";
constexpr std::string_view kCommentContent = "commentContent";
constexpr std::size_t kMaxTracesKnown = 10'000;  // whose places are remembered

using Comments = std::unordered_map<SpanId, std::vector<std::string>>;

Result<Comments> CommentsOf(const ApiCall& call) {
  const std::string prefix = CommentSubject(kObservationComment, "");
  ConfigQuery wanted{.project = call.project.key, .kind = kCommentKind, .limit = kMaxConfigItems};
  wanted.parent_prefix = prefix;
  const Result<ConfigPage> page = call.config.List(wanted);
  if (!page.ok()) return page.status();
  if (page->total > page->items.size())
    return Status::ResourceExhausted(
        "more than {} comments on observations: leave comments out of the filter", kMaxConfigItems);
  Comments comments;
  for (const ConfigItem& item : page->items) {
    const Json content = BodyOf(item).value("content", Json());
    if (content.is_string())
      comments[SpanIdFromText(item.parent.substr(prefix.size()))].push_back(content.get<std::string>());
  }
  return comments;
}

SpanTest CommentTest(Comments comments, std::vector<FilterCondition> conditions) {
  auto known = std::make_shared<const Comments>(std::move(comments));  // shared by the copies of the test
  return [known, conditions = std::move(conditions)](const TraceRow&, const SpanRow& span) -> Result<bool> {
    const auto found = known->find(span.id);
    const std::vector<std::string> texts = found != known->end() ? found->second : std::vector<std::string>();
    return std::all_of(conditions.begin(), conditions.end(), [&texts](const FilterCondition& condition) {
      if (condition.column == kCommentContent) return Satisfies(condition, texts);
      return Satisfies(condition, static_cast<double>(texts.size()));
    });
  };
}

SpanTest Both(SpanTest one, SpanTest other) {
  if (!one) return other;
  if (!other) return one;
  return [one = std::move(one), other = std::move(other)](const TraceRow& trace,
                                                          const SpanRow& span) -> Result<bool> {
    const Result<bool> holds = one(trace, span);
    return holds.ok() && *holds ? other(trace, span) : holds;
  };
}

// Which observation of a trace stands at the wanted place.
class PlaceFinder {
 public:
  PlaceFinder(StoreReader& reader, SpanTest others, FilterCondition condition)
      : reader_(reader), others_(std::move(others)), condition_(std::move(condition)) {}

  Result<bool> IsThere(const TraceRow& trace, const SpanRow& span) {
    if (const auto known = known_.find(trace.id); known != known_.end()) return known->second == span.id;
    const Result<SpanId> found = Find(trace);
    if (!found.ok()) return found.status();
    if (known_.size() >= kMaxTracesKnown) known_.clear();
    known_.emplace(trace.id, *found);
    return *found == span.id;
  }

 private:
  // 0 if the trace has none there.
  Result<SpanId> Find(const TraceRow& trace) {
    const Result<std::vector<SpanRow>> all = reader_.Spans(trace.place);
    if (!all.ok()) return all.status();
    std::vector<std::pair<std::int64_t, SpanId>> places;
    for (const SpanRow& span : *all) {
      if ((span.facts.flags & kFlagProvisional) != 0 || span.id == kTraceEntryId) continue;
      const Result<bool> counts = others_ ? others_(trace, span) : Result<bool>(true);
      if (!counts.ok()) return counts.status();
      if (*counts) places.emplace_back(span.facts.start_ns, span.id);
    }
    std::sort(places.begin(), places.end());
    if (condition_.key == "last" || condition_.key == "nthFromEnd")
      std::reverse(places.begin(), places.end());
    const double place = condition_.number;
    if (place > static_cast<double>(places.size())) return SpanId{0};
    return places[static_cast<std::size_t>(place) - 1].second;
  }

  StoreReader& reader_;
  const SpanTest others_;
  const FilterCondition condition_;
  std::unordered_map<TraceId, SpanId> known_;
};

SpanTest PlaceTest(StoreReader& reader, const SpanTest& others, FilterCondition condition) {
  auto finder = std::make_shared<PlaceFinder>(reader, others, std::move(condition));
  return [finder](const TraceRow& trace, const SpanRow& span) { return finder->IsThere(trace, span); };
}

// Those for which it holds, out of the list.
template <class Predicate>
std::vector<FilterCondition> TakeIf(std::vector<FilterCondition>& conditions, Predicate&& is_wanted) {
  const auto first = std::partition(conditions.begin(), conditions.end(),
                                    [&is_wanted](const FilterCondition& c) { return !is_wanted(c); });
  std::vector<FilterCondition> taken(std::make_move_iterator(first),
                                     std::make_move_iterator(conditions.end()));
  conditions.erase(first, conditions.end());
  return taken;
}

}  // namespace

bool IsSpanConditionColumn(std::string_view column) {
  return column == kCommentCount || column == kCommentContent || column == kPositionColumn;
}

Result<SpanTest> FullSpanTest(const ApiCall& call, std::vector<FilterCondition> conditions) {
  std::vector<FilterCondition> places =
      TakeIf(conditions, [](const FilterCondition& c) { return c.kind == FilterKind::kPositionInTrace; });
  std::vector<FilterCondition> of_comments =
      TakeIf(conditions, [](const FilterCondition& c) { return IsSpanConditionColumn(c.column); });
  SpanTest test = SpanTestOf(std::move(conditions), call.reader, call.mapping);
  if (!of_comments.empty()) {
    Result<Comments> comments = CommentsOf(call);
    if (!comments.ok()) return comments.status();
    test = Both(CommentTest(*std::move(comments), std::move(of_comments)), std::move(test));
  }
  const SpanTest others = test;
  for (FilterCondition& place : places)
    test = Both(std::move(test), PlaceTest(call.reader, others, std::move(place)));
  return test;
}

}  // namespace repartee::server
