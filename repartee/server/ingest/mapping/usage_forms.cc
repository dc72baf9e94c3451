#include "repartee/server/ingest/mapping/usage_forms.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace repartee::server {
namespace {

const Json* Number(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? &*found : nullptr;
}

struct Shape {
  const char* input;
  const char* output;
  const char* total;
  const char* input_details;
  const char* output_details;
};
constexpr std::array<Shape, 2> kShapes = {
    {{"prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details",
      "completion_tokens_details"},
     {"input_tokens", "output_tokens", "total_tokens", "input_tokens_details", "output_tokens_details"}}};

bool IsCount(const Json& value) {
  if (!value.is_number()) return false;
  const double number = value.get<double>();
  return number >= 0 && number == std::floor(number);
}

bool AreCounts(const Json& details) {
  return std::all_of(details.begin(), details.end(),
                     [](const Json& value) { return value.is_null() || IsCount(value); });
}

// Of that shape and nothing else: whole counts, and in the details nothing but those.
bool HasOnly(const Json& usage, const Shape& shape) {
  for (const char* key : {shape.input, shape.output, shape.total}) {
    if (const Json* sum = Number(usage, key); sum == nullptr || !IsCount(*sum)) return false;
  }
  return std::all_of(usage.items().begin(), usage.items().end(), [&shape](const auto& item) {
    const std::string& key = item.key();
    const bool is_sum = key == shape.input || key == shape.output || key == shape.total;
    const bool is_details = key == shape.input_details || key == shape.output_details;
    const Json& value = item.value();
    return is_sum || (is_details && (value.is_null() || (value.is_object() && AreCounts(value))));
  });
}

void TakeDetails(Json& to, const char* sum, const Json& usage, const char* details) {
  const auto found = usage.find(details);
  if (found == usage.end() || !found->is_object()) return;
  for (const auto& [key, value] : found->items()) {
    if (!value.is_number()) continue;
    to[std::string(sum) + "_" + key] = value;
    to[sum] = std::max(0.0, to[sum].get<double>() - value.get<double>());
  }
}

// {input, output, total, unit, inputCost, ...} or {promptTokens, completionTokens, totalTokens}.
// Without counts elsewhere the total is that of both, or the one that there is.
void ReadPlainUsage(const Json& usage, bool has_details, UsageForms& forms) {
  const bool is_old =
      usage.contains("promptTokens") || usage.contains("completionTokens") || usage.contains("totalTokens");
  const Json* input = Number(usage, is_old ? "promptTokens" : "input");
  const Json* output = Number(usage, is_old ? "completionTokens" : "output");
  const Json* total = Number(usage, is_old ? "totalTokens" : "total");
  if (input != nullptr) forms.usage["input"] = *input;
  if (output != nullptr) forms.usage["output"] = *output;
  if (total != nullptr && *total != 0) {
    forms.usage["total"] = *total;
  } else if (!has_details && (input != nullptr || output != nullptr)) {
    const bool are_both = input != nullptr && output != nullptr && *input != 0 && *output != 0;
    const Json& one = input != nullptr ? *input : *output;
    forms.usage["total"] = are_both ? Json(input->get<double>() + output->get<double>()) : one;
  }
  if (is_old) return;
  for (const auto& [key, name] : {std::pair("inputCost", "input"), std::pair("outputCost", "output"),
                                  std::pair("totalCost", "total")}) {
    if (const Json* cost = Number(usage, key)) forms.cost[name] = *cost;
  }
}

}  // namespace

Json FromOpenAiUsage(const Json& usage) {
  if (!usage.is_object()) return nullptr;
  for (const Shape& shape : kShapes) {
    if (!HasOnly(usage, shape)) continue;
    Json out = {
        {"input", usage[shape.input]}, {"output", usage[shape.output]}, {"total", usage[shape.total]}};
    TakeDetails(out, "input", usage, shape.input_details);
    TakeDetails(out, "output", usage, shape.output_details);
    return out;
  }
  return nullptr;
}

UsageForms ReadUsageForms(const Json& body) {
  UsageForms forms;
  const auto details = body.find("usageDetails");
  const bool has_details = details != body.end() && details->is_object() && !details->empty();
  if (const auto usage = body.find("usage"); usage != body.end() && usage->is_object())
    ReadPlainUsage(*usage, has_details, forms);
  if (has_details) {
    const Json converted = FromOpenAiUsage(*details);
    for (const auto& [key, value] : (converted.is_null() ? *details : converted).items())
      forms.usage[key] = value;
  }
  if (const auto costs = body.find("costDetails"); costs != body.end() && costs->is_object()) {
    for (const auto& [key, value] : costs->items()) {
      if (value.is_number() && value.get<double>() >= 0) forms.cost[key] = value;
    }
  }
  return forms;
}

}  // namespace repartee::server
