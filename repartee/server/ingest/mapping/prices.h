// What a model costs: a table of name patterns with prices per usage unit, some
// with tiers that depend on the usage. Speech models are not in it.
//
// Thread: any; look-ups are remembered (10,000 names, then forgotten and begun anew).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <regex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/server/model/observation.h"

namespace repartee::server {

using Usage = std::vector<std::pair<std::string, std::int64_t>>;

struct PriceCondition {
  bool by_usage = true;  // else by the model parameter `key` being one of `values`
  std::regex usage_keys;
  std::string key;
  std::string comparison;  // gt, gte, lt, lte, eq, neq
  double value = 0;
  std::vector<std::string> values;
};

struct PriceTier {
  std::string name;
  bool is_default = false;
  std::vector<PriceCondition> conditions;
  std::vector<std::pair<std::string, double>> prices;  // usage key to USD a unit
};

struct ModelPrice {
  std::string id;
  std::string tokenizer_model;   // whose tokens count where no usage was given; empty: none
  std::vector<PriceTier> tiers;  // by priority, the default one last
};

struct Cost {
  std::vector<std::pair<std::string, double>> details;  // USD; "total" last
  std::string tier;
};

class PriceTable {
 public:
  // The built-in table. Its patterns are compiled at first use.
  static const PriceTable& BuiltIn();

  // Malformed names the line.
  static Result<std::unique_ptr<PriceTable>> Parse(std::string_view json_lines);

  // The price of that model name, or null.
  const ModelPrice* Find(std::string_view model) const;

 private:
  struct Entry {
    std::string id;
    std::regex pattern;
    ModelPrice price;
  };
  std::vector<Entry> entries_;
  mutable std::shared_mutex mutex_;
  mutable std::unordered_map<std::string, const ModelPrice*> found_;  // guarded by mutex_
};

// Nothing if the usage is empty. `parameters` are the model parameters, values as JSON text.
std::optional<Cost> ComputeCost(const ModelPrice& price, const Usage& usage,
                                const std::vector<MetadataEntry>& parameters);

namespace internal {
extern const std::string_view kModelPricesJsonLines;
}

}  // namespace repartee::server
