#include "repartee/services/text/english_words.h"

#include <algorithm>
#include <array>
#include <string>

namespace repartee {
namespace {

// Each list is sorted, in lower case.
constexpr std::array kAbbreviations = std::to_array<std::string_view>({
    "abbrev", "adj",  "adm",   "adv",   "al",   "ala",  "apr",  "apt",  "arc",  "ariz", "ark",  "art",
    "assn",   "asst", "attys", "aug",   "ave",  "bart", "bld",  "bldg", "blvd", "brig", "bros", "btw",
    "c.f",    "ca",   "cal",   "calif", "capt", "cf",   "cit",  "cl",   "cmdr", "co",   "col",  "colo",
    "comdr",  "con",  "conn",  "corp",  "cpl",  "cres", "ct",   "dec",  "del",  "dept", "det",  "dist",
    "dr",     "drs",  "e.g",   "eg",    "ens",  "esp",  "esq",  "etc",  "exec", "exp",  "expy", "ext",
    "feb",    "fed",  "ff",    "fig",   "fla",  "fr",   "ft",   "ga",   "gen",  "gov",  "hon",  "hosp",
    "hr",     "hway", "hwy",   "i.e",   "ibid", "id",   "ida",  "ie",   "ill",  "inc",  "ind",  "ing",
    "insp",   "jan",  "jr",    "jul",   "jun",  "kan",  "kans", "ken",  "ky",   "la",   "ll",   "lld",
    "llm",    "loc",  "lt",    "ltd",   "maj",  "man",  "mar",  "mass", "may",  "md",   "me",   "med",
    "messrs", "mex",  "mfg",   "mich",  "min",  "minn", "miss", "mlle", "mm",   "mme",  "mo",   "mont",
    "mr",     "mrs",  "ms",    "msgr",  "mt",   "mx",   "neb",  "nebr", "nem",  "nev",  "no",   "nos",
    "nov",    "nr",   "oct",   "ok",    "okla", "ont",  "op",   "ord",  "ore",  "pa",   "pd",   "penn",
    "penna",  "pfc",  "pg",    "ph",    "pl",   "plz",  "pp",   "pres", "prof", "ps",   "pvt",  "que",
    "rd",     "re",   "ref",   "reg",   "rep",  "reps", "res",  "rev",  "rs",   "rt",   "sask", "sc",
    "sec",    "sen",  "sens",  "sep",   "sept", "sfc",  "sgt",  "sr",   "ss",   "st",   "supt", "surg",
    "tenn",   "tex",  "u.k",   "u.s",   "univ", "ut",   "va",   "ver",  "viz",  "vs",   "vt",   "wash",
    "wis",    "wisc", "wrt",   "wy",    "wyo",  "yuk",
});

constexpr std::array kStarters = std::to_array<std::string_view>({
    "about",        "according",    "actually",     "additionally", "after",
    "again",        "all",          "also",         "although",     "always",
    "among",        "an",           "and",          "another",      "any",
    "anyway",       "apparently",   "are",          "as",           "at",
    "back",         "because",      "before",       "besides",      "between",
    "both",         "but",          "by",           "can",          "cannot",
    "clearly",      "consequently", "despite",      "did",          "do",
    "does",         "don't",        "during",       "each",         "early",
    "even",         "eventually",   "every",        "everybody",    "everyone",
    "except",       "finally",      "first",        "following",    "for",
    "four",         "from",         "further",      "furthermore",  "generally",
    "given",        "go",           "great",        "had",          "has",
    "have",         "having",       "he",           "hence",        "her",
    "here",         "his",          "how",          "however",      "if",
    "in",           "indeed",       "initially",    "instead",      "is",
    "it",           "its",          "just",         "last",         "lately",
    "later",        "let",          "like",         "many",         "maybe",
    "meanwhile",    "might",        "more",         "moreover",     "most",
    "much",         "must",         "my",           "neither",      "never",
    "nevertheless", "new",          "next",         "no",           "none",
    "nor",          "not",          "nothing",      "now",          "obviously",
    "of",           "often",        "on",           "once",         "one",
    "only",         "or",           "other",        "others",       "otherwise",
    "our",          "over",         "particularly", "people",       "perhaps",
    "please",       "previous",     "rarely",       "rather",       "recently",
    "right",        "second",       "see",          "several",      "shall",
    "she",          "should",       "similarly",    "since",        "so",
    "some",         "sometimes",    "soon",         "start",        "still",
    "subsequently", "such",         "suddenly",     "take",         "that",
    "the",          "their",        "then",         "there",        "therefore",
    "these",        "they",         "third",        "this",         "those",
    "three",        "through",      "thus",         "to",           "today",
    "tomorrow",     "tonight",      "two",          "under",        "unfortunately",
    "unlike",       "until",        "upon",         "using",        "usually",
    "was",          "we",           "well",         "were",         "what",
    "whatever",     "when",         "whenever",     "where",        "whereas",
    "wherever",     "whether",      "which",        "while",        "who",
    "whose",        "why",          "will",         "with",         "within",
    "without",      "would",        "yes",          "yesterday",    "yet",
    "you",          "your",
});

constexpr std::array kLeadIns = std::to_array<std::string_view>({
    "a",        "about",   "after", "an",   "and",    "around", "as",        "at",      "before",
    "between",  "but",     "by",    "day",  "during", "each",   "early",     "evening", "every",
    "exactly",  "for",     "from",  "in",   "just",   "last",   "late",      "later",   "morning",
    "next",     "night",   "noon",  "of",   "on",     "one",    "or",        "over",    "past",
    "since",    "so",      "that",  "the",  "then",   "this",   "till",      "to",      "today",
    "tomorrow", "tonight", "until", "week", "when",   "with",   "yesterday",
});

constexpr std::array kTimesOfDay = std::to_array<std::string_view>({"a.m", "p.m"});
constexpr std::array kTitlesAndEras = std::to_array<std::string_view>({
    "a.d",   "b.a",   "b.c", "b.c.e", "b.s", "b.sc", "ba",   "bs",   "bsc",
    "c.e",   "d.d.s", "dds", "j.d",   "jd",  "ll.b", "ll.m", "llb",  "m.a",
    "m.b.a", "m.d",   "m.s", "m.sc",  "ma",  "mba",  "msc",  "ph.d", "phd",
});
constexpr std::array kUnits = std::to_array<std::string_view>({
    "fl",
    "ft",
    "gal",
    "in",
    "lb",
    "mi",
    "mph",
    "oz",
    "pt",
    "qt",
    "sq",
    "yd",
});

constexpr std::size_t kLongestWord = 15;

static_assert(std::is_sorted(kAbbreviations.begin(), kAbbreviations.end()));
static_assert(std::is_sorted(kStarters.begin(), kStarters.end()));
static_assert(std::is_sorted(kLeadIns.begin(), kLeadIns.end()));
static_assert(std::is_sorted(kTitlesAndEras.begin(), kTitlesAndEras.end()));
static_assert(std::is_sorted(kUnits.begin(), kUnits.end()));

std::string LowerCase(std::string_view word) {
  std::string lower(word);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

template <std::size_t N>
bool Contains(const std::array<std::string_view, N>& list, std::string_view word) {
  if (word.empty() || word.size() > kLongestWord) return false;
  return std::binary_search(list.begin(), list.end(), std::string_view(LowerCase(word)));
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
