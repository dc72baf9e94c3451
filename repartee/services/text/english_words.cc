#include "repartee/services/text/english_words.h"

#include <string>

namespace repartee {
namespace {

// Lists of words in lower case, a blank around each. They are short and asked only where a sentence may
// end, so they are simply read through.

// What is spoken of in a conversation and written with a full stop: how people are addressed; firms and
// places; months; the Latin and the references of letters.
constexpr std::string_view kAbbreviations =
    " mr mrs ms mx messrs dr prof rev hon st jr sr gen col capt lt sgt cpl maj gov pres sen rep "
    "inc ltd co corp bros dept univ assn ave blvd rd hwy apt bldg mt ft u.s u.k "
    "jan feb mar apr jun jul aug sep sept oct nov dec "
    "etc e.g i.e eg ie cf ca vs al viz approx no nos vol fig pp ch sec ed ext tel ps op ";

// Who and what; asking; joining; where and when.
constexpr std::string_view kStarters =
    " he she it we you they this that these those there here its his her our your their my the an all any "
    "each every many most some such no none nothing everyone everybody another others "
    "who what when where why how which whose can did do does don't is are was were has have had will would "
    "shall must might "
    "and but or nor so yet if as because since although while whether unless until however therefore thus "
    "hence also besides instead otherwise then still even just only perhaps maybe please yes not never "
    "always "
    "often sometimes usually finally first second third next later meanwhile "
    "in on at by for from of to with without after before during about between both over under upon within "
    "through now today tomorrow tonight yesterday again once soon ";

constexpr std::string_view kLeadIns =
    " a an the this that one each every next last early late at in on by from to until till since before "
    "after around about between for of over past with during and or but so then when just exactly "
    "day week morning noon evening night today tonight tomorrow yesterday ";

constexpr std::string_view kTimesOfDay = " a.m p.m ";
constexpr std::string_view kTitlesAndEras =
    " a.d b.c b.c.e c.e b.a b.s b.sc m.a m.s m.sc m.b.a m.d ph.d j.d ";
constexpr std::string_view kUnits = " ft in yd mi mph lb oz gal pt qt sq min hr sec ";

constexpr std::size_t kLongestWord = 15;

bool Contains(std::string_view list, std::string_view word) {
  if (word.empty() || word.size() > kLongestWord || word.find(' ') != std::string_view::npos) return false;
  std::string key;
  for (const char c : word) key += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  key += ' ';
  // Not with the blank before it: the search would stop at each word.
  for (std::size_t at = list.find(key); at != std::string_view::npos; at = list.find(key, at + 1)) {
    if (list[at - 1] == ' ') return true;
  }
  return false;
}

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLetter(char c) { return IsUpper(c) || (c >= 'a' && c <= 'z'); }

}  // namespace

bool IsEnglishAbbreviation(std::string_view word) {
  if (word.size() == 1) return IsLetter(word[0]);
  return Contains(kAbbreviations, word);
}

bool StartsEnglishSentence(std::string_view word) {
  return !word.empty() && IsUpper(word[0]) && Contains(kStarters, word);
}

bool LeadsInEnglish(std::string_view word) { return Contains(kLeadIns, word); }

EnglishMark EnglishMarkOf(std::string_view word, bool after_number) {
  if (Contains(kTimesOfDay, word)) return EnglishMark::kTimeOfDay;
  if (Contains(kTitlesAndEras, word)) return EnglishMark::kOther;
  return after_number && Contains(kUnits, word) ? EnglishMark::kOther : EnglishMark::kNone;
}

}  // namespace repartee
