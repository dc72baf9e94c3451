#include "repartee/server/ingest/mapping/voice.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace repartee::server {
namespace {

struct Gathered {
  SpokenTexts texts;
  bool input_is_final = false;
};

void Gather(Gathered& to, const Observation& from) {
  if (!from.transcript.empty() && (!to.texts.input || (from.transcript_is_final && !to.input_is_final))) {
    to.texts.input = from.transcript;
    to.input_is_final = from.transcript_is_final;
  }
  if (from.spoken.empty()) return;
  if (!to.texts.output) to.texts.output.emplace();
  if (!to.texts.output->empty()) *to.texts.output += ' ';
  *to.texts.output += from.spoken;
}

}  // namespace

SpokenTexts AddTurnTexts(std::vector<Observation>& trace) {
  std::vector<const Observation*> by_start;
  for (const Observation& observation : trace) by_start.push_back(&observation);
  std::sort(by_start.begin(), by_start.end(), [](const Observation* a, const Observation* b) {
    return std::tie(a->facts.start_ns, a) < std::tie(b->facts.start_ns, b);
  });
  Gathered whole;
  std::unordered_map<std::string, Gathered> of_parent;
  for (const Observation* observation : by_start) {
    Gather(whole, *observation);
    if (!observation->parent_id.empty()) Gather(of_parent[observation->parent_id], *observation);
  }
  for (Observation& observation : trace) {
    if (observation.facts.stage != Stage::kTurn || observation.input || observation.output) continue;
    const auto found = of_parent.find(observation.id);
    if (found == of_parent.end()) continue;
    observation.input = found->second.texts.input;
    observation.output = found->second.texts.output;
  }
  return whole.texts;
}

}  // namespace repartee::server
