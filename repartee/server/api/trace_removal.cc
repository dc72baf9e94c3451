#include "repartee/server/api/trace_removal.h"

#include <memory>

#include "repartee/server/api/comments.h"
#include "repartee/server/api/config_resource.h"
#include "repartee/server/api/tombstones.h"
#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

// Those on spans, of any trace.
Result<std::vector<ConfigItem>> SpanComments(ConfigStore& config, ProjectKey project) {
  ConfigQuery query{.project = project, .kind = kCommentKind};
  query.parent_prefix = CommentSubject(kObservationComment, "");
  query.limit = kMaxConfigItems;
  Result<ConfigPage> page = config.List(query);
  if (!page.ok()) return std::move(page).status();
  return std::move(page->items);
}

SpanId SubjectSpan(const ConfigItem& comment) {
  const std::size_t prefix = CommentSubject(kObservationComment, "").size();
  return SpanIdFromText(std::string_view(comment.parent).substr(prefix));
}

}  // namespace

Status TraceRemoval::Remove(ProjectKey project, std::vector<std::string> ids, Store::Done done) const {
  return store_.Read(
      [this, project, ids = std::move(ids), done = std::move(done)](StoreReader& reader) mutable {
        if (Status status = Detach(reader, project, ids); !status.ok()) return done(std::move(status));
        // Here for a refusal, in the store for the answer.
        auto shared = std::make_shared<Store::Done>(std::move(done));
        const Status taken = store_.DeleteTraces(project, std::move(ids),
                                                 [shared](Status status) { (*shared)(std::move(status)); });
        if (!taken.ok()) (*shared)(Status::Unavailable("{}", taken.message()));
      });
}

Status TraceRemoval::Detach(StoreReader& reader, ProjectKey project, std::vector<std::string>& ids) const {
  const Result<std::vector<ConfigItem>> of_spans = SpanComments(config_, project);
  if (!of_spans.ok()) return of_spans.status();
  const std::size_t asked = ids.size();
  std::vector<Tombstone> left;
  const std::int64_t now = NowNs();
  for (std::size_t i = 0; i < asked; ++i) {
    const Result<std::optional<TraceRow>> row = reader.FindTrace(project, TraceIdFromText(ids[i]));
    if (!row.ok()) return row.status();
    if (!*row) continue;
    const std::string shown = (*row)->ShownId();
    if (Status status = RemoveComments(reader, project, **row, *of_spans); !status.ok()) return status;
    if (media_ != nullptr) {
      if (Status status = media_->Forget(project, shown); !status.ok()) return status;
    }
    // Scores are kept by the name that their sender uses.
    if (shown != ids[i]) ids.push_back(shown);
    left.push_back({(*row)->id, (*row)->start_ns, (*row)->end_ns, (*row)->turns, now});
  }
  return PutTombstones(config_, project, left);
}

Status TraceRemoval::RemoveComments(StoreReader& reader, ProjectKey project, const TraceRow& row,
                                    const std::vector<ConfigItem>& of_spans) const {
  Status status = config_.RemoveOf(project, kCommentKind, CommentSubject(kTraceComment, row.ShownId()));
  for (const ConfigItem& comment : of_spans) {
    if (!status.ok()) return status;
    const Result<std::optional<SpanRow>> span = reader.SpanOf(row.place, SubjectSpan(comment));
    if (!span.ok()) return span.status();
    if (*span) status = config_.RemoveOf(project, kCommentKind, comment.parent);
  }
  return status;
}

}  // namespace repartee::server
