#include "repartee/server/ui/recorded.h"

#include "repartee/server/media/recordings.h"

namespace repartee::server {

Result<Recorded> Recorded::Read(const UiCall& call) {
  Recorded recorded;
  if (call.recordings == nullptr) return recorded;
  const Result<std::vector<std::string>> traces = call.recordings->Traces(call.project.key);
  if (!traces.ok()) return traces.status();
  for (const std::string& id : *traces) recorded.traces_.insert(TraceIdFromText(id));
  return recorded;
}

void Recorded::ApplyTo(ConversationQuery& query) const {
  if (!query.among) {
    query.among.emplace(traces_.begin(), traces_.end());
    return;
  }
  std::erase_if(*query.among, [this](const TraceId& id) { return !traces_.contains(id); });
}

}  // namespace repartee::server
