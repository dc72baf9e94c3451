#include "repartee/server/ui/beside_filters.h"

namespace repartee::server {

BesideFilters ReadBesideFilters(UiQuery& query) {
  return {.score = ReadScoreFilter(query), .recorded = query.Flag("audio")};
}

Status ApplyBesideFilters(const UiCall& call, const BesideFilters& filters, ConversationQuery& to) {
  if (Status status = ApplyScoreFilter(call.reader, filters.score, to); !status.ok()) return status;
  if (!filters.recorded) return OkStatus();
  const Result<Recorded> recorded = Recorded::Read(call);
  if (!recorded.ok()) return recorded.status();
  recorded->ApplyTo(to);
  return OkStatus();
}

}  // namespace repartee::server
