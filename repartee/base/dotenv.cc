#include "repartee/base/dotenv.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <unordered_map>

namespace repartee {
namespace {

constexpr std::size_t kMaxFileBytes = 1 << 20;
constexpr std::size_t kMaxValueBytes = 1 << 20;  // of all values: expansion could double each

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\v' || c == '\f'; }
bool IsNewline(char c) { return c == '\n' || c == '\r'; }

class DotenvParser {
 public:
  DotenvParser(std::string_view text, std::string_view where, const DotenvLookup& lookup)
      : text_(text), where_(where), lookup_(lookup) {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;  // byte order mark of some editors
  }

  Result<DotenvEntries> Parse() {
    for (SkipBlankLines(); !AtEnd(); SkipBlankLines()) {
      const std::size_t begin = at_;
      if (Status status = ParseLine(); !status.ok()) {
        const auto line =
            1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
        return std::move(status).Annotate("{}:{}", where_, line);
      }
    }
    return std::move(entries_);
  }

 private:
  bool AtEnd() const { return at_ >= text_.size(); }
  bool AtLineEnd() const { return AtEnd() || IsNewline(text_[at_]); }
  char Peek() const { return AtEnd() ? '\0' : text_[at_]; }
  void SkipBlanks() {
    while (!AtEnd() && IsBlank(text_[at_])) ++at_;
  }
  void SkipBlankLines() {
    while (!AtEnd() && (IsBlank(text_[at_]) || IsNewline(text_[at_]))) ++at_;
  }
  void SkipLine() {
    while (!AtLineEnd()) ++at_;
  }

  Status ParseLine() {
    if (Peek() == '#') {
      SkipLine();
      return OkStatus();
    }
    SkipExport();
    Result<std::string> name = ParseName();
    if (!name.ok()) return std::move(name).status();
    SkipBlanks();
    bool assigned = false;
    std::string value;
    if (Peek() == '=') {
      ++at_;
      assigned = true;
      if (Status status = ParseValue(value); !status.ok())
        return std::move(status).Annotate("value of {}", *name);
    }
    SkipBlanks();
    if (Peek() == '#') SkipLine();
    if (!AtLineEnd()) {
      return Status::InvalidArgument(
          "\"{}\" is not followed by \"=\" and one value (quote a value with quotes inside)", *name);
    }
    // A name alone, as after `export`, says nothing.
    if (assigned) Set(*std::move(name), std::move(value));
    return OkStatus();
  }

  void SkipExport() {
    constexpr std::string_view kExport = "export";
    if (!text_.substr(at_).starts_with(kExport)) return;
    const std::size_t after = at_ + kExport.size();
    if (after >= text_.size() || !IsBlank(text_[after])) return;
    at_ = after;
    SkipBlanks();
  }

  Result<std::string> ParseName() {
    const bool quoted = Peek() == '\'';
    if (quoted) ++at_;
    const std::size_t begin = at_;
    const std::string_view ends = quoted ? "'\r\n" : "=# \t\v\f\r\n";
    while (!AtEnd() && ends.find(text_[at_]) == std::string_view::npos) ++at_;
    std::string name(text_.substr(begin, at_ - begin));
    if (quoted && Peek() != '\'') return Status::InvalidArgument("the quote around the name is not closed");
    if (quoted) ++at_;
    if (name.empty() || name.find('=') != std::string::npos || name.find('\0') != std::string::npos) {
      return Status::InvalidArgument("there is no usable name before \"=\"");
    }
    return name;
  }

  Status ParseValue(std::string& value) {
    const std::size_t after_equals = at_;
    SkipBlanks();
    const char quote = Peek();
    if (quote == '\'' || quote == '"') {
      if (Status status = ParseQuoted(quote, value); !status.ok()) return status;
    } else {
      value = ParseUnquoted(after_equals);
    }
    // In single quotes everything stays as it is.
    if (quote != '\'') value = Expand(value);
    if (value.find('\0') != std::string::npos) return Status::InvalidArgument("it has a zero byte");
    value_bytes_ += value.size();
    if (value_bytes_ > kMaxValueBytes) {
      return Status::InvalidArgument("all values together have more than {} bytes", kMaxValueBytes);
    }
    return OkStatus();
  }

  std::string ParseUnquoted(std::size_t after_equals) {
    const std::size_t begin = at_;
    std::size_t end = begin;  // behind the last character that counts
    for (; !AtLineEnd(); ++at_) {
      const bool after_blank = at_ > after_equals && IsBlank(text_[at_ - 1]);
      if (text_[at_] == '#' && after_blank) break;
      if (!IsBlank(text_[at_])) end = at_ + 1;
    }
    SkipLine();
    return std::string(text_.substr(begin, end - begin));
  }

  Status ParseQuoted(char quote, std::string& value) {
    for (++at_; !AtEnd(); ++at_) {
      const char c = text_[at_];
      if (c == quote) {
        ++at_;
        return OkStatus();
      }
      if (c != '\\' || at_ + 1 >= text_.size()) {
        value += c;
        continue;
      }
      const char next = text_[at_ + 1];
      const char escaped = Unescape(next, quote);
      value += escaped != '\0' ? escaped : c;
      if (escaped != '\0') ++at_;
    }
    return Status::InvalidArgument("the quote {} is not closed", quote);
  }

  // The character that backslash and `next` stand for; zero if they are no escape here.
  static char Unescape(char next, char quote) {
    if (next == '\\' || next == '\'') return next;
    if (quote == '\'') return '\0';
    constexpr std::string_view kNames = "\"abfnrtv";
    constexpr std::string_view kValues = "\"\a\b\f\n\r\t\v";
    const auto found = kNames.find(next);
    return found == std::string_view::npos ? '\0' : kValues[found];
  }

  // ${NAME} and ${NAME:-default}.
  std::string Expand(std::string_view value) const {
    std::string out;
    while (true) {
      const auto open = value.find("${");
      const auto close = open == std::string_view::npos ? open : value.find('}', open);
      if (close == std::string_view::npos || out.size() > kMaxValueBytes) return out.append(value);
      out += value.substr(0, open);
      const std::string_view inside = value.substr(open + 2, close - open - 2);
      const auto colon = inside.find(':');
      const bool has_default = colon != std::string_view::npos && inside.substr(colon).starts_with(":-");
      if (colon != std::string_view::npos && !has_default) {
        out += value.substr(open, close + 1 - open);
      } else {
        const std::string name(inside.substr(0, colon));
        out += Find(name).value_or(std::string(has_default ? inside.substr(colon + 2) : std::string_view()));
      }
      value.remove_prefix(close + 1);
    }
  }

  std::optional<std::string> Find(const std::string& name) const {
    if (std::optional<std::string> known = lookup_ ? lookup_(name) : std::nullopt) return known;
    const auto found = places_.find(name);
    return found == places_.end() ? std::nullopt : std::optional(entries_[found->second].second);
  }

  // The last of equal names counts.
  void Set(std::string name, std::string value) {
    const auto [place, added] = places_.try_emplace(name, entries_.size());
    if (added) return static_cast<void>(entries_.emplace_back(std::move(name), std::move(value)));
    entries_[place->second].second = std::move(value);
  }

  std::string_view text_;
  std::string_view where_;
  const DotenvLookup& lookup_;
  std::size_t at_ = 0;
  DotenvEntries entries_;
  std::unordered_map<std::string, std::size_t> places_;  // of names in entries_
  std::size_t value_bytes_ = 0;
};

std::optional<std::string> FromEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

}  // namespace

Result<DotenvEntries> ParseDotenv(std::string_view text, std::string_view where, const DotenvLookup& lookup) {
  return DotenvParser(text, where, lookup).Parse();
}

Status LoadDotenv(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return OkStatus();
  std::string text(kMaxFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad()) return Status::Unavailable("{}: cannot be read", path);
  if (text.size() > kMaxFileBytes)
    return Status::ResourceExhausted("{}: larger than {} bytes", path, kMaxFileBytes);

  Result<DotenvEntries> entries = ParseDotenv(text, path, FromEnvironment);
  if (!entries.ok()) return std::move(entries).status();
  for (const auto& [name, value] : *entries) {
    constexpr int kKeepExisting = 0;
    if (setenv(name.c_str(), value.c_str(), kKeepExisting) != 0) {
      return Status::ResourceExhausted("{}: no room in the environment for {}", path, name);
    }
  }
  return OkStatus();
}

}  // namespace repartee
