// Runs over datasets that were made by the API, as the experiments that they are: which
// span stands for which item of a dataset.
//
// Thread: the store's reader threads; a value.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "repartee/server/api/experiment_view.h"

namespace repartee::server {

class RunItems {
 public:
  // The project's, as they are now: the latest kMaxConfigItems items.
  static Result<RunItems> Load(const ApiCall& call);

  // What the latest run that names the span says of it; nothing if no run does. A trace that is
  // named without an observation stands for its root.
  std::optional<ExperimentFacts> Of(const TraceRow& trace, const SpanRow& span) const;

 private:
  struct Item {
    std::optional<SpanId> span;
    std::string item_id;
    std::size_t run;  // its place in runs_
  };

  std::vector<ExperimentFacts> runs_;
  std::unordered_map<TraceId, std::vector<Item>> items_;
};

// Adds what the item of the dataset says of itself, as it is now.
Status AddDatasetItem(const ApiCall& call, ExperimentFacts& facts);

}  // namespace repartee::server
