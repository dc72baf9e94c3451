#include "repartee/server/ingest/mapping/usage_forms.h"

#include <algorithm>
#include <array>
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

bool HasOnly(const Json& usage, const Shape& shape) {
  for (const char* key : {shape.input, shape.output, shape.total}) {
    if (Number(usage, key) == nullptr) return false;
  }
  return std::all_of(usage.items().begin(), usage.items().end(), [&shape](const auto& item) {
    const std::string& key = item.key();
    const bool is_sum = key == shape.input || key == shape.output || key == shape.total;
    const bool is_details = key == shape.input_details || key == shape.output_details;
    return is_sum || (is_details && (item.value().is_object() || item.value().is_null()));
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
void ReadPlainUsage(const Json& usage, UsageForms& forms) {
  const bool is_old =
      usage.contains("promptTokens") || usage.contains("completionTokens") || usage.contains("totalTokens");
  const Json* input = Number(usage, is_old ? "promptTokens" : "input");
  const Json* output = Number(usage, is_old ? "completionTokens" : "output");
  const Json* total = Number(usage, is_old ? "totalTokens" : "total");
  if (input != nullptr) forms.usage["input"] = *input;
  if (output != nullptr) forms.usage["output"] = *output;
  if (total != nullptr) forms.usage["total"] = *total;
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
  if (const auto usage = body.find("usage"); usage != body.end() && usage->is_object())
    ReadPlainUsage(*usage, forms);
  if (const auto details = body.find("usageDetails"); details != body.end() && details->is_object()) {
    const Json converted = FromOpenAiUsage(*details);
    for (const auto& [key, value] : (converted.is_null() ? *details : converted).items())
      forms.usage[key] = value;
  }
  if (const auto details = body.find("costDetails"); details != body.end() && details->is_object()) {
    for (const auto& [key, value] : details->items()) {
      if (value.is_number() && value.get<double>() >= 0) forms.cost[key] = value;
    }
  }
  return forms;
}

}  // namespace repartee::server
