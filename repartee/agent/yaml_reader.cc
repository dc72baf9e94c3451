#include "repartee/agent/yaml_reader.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace repartee::yaml {
namespace {

constexpr int kMaxDepth = 32;
constexpr int kMaxValues = 10000;

std::string KeysOf(const Readers& readers) {
  std::string keys;
  for (const auto& [key, reader] : readers) keys += (keys.empty() ? "" : ", ") + key;
  return keys;
}

template <class T>
Reader Ranged(T& value, T least, T most) {
  return [&value, least, most](const YAML::Node& node) {
    T number{};
    // A number that is none compares false with everything.
    if (!YAML::convert<T>::decode(node, number) || !(number >= least && number <= most)) {
      Refuse(node, fmt::format("a number from {} to {} is expected here", least, most));
    }
    value = number;
  };
}

// A plain word may be a number or a truth; one in quotes is a text.
Json ScalarToJson(const YAML::Node& node) {
  if (node.Tag() == "!") return node.Scalar();
  std::int64_t whole = 0;
  double number = 0;
  bool truth = false;
  if (YAML::convert<std::int64_t>::decode(node, whole)) return whole;
  if (YAML::convert<double>::decode(node, number)) return number;
  if (YAML::convert<bool>::decode(node, truth)) return truth;
  return node.Scalar();
}

Json ToJson(const YAML::Node& node, int depth, int& left) {
  if (depth > kMaxDepth || --left < 0) {
    Refuse(node, fmt::format("more than {} levels or {} values", kMaxDepth, kMaxValues));
  }
  if (node.IsSequence()) {
    Json list = Json::array();
    for (const auto& entry : node) list.push_back(ToJson(entry, depth + 1, left));
    return list;
  }
  if (node.IsMap()) {
    Json object = Json::object();
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) Refuse(entry.first, "a key must be a word");
      object[entry.first.Scalar()] = ToJson(entry.second, depth + 1, left);
    }
    return object;
  }
  return node.IsScalar() ? ScalarToJson(node) : Json(nullptr);
}

}  // namespace

void Refuse(const YAML::Node& node, std::string text) {
  throw Fault{StatusCode::kInvalidArgument, node.Mark(), std::move(text)};
}

void Check(const YAML::Node& node, const Status& status) {
  if (!status.ok()) Refuse(node, status.message());
}

void ReadMap(const YAML::Node& node, const std::string& what, const Readers& readers) {
  if (!node.IsMap()) Refuse(node, what + " must be a list of keys and values");
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) Refuse(entry.first, "a key must be a word");
    const std::string key = entry.first.Scalar();
    const auto reader = readers.find(key);
    if (reader == readers.end()) {
      Refuse(entry.first, fmt::format("{} has no key {}; it has {}", what, key, KeysOf(readers)));
    }
    reader->second(entry.second);
  }
}

void ReadChoice(const YAML::Node& node, const std::string& what, const Readers& readers) {
  const bool named = node.IsScalar();
  if (!named && !(node.IsMap() && node.size() == 1))
    Refuse(node, "one of " + KeysOf(readers) + " is expected here");
  const YAML::Node key = named ? node : node.begin()->first;
  const auto reader = readers.find(key.IsScalar() ? key.Scalar() : "");
  if (reader == readers.end()) {
    Refuse(key, fmt::format("{} is not known here; {} is one of {}", key.IsScalar() ? key.Scalar() : "this",
                            what, KeysOf(readers)));
  }
  reader->second(named ? YAML::Node(YAML::NodeType::Map) : node.begin()->second);
}

void ForEach(const YAML::Node& node, const Reader& read) {
  if (!node.IsSequence()) return read(node);
  for (const auto& entry : node) read(entry);
}

Reader Text(std::string& value) {
  return [&value](const YAML::Node& node) {
    if (!node.IsScalar()) Refuse(node, "a text is expected here");
    value = node.Scalar();
  };
}

Reader Texts(std::vector<std::string>& value) {
  return [&value](const YAML::Node& node) {
    value.clear();
    ForEach(node, [&value](const YAML::Node& entry) { Text(value.emplace_back())(entry); });
  };
}

Reader OneOf(std::string& value, std::vector<std::string> choices) {
  return [&value, choices = std::move(choices)](const YAML::Node& node) {
    Text(value)(node);
    if (std::find(choices.begin(), choices.end(), value) != choices.end()) return;
    Refuse(node, fmt::format("{} is not known here; possible is {}", value, fmt::join(choices, ", ")));
  };
}

Reader Flag(bool& value) {
  return [&value](const YAML::Node& node) {
    if (!YAML::convert<bool>::decode(node, value)) Refuse(node, "true or false is expected here");
  };
}

Reader Whole(int& value, int least, int most) { return Ranged(value, least, most); }
Reader Number(double& value, double least, double most) { return Ranged(value, least, most); }
Reader Number(float& value, float least, float most) { return Ranged(value, least, most); }

Reader Seconds(Nanos& value, double most) {
  return [&value, most](const YAML::Node& node) {
    double seconds = 0;
    Ranged(seconds, 0.0, most)(node);
    value = FromSeconds(seconds);
  };
}

Json ToJson(const YAML::Node& node) {
  int left = kMaxValues;
  return ToJson(node, 0, left);
}

std::string Expanded(const YAML::Node& node) {
  std::string text;
  Text(text)(node);
  std::size_t at = 0;
  while ((at = text.find("${", at)) != std::string::npos) {
    const std::size_t close = text.find('}', at);
    if (close == std::string::npos) Refuse(node, "a ${ without its }");
    const std::string inside = text.substr(at + 2, close - at - 2);
    const std::size_t otherwise = inside.find(":-");
    const std::string name = inside.substr(0, otherwise);
    const char* const given = std::getenv(name.c_str());
    if (given == nullptr && otherwise == std::string::npos) {
      Refuse(node, fmt::format("the environment has no variable {}", name));
    }
    const std::string value = given ? given : inside.substr(otherwise + 2);
    text.replace(at, close + 1 - at, value);
    at += value.size();
  }
  return text;
}

}  // namespace repartee::yaml
