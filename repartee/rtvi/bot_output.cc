#include "repartee/rtvi/bot_output.h"

#include <utility>

namespace repartee {
namespace {

constexpr std::size_t kMaxHeld = 1024;
constexpr int kFirstWithProgress = 2;

// The three names that the kind of text has had.
Json Segment(const std::string& text, TextType type, std::uint64_t id) {
  const std::string_view name = TextTypeName(type);
  return {{"text", text},
          {"output_type", name},
          {"text_type", name},
          {"aggregated_by", name},
          {"segment_id", id}};
}

Json Progress(const std::string& accumulated, const std::string& remaining) {
  return {{"accumulated_text", accumulated}, {"remaining_text", remaining}};
}

// As protocol 1 has it.
Json OldForm(const AggregatedTextFrame& text, bool spoken) {
  return {{"text", text.text}, {"spoken", spoken}, {"aggregated_by", TextTypeName(text.text_type)}};
}

}  // namespace

void BotOutput::OnText(const AggregatedTextFrame& text, int major) {
  if (const auto* spoken = text.As<TTSTextFrame>()) return OnSpoken(*spoken, major);
  if (!params_.output) return;
  const bool held_back = text.will_be_spoken && !speaking_;
  Json data;
  if (major < kFirstWithProgress) {
    data = OldForm(text, false);
  } else {
    data = Segment(text.text, text.text_type, text.id());
    data["spoken"] = false;
    data["will_be_spoken"] = text.will_be_spoken;
    data["spoken_status"] = "new";
    if (text.will_be_spoken) data["spoken_progress"] = Progress("", text.text);
  }
  if (!held_back) return send_("bot-output", std::move(data));
  Hold("bot-output", std::move(data), text.interruptible());
}

// Of a service without word times the whole sentence, after its sound; else each word.
void BotOutput::OnSpoken(const TTSTextFrame& text, int major) {
  const bool whole = text.text_type != TextType::kWord && text.text_type != TextType::kToken;
  if (params_.output && major < kFirstWithProgress) {
    Tell("bot-output", OldForm(text, true), text.interruptible());
  } else if (params_.output && whole && text.segment_id) {
    Json data = Segment(text.text, text.text_type, static_cast<std::uint64_t>(*text.segment_id));
    data["spoken"] = true;
    data["will_be_spoken"] = true;
    data["spoken_status"] = "completed";
    data["spoken_progress"] = Progress(text.text, "");
    Tell("bot-output", std::move(data), text.interruptible());
  }
  if (params_.raw_text) Tell("tts-raw-text", Json{{"text", text.text}}, text.interruptible());
  if (params_.tts_text) Tell("bot-tts-text", Json{{"text", text.text}}, text.interruptible());
}

void BotOutput::OnProgress(const AggregatedTextProgressFrame& progress, int major) {
  if (!params_.output || major < kFirstWithProgress) return;
  const bool over = progress.remaining_text.find_first_not_of(" \n\t") == std::string::npos;
  Json data = Segment(progress.text, progress.text_type, static_cast<std::uint64_t>(progress.segment_id));
  data["will_be_spoken"] = true;
  data["spoken_status"] = over ? "completed" : "in-progress";
  data["spoken_progress"] = Progress(progress.accumulated_text, progress.remaining_text);
  Tell("bot-output", std::move(data), progress.interruptible());
}

// Behind what is held, so that a segment's "new" comes before its progress.
void BotOutput::Tell(const char* type, Json data, bool interruptible) {
  if (speaking_ || held_.empty()) return send_(type, std::move(data));
  Hold(type, std::move(data), interruptible);
}

void BotOutput::Hold(const char* type, Json data, bool interruptible) {
  if (held_.size() >= kMaxHeld) held_.pop_front();
  held_.push_back({type, std::move(data), interruptible});
}

void BotOutput::OnBotStartedSpeaking() {
  speaking_ = true;
  for (Held& held : std::exchange(held_, {})) send_(held.type, std::move(held.data));
}

void BotOutput::OnInterruption() {
  std::erase_if(held_, [](const Held& held) { return held.interruptible; });
}

}  // namespace repartee
