#include "repartee/server/ingest/mapping/money.h"

#include <algorithm>
#include <cmath>

#include "repartee/server/ingest/mapping/prices.h"
#include "repartee/server/ingest/mapping/rules.h"
#include "repartee/server/ingest/mapping/tokenizer.h"
#include "repartee/server/ingest/mapping/values.h"

namespace repartee::server {
namespace {

constexpr double kMostSeconds = 1e7;  // beyond, what was sent is no length of audio
constexpr double kCostUnit = 1e12;    // stored costs are in 1e-12 USD

// Of a call that came without usage and did not fail.
Usage CountUsage(const SpanInput& in, const ModelPrice& price) {
  if (price.tokenizer_model.empty() || MapLevel(in) == Level::kError) return {};
  const Tokenizer* tokenizer = Tokenizer::ForModel(price.tokenizer_model);
  if (tokenizer == nullptr) return {};
  const InputOutput io = MapInputOutput(in);
  Usage usage;
  std::int64_t total = 0;
  for (const auto& [key, text] : {std::pair("input", &io.input), std::pair("output", &io.output)}) {
    const std::optional<std::int64_t> count = *text ? tokenizer->CountMessages(**text) : std::nullopt;
    if (!count) continue;
    usage.emplace_back(key, *count);
    total += *count;
  }
  if (!usage.empty()) usage.emplace_back("total", total);
  return usage;
}

std::optional<double> NumberOf(const SpanInput& in, std::string_view name, double most) {
  const otel::AnyValueView* value = in.attributes.FindByName(name);
  const std::optional<double> number = value != nullptr ? ToNumber(*value) : std::nullopt;
  if (!number || !(*number > 0 && *number < most)) return std::nullopt;
  return number;
}

Usage SpeechUsage(const SpanInput& in) {
  const Stage stage = MapStage(in);
  if (stage == Stage::kStt) {
    const std::optional<double> seconds = NumberOf(in, "metrics.audio_seconds", kMostSeconds);
    if (seconds) return {{kAudioUsage, std::llround(*seconds * 1e3)}};
  }
  if (stage == Stage::kTts) {
    const std::optional<double> characters = NumberOf(in, "metrics.character_count", 1e9);
    if (characters) return {{kCharacterUsage, std::llround(*characters)}};
  }
  return {};
}

const ModelPrice* FindPrice(const SpanInput& in, std::string_view model, std::int64_t start_ns) {
  if (model.empty()) return nullptr;
  const ModelPrice* price = in.own_prices != nullptr ? in.own_prices->Find(model, start_ns) : nullptr;
  if (price == nullptr) price = PriceTable::BuiltIn().Find(model, start_ns);
  if (price == nullptr && in.voice_additions) price = PriceTable::Speech().Find(model, start_ns);
  return price;
}

void AddUnitPrices(Money& money, const ModelPrice& price) {
  for (const PriceTier& tier : price.tiers) {
    if (money.tier ? tier.name != *money.tier : !tier.is_default) continue;
    for (const auto& [key, value] : tier.prices) {
      if (key == "input") money.input_price = value;
      if (key == "output") money.output_price = value;
      if (key == "total") money.total_price = value;
    }
    return;
  }
}

void AddCost(Money& money, const SpanInput& in, const ModelPrice& price,
             const std::vector<MetadataEntry>* parameters) {
  const std::vector<MetadataEntry> gathered =
      parameters != nullptr ? *parameters : MapModelParameters(in).value_or(std::vector<MetadataEntry>());
  const std::vector<MetadataEntry> metadata =
      price.needs_metadata() ? MapMetadata(in) : std::vector<MetadataEntry>();
  std::optional<Cost> cost = ComputeCost(price, {money.usage, gathered, metadata});
  if (!cost) return;
  // What the sender gives is final; the tier tells all the same what it would have been priced by.
  if (money.cost.empty()) money.cost = std::move(cost->details);
  money.tier = std::move(cost->tier);
}

}  // namespace

Money MapMoney(const SpanInput& in, std::string_view model, std::int64_t start_ns,
               const std::vector<MetadataEntry>* parameters) {
  Money money;
  const ModelPrice* price = FindPrice(in, model, start_ns);
  if (price != nullptr) money.price_id = price->id;
  if (!IsAgentOperation(in) && HasModelFields(MapType(in))) {
    money.usage = MapUsage(in, in.voice_additions);
    money.cost = MapGivenCost(in.attributes);
    const bool is_bare = money.usage.empty() && money.cost.empty();
    if (is_bare && in.voice_additions) money.usage = SpeechUsage(in);
    if (is_bare && money.usage.empty() && price != nullptr) money.usage = CountUsage(in, *price);
    if (price != nullptr && !money.usage.empty()) AddCost(money, in, *price, parameters);
  }
  if (price != nullptr) AddUnitPrices(money, *price);
  return money;
}

void AddMoney(SpanFacts& facts, const Money& money) {
  for (const auto& [key, value] : money.cost) {
    // 9 million dollars a span is the most that 64 bits of 1e-12 USD hold.
    if (key == "total" && value < 9e6) facts.cost = std::llround(value * kCostUnit);
  }
  facts.input_tokens = UsageOf(money.usage, "input");
  facts.output_tokens = UsageOf(money.usage, "output");
  facts.total_tokens = UsageOf(money.usage, "total");
}

void KeepStoredCost(Observation& observation, std::int64_t stored_cost) {
  if (observation.facts.cost == stored_cost) return;
  observation.facts.cost = stored_cost;
  observation.cost.clear();
  observation.price_tier.reset();
  if (stored_cost >= 0) observation.cost.emplace_back("total", static_cast<double>(stored_cost) / kCostUnit);
}

}  // namespace repartee::server
