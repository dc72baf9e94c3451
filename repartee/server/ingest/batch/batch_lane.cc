#include "repartee/server/ingest/batch/batch_lane.h"

#include <algorithm>
#include <iterator>
#include <memory>

#include "repartee/base/random.h"
#include "repartee/server/ingest/batch/entity_table.h"
#include "repartee/server/limits.h"

namespace repartee::server {

// All of one project: a batch of the store has one.
struct BatchLane::Round {
  ProjectKey project = 0;
  std::vector<Work> works;
  std::vector<std::string> refused;  // ids of events that found no place

  void Refuse(std::vector<std::string> events) {
    std::move(events.begin(), events.end(), std::back_inserter(refused));
  }
};

Status BatchLane::Push(ProjectKey project, std::vector<Entity> entities, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kMaxQueuedBatches)
      return Status::ResourceExhausted("too many batches wait, try again");
    waiting_.push_back({project, std::move(entities), std::move(done)});
    if (is_running_) return OkStatus();
    is_running_ = true;
  }
  StartRound();
  return OkStatus();
}

void BatchLane::StartRound() {
  auto round = std::make_shared<Round>();
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      is_running_ = false;
      return;
    }
    round->project = waiting_.front().project;
    std::size_t entities = 0;
    while (!waiting_.empty() && waiting_.front().project == round->project) {
      // One work may hold more than a commit should; two together might hold more than a request may.
      entities += waiting_.front().entities.size();
      if (entities > kMaxSpansPerCommit && !round->works.empty()) break;
      round->works.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  // All but taking them is a reader's work: the writer calls this behind its commits.
  const Status taken = store_.Read([this, round](StoreReader& reader) {
    Result<BuiltBatch> built = BuildRound(reader, *round);
    if (!built.ok()) return FinishRound(*round, built.status());
    const Status appended =
        store_.Append(std::move(built->batch), [this, round](Result<AppendOutcome> outcome) {
          FinishRound(*round, outcome.ok() ? OkStatus() : outcome.status());
        });
    if (!appended.ok()) FinishRound(*round, appended);
  });
  if (!taken.ok()) FinishRound(*round, taken);
}

Result<BuiltBatch> BatchLane::BuildRound(StoreReader& reader, Round& round) const {
  EntityTable table;
  for (Work& work : round.works) {
    for (Entity& entity : work.entities) {
      Entity& known = table.At(entity.kind, entity.id);
      if (known.trace_id.empty()) known.trace_id = std::move(entity.trace_id);
      // What is known by now came before.
      round.Refuse(entity.AddBehind(std::move(known.events)));
      known.events = std::move(entity.events);
    }
  }
  std::string request;
  for (Entity& entity : std::move(table).Take()) {
    if (Status status = MergeStored(reader, round, entity); !status.ok()) return status;
    AppendEntitySpan(entity, request);
  }
  return BuildBatch(round.project, std::move(request), mapping_);
}

// Answers, then goes on with what has come meanwhile.
void BatchLane::FinishRound(Round& round, const Status& status) {
  for (Work& work : round.works) work.done(status, round.refused);
  StartRound();
}

// An observation whose events name no trace belongs where it is already, or to one of its own.
Status BatchLane::MergeStored(StoreReader& reader, Round& round, Entity& entity) {
  std::optional<FoundSpan> stored;
  if (entity.trace_id.empty()) {
    Result<std::optional<FoundSpan>> found = reader.FindSpan(round.project, EntitySpanId(entity));
    if (!found.ok()) return std::move(found).status();
    stored = *std::move(found);
    entity.trace_id = stored ? stored->trace.ShownId() : RandomUuid();
  } else {
    Result<std::optional<TraceRow>> trace = reader.FindTrace(round.project, TraceIdFromText(entity.trace_id));
    if (!trace.ok()) return std::move(trace).status();
    if (!*trace) return OkStatus();
    Result<std::optional<SpanRow>> span = reader.SpanOf((*trace)->place, EntitySpanId(entity));
    if (!span.ok()) return std::move(span).status();
    if (*span) stored = FoundSpan{**std::move(trace), **std::move(span)};
  }
  if (!stored || (stored->span.facts.flags & kFlagMerged) == 0) return OkStatus();
  Result<SpanBody> body = reader.Body(stored->trace.place, stored->span);
  if (!body.ok()) return std::move(body).status();
  Result<std::vector<BatchEvent>> events = ReadEntityEvents(body->span);
  if (!events.ok()) return std::move(events).status();
  round.Refuse(entity.AddBehind(*std::move(events)));
  return OkStatus();
}

}  // namespace repartee::server
