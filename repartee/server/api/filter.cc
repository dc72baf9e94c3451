#include "repartee/server/api/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "repartee/base/json.h"
#include "repartee/server/limits.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

constexpr std::pair<std::string_view, FilterOperator> kOperators[] = {
    {"=", FilterOperator::kEqual},
    {"<>", FilterOperator::kNotEqual},
    {"<", FilterOperator::kLess},
    {"<=", FilterOperator::kLessOrEqual},
    {">", FilterOperator::kGreater},
    {">=", FilterOperator::kGreaterOrEqual},
    {"contains", FilterOperator::kContains},
    {"does not contain", FilterOperator::kDoesNotContain},
    {"starts with", FilterOperator::kStartsWith},
    {"ends with", FilterOperator::kEndsWith},
    {"matches", FilterOperator::kMatches},
    {"any of", FilterOperator::kAnyOf},
    {"none of", FilterOperator::kNoneOf},
    {"all of", FilterOperator::kAllOf},
    {"is null", FilterOperator::kIsNull},
    {"is not null", FilterOperator::kIsNotNull},
};

// What kind of value a condition has, and which operators fit.
struct KindRule {
  std::string_view name;
  FilterKind kind;
  std::string_view operators;  // between bars
  bool needs_key;
};

constexpr std::string_view kTextOperators = "|=|contains|does not contain|starts with|ends with|matches|";
constexpr std::string_view kNumberOperators = "|=|<|<=|>|>=|";

constexpr KindRule kKinds[] = {
    {"datetime", FilterKind::kDatetime, "|<|<=|>|>=|", false},
    {"string", FilterKind::kString, kTextOperators, false},
    {"number", FilterKind::kNumber, kNumberOperators, false},
    {"stringOptions", FilterKind::kStringOptions, "|any of|none of|", false},
    {"categoryOptions", FilterKind::kCategoryOptions, "|any of|none of|", true},
    {"arrayOptions", FilterKind::kArrayOptions, "|any of|none of|all of|", false},
    {"stringObject", FilterKind::kStringObject, kTextOperators, true},
    {"numberObject", FilterKind::kNumberObject, kNumberOperators, true},
    {"booleanObject", FilterKind::kBooleanObject, "|=|<>|", true},
    {"boolean", FilterKind::kBoolean, "|=|<>|", false},
    {"null", FilterKind::kNull, "|is null|is not null|", false},
    {"positionInTrace", FilterKind::kPositionInTrace, "|=|", true},
};

bool IsWordByte(char c) {
  // Bytes beyond ASCII belong to letters.
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (IsWordByte(c)) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

// One condition's fields with the place where its faults are told.
class ConditionReader {
 public:
  ConditionReader(const Json& json, std::vector<std::string> path, Faults& faults)
      : json_(json), path_(std::move(path)), faults_(faults) {}

  std::optional<FilterCondition> Read(const std::function<bool(std::string_view)>& is_column) {
    if (!json_.is_object()) return Fault("", "invalid_type", "Expected object");
    FilterCondition condition;
    condition.column = Text("column");
    if (!is_column(condition.column))
      return Fault("column", "invalid_value", fmt::format("No such column: {}", condition.column));
    const std::string type = Text("type");
    const auto* kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                    [&type](const KindRule& k) { return k.name == type; });
    if (kind == std::end(kKinds))
      return Fault("type", "invalid_value", fmt::format("No such filter type: {}", type));
    condition.kind = kind->kind;
    const bool is_place = condition.kind == FilterKind::kPositionInTrace;
    if (is_place != (condition.column == kPositionColumn))
      return Fault("type", "invalid_value", fmt::format("Type {} does not fit this column", type));
    const std::string op = Text("operator");
    const auto* known = std::find_if(std::begin(kOperators), std::end(kOperators),
                                     [&op](const auto& o) { return o.first == op; });
    const bool fits = kind->operators.find("|" + op + "|") != std::string_view::npos;
    if (known == std::end(kOperators) || !fits)
      return Fault("operator", "invalid_value", fmt::format("Type {} has no operator '{}'", type, op));
    condition.op = known->second;
    condition.key = Text("key");
    if (kind->needs_key && condition.key.empty())
      return Fault("key", "invalid_type", fmt::format("Type {} needs a key", type));
    return ReadValue(std::move(condition));
  }

 private:
  std::string Text(const char* name) const {
    const auto found = json_.find(name);
    return found != json_.end() && found->is_string() ? found->get<std::string>() : std::string();
  }

  std::nullopt_t Fault(const char* field, std::string_view code, std::string message) {
    std::vector<std::string> path = path_;
    if (*field != '\0') path.emplace_back(field);
    faults_.Add(std::move(path), code, std::move(message));
    return std::nullopt;
  }

  std::optional<FilterCondition> ReadValue(FilterCondition condition) {
    const auto found = json_.find("value");
    const Json value = found == json_.end() ? Json() : *found;
    switch (condition.kind) {
      case FilterKind::kNull: return condition;
      case FilterKind::kDatetime: {
        const auto time =
            value.is_string() ? ParseIsoTime(value.get_ref<const std::string&>()) : std::nullopt;
        if (!time) return Fault("value", "invalid_format", "Expected an ISO 8601 time");
        condition.time_ns = *time;
        return condition;
      }
      case FilterKind::kNumber:
      case FilterKind::kNumberObject:
        if (!value.is_number()) return Fault("value", "invalid_type", "Expected number");
        condition.number = value.get<double>();
        return condition;
      case FilterKind::kPositionInTrace: return ReadPlace(std::move(condition), value);
      case FilterKind::kBoolean:
      case FilterKind::kBooleanObject:
        if (!value.is_boolean()) return Fault("value", "invalid_type", "Expected boolean");
        condition.flag = value.get<bool>();
        return condition;
      case FilterKind::kString:
      case FilterKind::kStringObject:
        if (!value.is_string()) return Fault("value", "invalid_type", "Expected string");
        condition.text = value.get<std::string>();
        return ReadWords(std::move(condition));
      default: return ReadOptions(std::move(condition), value);
    }
  }

  std::optional<FilterCondition> ReadPlace(FilterCondition condition, const Json& value) {
    const std::string& key = condition.key;
    condition.number = 1;
    if (key == "root" || key == "first" || key == "last") return condition;
    if (key != "nthFromStart" && key != "nthFromEnd")
      return Fault("key", "invalid_value", "Expected root, first, last, nthFromStart or nthFromEnd");
    if (!value.is_number() || value.get<double>() < 1)
      return Fault("value", "invalid_value", "Position must be >= 1 for nth selection");
    condition.number = value.get<double>();
    return condition;
  }

  std::optional<FilterCondition> ReadWords(FilterCondition condition) {
    if (condition.op != FilterOperator::kMatches) return condition;
    condition.options = Words(condition.text);
    if (condition.options.empty() || condition.options.size() > kMaxFilterWords) {
      return Fault("value", "invalid_value",
                   fmt::format("matches needs at least one word and at most {}", kMaxFilterWords));
    }
    return condition;
  }

  std::optional<FilterCondition> ReadOptions(FilterCondition condition, const Json& value) {
    if (!value.is_array() || value.size() > kMaxFilterOptions)
      return Fault("value", "invalid_type", fmt::format("Expected at most {} strings", kMaxFilterOptions));
    for (const Json& option : value) {
      if (!option.is_string()) return Fault("value", "invalid_type", "Expected an array of strings");
      condition.options.push_back(option.get<std::string>());
    }
    const bool may_be_empty =
        condition.kind == FilterKind::kArrayOptions && condition.op != FilterOperator::kAnyOf;
    if (condition.options.empty() && !may_be_empty)
      return Fault("value", "too_small", "Expected at least one string");
    return condition;
  }

  const Json& json_;
  const std::vector<std::string> path_;
  Faults& faults_;
};

bool IsAbsent(const FieldValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return true;
  const auto* text = std::get_if<std::string>(&value);
  const auto* texts = std::get_if<std::vector<std::string>>(&value);
  return (text != nullptr && text->empty()) || (texts != nullptr && texts->empty());
}

bool HasAllWords(const FilterCondition& condition, std::string_view text) {
  // Keys of metadata are looked up as they are written, texts without case.
  const bool exact = condition.kind == FilterKind::kStringObject;
  std::vector<std::string> words = Words(exact ? std::string(text) : Lower(text));
  std::sort(words.begin(), words.end());
  return std::all_of(condition.options.begin(), condition.options.end(), [&](const std::string& word) {
    return std::binary_search(words.begin(), words.end(), exact ? word : Lower(word));
  });
}

bool SatisfiesText(const FilterCondition& condition, std::string_view text) {
  switch (condition.op) {
    case FilterOperator::kEqual: return text == condition.text;
    case FilterOperator::kContains: return text.find(condition.text) != std::string_view::npos;
    case FilterOperator::kDoesNotContain: return text.find(condition.text) == std::string_view::npos;
    case FilterOperator::kStartsWith: return text.starts_with(condition.text);
    case FilterOperator::kEndsWith: return text.ends_with(condition.text);
    case FilterOperator::kMatches: return HasAllWords(condition, text);
    default: return false;
  }
}

bool SatisfiesOptions(const FilterCondition& condition, const std::vector<std::string>& values) {
  const auto has = [&values](const std::string& option) {
    return std::find(values.begin(), values.end(), option) != values.end();
  };
  const std::vector<std::string>& options = condition.options;
  switch (condition.op) {
    case FilterOperator::kAnyOf: return std::any_of(options.begin(), options.end(), has);
    case FilterOperator::kNoneOf: return std::none_of(options.begin(), options.end(), has);
    case FilterOperator::kAllOf: return std::all_of(options.begin(), options.end(), has);
    default: return false;
  }
}

std::string AsText(const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* time = std::get_if<TimePoint>(&value)) return FormatIsoTime(time->ns);
  return {};
}

}  // namespace

std::vector<FilterCondition> ParseFilter(std::string_view json, std::string_view parameter,
                                         const std::function<bool(std::string_view)>& is_column,
                                         Faults& faults) {
  std::vector<FilterCondition> conditions;
  const Result<Json> parsed = ParseJson(json);
  if (!parsed.ok() || !parsed->is_array() || parsed->size() > kMaxFilterConditions) {
    faults.Add({std::string(parameter)}, "invalid_type",
               parsed.ok() ? fmt::format("Expected an array of at most {} conditions", kMaxFilterConditions)
                           : "Invalid JSON: " + parsed.status().message());
    return conditions;
  }
  for (std::size_t i = 0; i < parsed->size(); ++i) {
    ConditionReader reader((*parsed)[i], {std::string(parameter), std::to_string(i)}, faults);
    if (auto condition = reader.Read(is_column)) conditions.push_back(*std::move(condition));
  }
  return conditions;
}

bool Satisfies(const FilterCondition& condition, const FieldValue& value) {
  const bool absent = IsAbsent(value);
  switch (condition.kind) {
    case FilterKind::kNull: return absent == (condition.op == FilterOperator::kIsNull);
    case FilterKind::kBoolean:
    case FilterKind::kBooleanObject: {
      const auto* flag = std::get_if<bool>(&value);
      if (flag == nullptr) return condition.op == FilterOperator::kNotEqual;
      return Compares(condition.op, *flag, condition.flag);
    }
    case FilterKind::kNumber:
    case FilterKind::kNumberObject: {
      const auto* number = std::get_if<double>(&value);
      return number != nullptr && Compares(condition.op, *number, condition.number);
    }
    case FilterKind::kDatetime: {
      const auto* time = std::get_if<TimePoint>(&value);
      return time != nullptr && Compares(condition.op, time->ns, condition.time_ns);
    }
    case FilterKind::kString:
    case FilterKind::kStringObject: {
      if (absent) return condition.op == FilterOperator::kDoesNotContain;
      if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
        return std::any_of(texts->begin(), texts->end(),
                           [&](const std::string& text) { return SatisfiesText(condition, text); });
      }
      return SatisfiesText(condition, AsText(value));
    }
    default: {
      if (const auto* texts = std::get_if<std::vector<std::string>>(&value))
        return SatisfiesOptions(condition, *texts);
      return SatisfiesOptions(condition, absent ? std::vector<std::string>() : std::vector{AsText(value)});
    }
  }
}

}  // namespace repartee::server
