#include "repartee/cli/trace_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <iterator>
#include <map>
#include <set>

#include "repartee/base/terminal_text.h"

namespace repartee::cli {
namespace {

constexpr std::size_t kTitleWidth = 44;
constexpr std::size_t kTextWidth = 100;
constexpr int kBarWidth = 24;
constexpr std::size_t kMaxDepth = 32;  // spans that come from elsewhere may nest without end

std::string Padded(const std::string& text, std::size_t width) {
  const std::size_t used = CharacterCount(text);
  return text + std::string(used < width ? width - used : 0, ' ');
}

class Paint {
 public:
  explicit Paint(bool colours) : colours_(colours) {}
  std::string Bold(const std::string& text) const { return In("1", text); }
  std::string Dim(const std::string& text) const { return In("2", text); }
  std::string Red(const std::string& text) const { return In("31", text); }
  std::string Outcome(const std::string& outcome, const std::string& shown) const {
    if (outcome == "error") return In("31", shown);
    if (outcome == "warning") return In("33", shown);
    return outcome == "live" ? In("32", shown) : shown;
  }

 private:
  std::string In(const char* code, const std::string& text) const {
    return colours_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }
  const bool colours_;
};

// 812 ms, 1.60 s.
std::string Duration(double ms) {
  return ms < 1000 ? fmt::format("{:.0f} ms", ms) : fmt::format("{:.2f} s", ms / 1000);
}

std::string OptionalDuration(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_number() ? Duration(found->get<double>()) : "-";
}

std::string LocalTime(double ms) {
  const auto seconds = static_cast<std::time_t>(std::clamp(ms / 1000, 0.0, 4e9));
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(seconds));
}

double EndOf(const Json& object, double otherwise) {
  const auto found = object.is_object() ? object.find("end") : object.end();
  return found != object.end() && found->is_number() ? found->get<double>() : otherwise;
}

// From `from` to `to` of a whole, in eighths of a character.
std::string Bar(double from, double to, double whole) {
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (!(whole > 0)) return std::string(kBarWidth, ' ');
  const int first = std::clamp(static_cast<int>(from / whole * kBarWidth), 0, kBarWidth - 1);
  const int eighths = std::clamp(static_cast<int>(std::lround((to - from) / whole * kBarWidth * 8)), 1,
                                 (kBarWidth - first) * 8);
  std::string bar(static_cast<std::size_t>(first), ' ');
  for (int i = 0; i < eighths / 8; ++i) bar += "█";
  bar += kEighths[eighths % 8];
  return Padded(bar, kBarWidth);
}

bool IsTrue(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

void AppendTurn(std::string& out, const Json& turn, double start, const Paint& paint) {
  fmt::format_to(std::back_inserter(out), "\n{}  at {}", paint.Bold(TextOf(turn, "label")),
                 Duration(std::max(NumberOf(turn, "start") - start, 0.0)));
  const std::string reply = OptionalDuration(turn, "reply");
  if (reply != "-") out += "  reply " + reply;
  if (IsTrue(turn, "interrupted")) out += "  interrupted";
  if (IsTrue(turn, "live")) out += "  live";
  out += "\n";
  const std::pair<const char*, const char*> lines[] = {
      {"user_text", "user: "}, {"bot_text", "bot:  "}, {"bot_unspoken", "      not spoken: "}};
  for (const auto& [key, label] : lines) {
    const std::string text = TextOf(turn, key);
    if (!text.empty()) out += "  " + paint.Dim(label) + OneLine(text, kTextWidth) + "\n";
  }
  for (const Json& error : Items(turn, "errors")) {
    if (error.is_string())
      out += "  " + paint.Red("error: " + OneLine(error.get<std::string>(), kTextWidth)) + "\n";
  }
  for (const Json& part : Items(turn, "contributions")) {
    const double from = NumberOf(part, "from");
    const double duration = NumberOf(part, "duration");
    fmt::format_to(std::back_inserter(out), "    {} {:>7.0f} ms  {}  {}\n", Padded(TextOf(part, "name"), 22),
                   duration, Bar(from, from + duration, NumberOf(turn, "reply")),
                   paint.Dim(OneLine(TextOf(part, "detail"), 40)));
  }
}

class Tree {
 public:
  Tree(const Json& spans, const Paint& paint) : paint_(paint) {
    std::set<std::string> known;
    for (const Json& span : spans) known.insert(TextOf(span, "id"));
    for (const Json& span : spans) {
      const std::string parent = TextOf(span, "parent");
      children_[known.contains(parent) ? parent : ""].push_back(&span);
      const double from = NumberOf(span, "start");
      start_ = seen_ ? std::min(start_, from) : from;
      end_ = std::max(end_, EndOf(span, from));
      seen_ = true;
    }
  }

  std::string Print() {
    for (const Json* root : children_[""]) Collect(*root, "", "", 0);
    std::size_t width = 0;
    for (const Row& row : rows_)
      width = std::max(width, CharacterCount(row.branch) + CharacterCount(row.label));
    std::string out;
    for (const Row& row : rows_) Append(out, row, width);
    return out;
  }

 private:
  struct Row {
    std::string branch;
    std::string label;
    const Json* span;
  };

  void Collect(const Json& span, const std::string& branch, const std::string& indent, std::size_t depth) {
    rows_.push_back({branch, OneLine(TextOf(span, "label"), 60), &span});
    const auto children = children_.find(TextOf(span, "id"));
    if (children == children_.end() || depth + 1 >= kMaxDepth) return;
    for (const Json* child : children->second) {
      const bool last = child == children->second.back();
      Collect(*child, indent + (last ? "└── " : "├── "), indent + (last ? "    " : "│   "), depth + 1);
    }
  }

  void Append(std::string& out, const Row& row, std::size_t width) const {
    const Json& span = *row.span;
    const double from = NumberOf(span, "start") - start_;
    const double to = EndOf(span, end_) - start_;
    const std::size_t used = CharacterCount(row.branch) + CharacterCount(row.label);
    fmt::format_to(std::back_inserter(out), "{}{}{}  {}  {:>8} {:>8}", paint_.Dim(row.branch), row.label,
                   std::string(width - used, ' '), Bar(from, to, end_ - start_), Duration(from),
                   Duration(to - from));
    const std::string ttfb = OptionalDuration(span, "ttfb");
    if (ttfb != "-") out += "  ttfb " + ttfb;
    const std::string model = TextOf(span, "model");
    if (!model.empty()) out += "  " + paint_.Dim(OneLine(model, 40));
    if (IsTrue(span, "provisional")) out += "  open";
    if (TextOf(span, "level") == "ERROR") out += "  " + paint_.Red("error");
    out += "\n";
  }

  const Paint& paint_;
  std::map<std::string, std::vector<const Json*>> children_;  // roots under the empty id
  std::vector<Row> rows_;
  double start_ = 0;
  double end_ = 0;
  bool seen_ = false;
};

}  // namespace

std::string TextOf(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

double NumberOf(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_number() ? found->get<double>() : 0.0;
}

Json Items(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_array() ? *found : Json::array();
}

std::string ListText(const Json& page, bool colours) {
  const Json rows = Items(page, "rows");
  if (rows.empty()) return "No conversations.\n";
  const Paint paint(colours);
  std::string out = paint.Dim(fmt::format("{:<8}  {:<19}  {}  {:>8}  {:>5}  {:>9}  {:>9}  {}", "id", "start",
                                          Padded("title", kTitleWidth), "length", "turns", "reply p50",
                                          "reply p95", "outcome")) +
                    "\n";
  for (const Json& row : rows) {
    const double start = NumberOf(row, "start");
    const double end = EndOf(row, -1);
    const std::string outcome = TextOf(row, "outcome");
    fmt::format_to(std::back_inserter(out), "{:<8}  {:<19}  {}  {:>8}  {:>5}  {:>9}  {:>9}  {}\n",
                   TextOf(row, "id").substr(0, 8), LocalTime(start),
                   Padded(OneLine(TextOf(row, "title"), kTitleWidth - 1), kTitleWidth),
                   end < 0 ? "-" : Duration(end - start), NumberOf(row, "turns"),
                   OptionalDuration(row, "reply_p50"), OptionalDuration(row, "reply_p95"),
                   paint.Outcome(outcome, outcome));
  }
  const double total = NumberOf(page, "total");
  if (total > static_cast<double>(rows.size()))
    fmt::format_to(std::back_inserter(out), "{} of {:.0f}\n", rows.size(), total);
  return out;
}

std::string ConversationText(const Json& detail, const Json& spans, bool colours) {
  const Paint paint(colours);
  const Json row = detail.is_object() ? detail.value("conversation", Json()) : Json();
  const double start = NumberOf(row, "start");
  const double end = EndOf(row, -1);
  const std::string outcome = TextOf(row, "outcome");
  std::string out = paint.Bold(OneLine(TextOf(row, "title"), kTextWidth)) + "\n";
  fmt::format_to(std::back_inserter(out), "{}  {}  {}  {} turns  {} barge-ins  {} spans  {}\n",
                 TextOf(row, "id"), LocalTime(start), end < 0 ? "going on" : Duration(end - start),
                 NumberOf(row, "turns"), NumberOf(row, "barge_ins"), NumberOf(row, "spans"),
                 paint.Outcome(outcome, outcome));
  for (const Json& turn : Items(detail, "turns")) AppendTurn(out, turn, start, paint);
  return out + "\n" + Tree(spans, paint).Print();
}

std::string TurnLine(const Json& upsert, bool colours) {
  const Json turn = upsert.is_object() ? upsert.value("turn", Json()) : Json();
  if (IsTrue(turn, "live") || !turn.is_object()) return {};
  const Paint paint(colours);
  std::string line = fmt::format("{}  {}  {}  reply {:>8}", LocalTime(NumberOf(turn, "start")),
                                 paint.Dim(TextOf(upsert, "conversation_id").substr(0, 8)),
                                 Padded(TextOf(turn, "label"), 8), OptionalDuration(turn, "reply"));
  const std::string user = TextOf(turn, "user_text");
  const std::string bot = TextOf(turn, "bot_text");
  if (!user.empty()) line += "  user: " + OneLine(user, kTextWidth / 2);
  if (!bot.empty()) line += "  bot: " + OneLine(bot, kTextWidth / 2);
  if (IsTrue(turn, "interrupted")) line += "  interrupted";
  return line + "\n";
}

}  // namespace repartee::cli
