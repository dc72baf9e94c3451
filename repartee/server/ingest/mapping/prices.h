// What a model costs: a table of name patterns with prices per usage unit, some
// with tiers that depend on the usage, the model's parameters or the metadata.
//
// Patterns are RE2's, whose time grows with the name alone: projects bring their own.
// Thread: any; look-ups are remembered (10,000 names, then forgotten and begun anew).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/server/model/observation.h"

namespace re2 {
class RE2;
}

namespace repartee::server {

using Usage = std::vector<std::pair<std::string, std::int64_t>>;

struct PriceCondition {
  enum class By : std::uint8_t {
    kUsage,      // the sum of the usage under `usage_keys`, by `comparison` with `value`
    kParameter,  // the model parameter `key` being one of `values`
    kMetadata    // the same of the metadata
  };
  By by = By::kUsage;
  std::shared_ptr<const re2::RE2> usage_keys;  // shared by copies of the table's entry
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

  // A condition asks for metadata.
  bool needs_metadata() const;
};

struct Cost {
  std::vector<std::pair<std::string, double>> details;  // USD; "total" last
  std::string tier;
};

class PriceTable {
 public:
  // The built-in table of language models. Its patterns are compiled at first use.
  static const PriceTable& BuiltIn();
  // Speech to text by the millisecond of audio and text to speech by the character, which
  // the compatible server does not price; with voice additions alone.
  static const PriceTable& Speech();

  // Malformed names the line.
  static Result<std::unique_ptr<PriceTable>> Parse(std::string_view json_lines);

  // The price of that model name for a span that started then, or null. Of several the one
  // that begins last counts, then the one that stands first.
  const ModelPrice* Find(std::string_view model, std::int64_t start_ns) const;

 private:
  struct Entry {
    std::shared_ptr<const re2::RE2> pattern;
    std::int64_t from_ns = INT64_MIN;
    ModelPrice price;
  };
  const std::vector<const Entry*> Match(const std::string& name) const;

  std::vector<Entry> entries_;  // those that begin last come first
  mutable std::shared_mutex mutex_;
  // Up to the first that always holds; guarded by mutex_.
  mutable std::unordered_map<std::string, std::vector<const Entry*>> found_;
};

// What a tier may depend on; parameters and metadata have their values as JSON text, the
// metadata's texts plainly.
struct PriceFacts {
  const Usage& usage;
  const std::vector<MetadataEntry>& parameters;
  const std::vector<MetadataEntry>& metadata;
};
// Nothing if the usage is empty.
std::optional<Cost> ComputeCost(const ModelPrice& price, const PriceFacts& facts);

// InvalidArgument if a pattern cannot be used.
Status CheckPricePattern(std::string_view pattern);

namespace internal {
extern const std::string_view kModelPricesJsonLines;
extern const std::string_view kSpeechPricesJsonLines;
}  // namespace internal

}  // namespace repartee::server
