// How an agent file is read: each key of a map goes to its reader; what nobody reads, or what
// cannot be, is a Fault with its place. Faults are thrown, as the YAML library throws its own,
// and caught where the file is opened. Thread: pure functions.
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/base/json.h"
#include "repartee/base/status.h"

namespace repartee::yaml {

struct Fault {
  StatusCode code;
  YAML::Mark mark;
  std::string text;
};

[[noreturn]] void Refuse(const YAML::Node& node, std::string text);
// Refuses with the status' message unless it is ok.
void Check(const YAML::Node& node, const Status& status);

using Reader = std::function<void(const YAML::Node&)>;
using Readers = std::map<std::string, Reader, std::less<>>;

// `what` names the map in faults.
void ReadMap(const YAML::Node& node, const std::string& what, const Readers& readers);
// A word that is one of `readers`, or a map of one key that is: vad, or {min_words: {min_words: 2}}. A word
// alone is read as with an empty map.
void ReadChoice(const YAML::Node& node, const std::string& what, const Readers& readers);
// Each entry of a list; a single value counts as a list of one.
void ForEach(const YAML::Node& node, const Reader& read);

// Readers that store what they read; `value` is borrowed.
Reader Text(std::string& value);
Reader Texts(std::vector<std::string>& value);
Reader OneOf(std::string& value, std::vector<std::string> choices);
Reader Flag(bool& value);
Reader Whole(int& value, int least, int most);
Reader Number(double& value, double least, double most);
Reader Number(float& value, float least, float most);
// As people write them: 0.6.
Reader Seconds(Nanos& value, double most);

// A value of any kind. Refused beyond 32 levels or 10,000 values: aliases multiply.
Json ToJson(const YAML::Node& node);
// A text with each ${NAME} replaced by that variable of the environment. One that is not set is refused,
// unless it says what else: ${NAME:-http://localhost}.
std::string Expanded(const YAML::Node& node);

}  // namespace repartee::yaml
