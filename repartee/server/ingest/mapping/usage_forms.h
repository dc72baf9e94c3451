// Usage and cost as the events of batch ingestion give them, in several shapes,
// brought to the one that the mapping reads. Thread: pure function.
#pragma once

#include "repartee/base/json.h"

namespace repartee::server {

// Objects of counts and of USD by usage key; empty where nothing was given.
struct UsageForms {
  Json usage = Json::object();
  Json cost = Json::object();
};

// Of an event's "usage", "usageDetails" and "costDetails". What has the wrong type counts as absent.
UsageForms ReadUsageForms(const Json& body);

// OpenAI's object ({prompt_tokens, completion_tokens, ..._details}, or input_ and
// output_) as counts by usage key, its details taken out of the sums; null if it is not one.
Json FromOpenAiUsage(const Json& usage);

}  // namespace repartee::server
