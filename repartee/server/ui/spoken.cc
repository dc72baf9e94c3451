#include "repartee/server/ui/spoken.h"

#include <algorithm>

#include "repartee/otel/wire/utf8.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxErrors = 20;         // a turn; more say the same
constexpr std::size_t kMaxErrorBytes = 2'000;  // a message

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void Join(std::string& to, std::string_view text) {
  if (text.empty()) return;
  if (!to.empty()) to += ' ';
  to += text;
}

class SpokenReader {
 public:
  SpokenReader(SpanOpener& opener, const TurnGroup& turn) : opener_(opener), turn_(turn) {}

  Result<Spoken> Read(std::optional<double> reply_ms) {
    if (turn_.own != nullptr) {
      if (Status status = ReadOwn(reply_ms); !status.ok()) return status;
    }
    for (const SpanRow* span : turn_.members) {
      if (Status status = ReadMember(*span); !status.ok()) return status;
    }
    const bool turn_cut = turn_.own != nullptr && (turn_.own->facts.flags & kFlagInterrupted) != 0;
    const bool cut = tts_interrupted_ || turn_cut;
    const bool needs_generated = sent_.empty() || (cut && heard_is_known_);
    if (needs_generated) {
      if (Status status = ReadGenerated(); !status.ok()) return status;
    }
    Settle(cut);
    return std::move(spoken_);
  }

 private:
  Status ReadOwn(std::optional<double> reply_ms) {
    Result<OpenedSpan> opened = opener_.Open(*turn_.own);
    if (!opened.ok()) return std::move(opened).status();
    const std::span<const otel::KeyValueView> attributes = opened->span.attributes;
    spoken_.user_text = AttributeText(attributes, "langfuse.observation.input");
    heard_ = AttributeText(attributes, "langfuse.observation.output");
    // Written at the end by a runtime that follows the playback.
    heard_is_known_ = FindAttribute(attributes, "turn.end_reason") != nullptr;
    if (reply_ms) spoken_.contributions = ToldContributions(*reply_ms, turn_, attributes);
    NoteError(*turn_.own, opened->span);
    return OkStatus();
  }

  Status ReadMember(const SpanRow& row) {
    const Stage stage = row.facts.stage;
    const bool speaks = stage == Stage::kStt || stage == Stage::kTts;
    if (!speaks && row.facts.level != Level::kError) return OkStatus();
    Result<OpenedSpan> opened = opener_.Open(row);
    if (!opened.ok()) return std::move(opened).status();
    NoteError(row, opened->span);
    if (stage == Stage::kStt) Join(transcript_, AttributeText(opened->span.attributes, "transcript"));
    if (stage == Stage::kTts) NoteSpeech(opened->span);
    return OkStatus();
  }

  void NoteSpeech(const otel::SpanView& span) {
    Join(sent_, AttributeText(span.attributes, "text"));
    const std::string heard = AttributeText(span.attributes, "tts.text_heard");
    if (IsAttributeTrue(span.attributes, "tts.interrupted")) tts_interrupted_ = true;
    // Not told by a span that others wrote, nor while it is being played.
    tts_heard_is_known_ = tts_heard_is_known_ || !heard.empty();
    Join(tts_heard_, heard);
    for (const otel::EventView& event : span.events) {
      if (event.name != "tts.playback_start") continue;
      const auto at = static_cast<std::int64_t>(event.time_ns);
      spoken_.playback_ns = spoken_.playback_ns ? std::min(*spoken_.playback_ns, at) : at;
    }
  }

  // The model's words, if they never reached a voice or were cut before they did.
  Status ReadGenerated() {
    for (const SpanRow* span : turn_.members) {
      if (span->facts.stage != Stage::kLlm) continue;
      Result<OpenedSpan> opened = opener_.Open(*span);
      if (!opened.ok()) return std::move(opened).status();
      Join(generated_, AttributeText(opened->span.attributes, "output"));
    }
    return OkStatus();
  }

  void NoteError(const SpanRow& row, const otel::SpanView& span) {
    if (row.facts.level != Level::kError || spoken_.errors.size() >= kMaxErrors) return;
    std::string message = AttributeText(span.attributes, "langfuse.observation.status_message");
    if (message.empty()) message = otel::ToValidUtf8(span.status_message);
    if (message.empty()) message = row.name + " failed";
    spoken_.errors.push_back(message.substr(0, kMaxErrorBytes));
  }

  void Settle(bool cut) {
    if (spoken_.user_text.empty()) spoken_.user_text = std::move(transcript_);
    const bool heard_is_known = heard_is_known_ || tts_heard_is_known_;
    if (!heard_is_known) {
      spoken_.bot_text = sent_.empty() ? generated_ : sent_;
      return;
    }
    if (heard_.empty()) heard_ = tts_heard_;
    if (!cut && heard_.empty()) heard_ = sent_.empty() ? generated_ : sent_;
    if (cut) {
      std::optional<std::string> rest = RestOf(generated_, heard_);
      if (!rest || rest->empty()) rest = RestOf(sent_, heard_);
      spoken_.bot_unspoken = rest.value_or("");
    }
    spoken_.bot_text = std::move(heard_);
  }

  SpanOpener& opener_;
  const TurnGroup& turn_;
  Spoken spoken_;
  std::string transcript_, sent_, heard_, tts_heard_, generated_;
  bool heard_is_known_ = false;
  bool tts_heard_is_known_ = false;
  bool tts_interrupted_ = false;
};

}  // namespace

std::optional<std::string> RestOf(std::string_view all, std::string_view beginning) {
  std::size_t at = 0;
  for (const char c : beginning) {
    if (IsBlank(c)) continue;
    while (at < all.size() && IsBlank(all[at])) ++at;
    if (at == all.size() || all[at] != c) return std::nullopt;
    ++at;
  }
  while (at < all.size() && IsBlank(all[at])) ++at;
  return std::string(all.substr(at));
}

Result<Spoken> ReadSpoken(SpanOpener& opener, const TurnGroup& turn, std::optional<double> reply_ms) {
  return SpokenReader(opener, turn).Read(reply_ms);
}

}  // namespace repartee::server
