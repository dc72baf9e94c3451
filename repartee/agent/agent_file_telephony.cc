#include <algorithm>
#include <array>

#include "repartee/agent/agent_file_parts.h"

namespace repartee::agent_file {
namespace {

constexpr std::array<std::string_view, 6> kTaken{"/", "/ws", "/connect", "/start", "/talk", "/api/agent"};

void CheckPath(const YAML::Node& node, const std::string& path, const std::vector<TelephonyLine>& lines) {
  const bool plain =
      path.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_-.") ==
      std::string::npos;
  if (!path.starts_with('/') || !plain) {
    yaml::Refuse(node, "a path is / and letters, digits, - and _: /calls/twilio");
  }
  const bool asset = path.starts_with("/assets/") || path == "/favicon.svg";
  if (asset || std::ranges::find(kTaken, path) != kTaken.end()) {
    yaml::Refuse(node, fmt::format("the agent itself answers at {}", path));
  }
  const bool known =
      std::ranges::any_of(lines, [&path](const TelephonyLine& line) { return line.path == path; });
  if (known) yaml::Refuse(node, fmt::format("two lines cannot both be at {}; give one another path", path));
}

// A reader of one company's line, at the path of its name unless another is given.
yaml::Reader Line(TelephonyCompany company, const std::string& name, std::vector<TelephonyLine>& lines) {
  return [company, name, &lines](const YAML::Node& node) {
    TelephonyLine line;
    line.company = company;
    line.path = "/" + name;
    std::string encoding;
    yaml::Readers readers{
        {"path", yaml::Text(line.path)},
        {"base_url", [&line](const YAML::Node& given) { line.base_url = yaml::Expanded(given); }},
        {"hang_up", yaml::Flag(line.hang_up)}};
    if (company == TelephonyCompany::kTelnyx) {
      readers.emplace("encoding", yaml::OneOf(encoding, {"PCMU", "PCMA"}));
    }
    yaml::ReadMap(node, name, readers);
    line.alaw = encoding == "PCMA";
    CheckPath(node, line.path, lines);
    if (line.hang_up && node["hang_up"]) yaml::Check(node["hang_up"], CheckHangUp(line));
    lines.push_back(std::move(line));
  };
}

}  // namespace

void ReadTelephony(const YAML::Node& node, AgentSettings& settings) {
  std::vector<TelephonyLine>& lines = settings.telephony;
  const auto line = [&lines](TelephonyCompany company, const std::string& name) {
    return std::pair<const std::string, yaml::Reader>(name, Line(company, name, lines));
  };
  const yaml::Readers companies{
      line(TelephonyCompany::kTwilio, "twilio"), line(TelephonyCompany::kTelnyx, "telnyx"),
      line(TelephonyCompany::kPlivo, "plivo"), line(TelephonyCompany::kExotel, "exotel"),
      line(TelephonyCompany::kVonage, "vonage")};
  yaml::ForEach(node,
                [&companies](const YAML::Node& entry) { yaml::ReadChoice(entry, "telephony", companies); });
}

}  // namespace repartee::agent_file
