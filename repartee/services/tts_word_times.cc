#include "repartee/services/tts_word_times.h"

#include <algorithm>

#include "repartee/services/text/utf8.h"

namespace repartee {
namespace {

constexpr std::size_t kMaxSegments = 1024;
// Words left out before one that fits again ("3" spoken as "three").
constexpr int kLookAhead = 5;

// Length of the tag at the start of `text`, 0 if there is none: "<spell>", "</spell>", "<break time='1s'/>".
std::size_t TagLength(std::string_view text) {
  if (text.size() < 3 || text[0] != '<') return 0;
  const char first = text[1] == '/' ? text[2] : text[1];
  if (!((first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z'))) return 0;
  const auto end = text.find_first_of("<>", 1);
  return end != std::string_view::npos && text[end] == '>' ? end + 1 : 0;
}

char32_t Folded(char32_t c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; }

CodePoint Next(std::string_view text, std::size_t at) {
  CodePoint c = FirstCodePoint(text.substr(at));
  // A character cut off at the end counts as one that is none.
  if (c.bytes == 0 && at < text.size()) c = {0xFFFD, text.size() - at};
  return c;
}

// Past everything that is neither a blank nor part of a word.
std::size_t SkipMarks(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const std::size_t tag = TagLength(text.substr(at));
    const CodePoint c = Next(text, at);
    if (tag == 0 && (IsBlank(c.value) || IsWordCharacter(c.value))) break;
    at += tag > 0 ? tag : c.bytes;
  }
  return at;
}

std::size_t SkipBlanks(std::string_view text, std::size_t at) {
  while (at < text.size() && IsBlank(Next(text, at).value)) at += Next(text, at).bytes;
  return at;
}

// Behind the word at `at` and the marks behind it.
std::size_t SkipWord(std::string_view text, std::size_t at) {
  while (at < text.size() && !IsBlank(Next(text, at).value)) {
    const std::size_t tag = TagLength(text.substr(at));
    at += tag > 0 ? tag : Next(text, at).bytes;
  }
  return at;
}

bool HasWord(std::string_view text) {
  for (std::size_t at = SkipMarks(text, 0); at < text.size(); at = SkipMarks(text, SkipBlanks(text, at))) {
    if (IsWordCharacter(Next(text, at).value)) return true;
  }
  return false;
}

// Behind `word` if it stands at `at`, letter by letter, else nothing.
std::optional<std::size_t> EndOfWord(std::string_view text, std::size_t at, std::string_view word) {
  if (!HasWord(word)) {
    if (word.empty() || !text.substr(at).starts_with(word)) return std::nullopt;
    return at + word.size();
  }
  for (std::size_t i = 0; i < word.size();) {
    const CodePoint wanted = Next(word, i);
    i += wanted.bytes;
    if (!IsWordCharacter(wanted.value)) continue;
    at = SkipMarks(text, at);
    if (at >= text.size() || Folded(Next(text, at).value) != Folded(wanted.value)) return std::nullopt;
    at += Next(text, at).bytes;
  }
  return SkipMarks(text, at);
}

}  // namespace

void TtsWordTimes::AddSegment(TtsSegment segment) {
  if (segments_.size() < kMaxSegments) segments_.push_back(std::move(segment));
}

std::optional<TtsWordTimes::Match> TtsWordTimes::MatchIn(const TtsSegment& segment, std::size_t from,
                                                         std::string_view word) {
  std::size_t at = SkipBlanks(segment.text, from);
  for (int tried = 0; tried < kLookAhead && at < segment.text.size(); ++tried) {
    if (const auto end = EndOfWord(segment.text, at, word)) {
      return Match{segment.text.substr(at, *end - at), segment, *end, true};
    }
    at = SkipBlanks(segment.text, SkipWord(segment.text, at));
  }
  return std::nullopt;
}

TtsWordTimes::Match TtsWordTimes::Take(std::string_view word) {
  for (std::size_t i = 0; i < segments_.size() && i < 2; ++i) {
    auto match = MatchIn(segments_[i], i == 0 ? position_ : 0, word);
    if (!match) continue;
    if (i > 0) segments_.pop_front();
    position_ = match->spoken_bytes;
    unmatched_ = 0;
    DropFinished();
    return *std::move(match);
  }
  ++unmatched_;
  Match none;
  none.raw = word;
  return none;
}

void TtsWordTimes::DropFinished() {
  if (HasWord(std::string_view(segments_.front().text).substr(position_))) return;
  segments_.pop_front();
  position_ = 0;
}

std::vector<TtsWordTimes::Rest> TtsWordTimes::TakeRest() {
  std::vector<Rest> rest;
  for (const TtsSegment& segment : segments_) {
    std::size_t at = SkipBlanks(segment.text, position_);
    position_ = 0;
    // Words that fitted nowhere were said instead of as many of these.
    for (; unmatched_ > 0 && at < segment.text.size(); --unmatched_) {
      at = SkipBlanks(segment.text, SkipWord(segment.text, at));
    }
    if (HasWord(std::string_view(segment.text).substr(at)))
      rest.push_back({segment.text.substr(at), segment});
  }
  segments_.clear();
  return rest;
}

}  // namespace repartee
