#include "repartee/rtvi/bot_output.h"

#include <utility>

namespace repartee {
namespace {

constexpr std::size_t kMaxHeld = 1024;
constexpr int kFirstWithProgress = 2;

// The three names that the kind of text has had, and `more` members (keys and values) behind.
template <class... More>
JsonText Segment(const std::string& text, TextType type, std::uint64_t id, const More&... more) {
  const std::string_view name = TextTypeName(type);
  return JsonObject("text", text, "output_type", name, "text_type", name, "aggregated_by", name, "segment_id",
                    id, more...);
}

JsonText Progress(const std::string& accumulated, const std::string& remaining) {
  return JsonObject("accumulated_text", accumulated, "remaining_text", remaining);
}

// A segment of which nothing has been heard yet.
JsonText NewSegment(const AggregatedTextFrame& text) {
  if (!text.will_be_spoken) {
    return Segment(text.text, text.text_type, text.id(), "spoken", false, "will_be_spoken", false,
                   "spoken_status", "new");
  }
  return Segment(text.text, text.text_type, text.id(), "spoken", false, "will_be_spoken", true,
                 "spoken_status", "new", "spoken_progress", Progress("", text.text));
}

// As protocol 1 has it.
JsonText OldForm(const AggregatedTextFrame& text, bool spoken) {
  return JsonObject("text", text.text, "spoken", spoken, "aggregated_by", TextTypeName(text.text_type));
}

}  // namespace

void BotOutput::OnText(const AggregatedTextFrame& text, int major) {
  if (const auto* spoken = text.As<TTSTextFrame>()) return OnSpoken(*spoken, major);
  if (!params_.output) return;
  const bool held_back = text.will_be_spoken && !speaking_;
  JsonText data = major < kFirstWithProgress ? OldForm(text, false) : NewSegment(text);
  if (!held_back) return send_("bot-output", data);
  Hold("bot-output", std::move(data), text.interruptible());
}

// Of a service without word times the whole sentence, after its sound; else each word.
void BotOutput::OnSpoken(const TTSTextFrame& text, int major) {
  const bool whole = text.text_type != TextType::kWord && text.text_type != TextType::kToken;
  if (params_.output && major < kFirstWithProgress) {
    Tell("bot-output", OldForm(text, true), text.interruptible());
  } else if (params_.output && whole && text.segment_id) {
    JsonText data = Segment(text.text, text.text_type, static_cast<std::uint64_t>(*text.segment_id), "spoken",
                            true, "will_be_spoken", true, "spoken_status", "completed", "spoken_progress",
                            Progress(text.text, ""));
    Tell("bot-output", std::move(data), text.interruptible());
  }
  if (params_.raw_text) Tell("tts-raw-text", JsonObject("text", text.text), text.interruptible());
  if (params_.tts_text) Tell("bot-tts-text", JsonObject("text", text.text), text.interruptible());
}

void BotOutput::OnProgress(const AggregatedTextProgressFrame& progress, int major) {
  if (!params_.output || major < kFirstWithProgress) return;
  const bool over = progress.remaining_text.find_first_not_of(" \n\t") == std::string::npos;
  JsonText data = Segment(progress.text, progress.text_type, static_cast<std::uint64_t>(progress.segment_id),
                          "will_be_spoken", true, "spoken_status", over ? "completed" : "in-progress",
                          "spoken_progress", Progress(progress.accumulated_text, progress.remaining_text));
  Tell("bot-output", std::move(data), progress.interruptible());
}

// Behind what is held, so that a segment's "new" comes before its progress.
void BotOutput::Tell(const char* type, JsonText data, bool interruptible) {
  if (speaking_ || held_.empty()) return send_(type, data);
  Hold(type, std::move(data), interruptible);
}

void BotOutput::Hold(const char* type, JsonText data, bool interruptible) {
  if (held_.size() >= kMaxHeld) held_.pop_front();
  held_.push_back({type, std::move(data), interruptible});
}

void BotOutput::OnBotStartedSpeaking() {
  speaking_ = true;
  for (const Held& held : std::exchange(held_, {})) send_(held.type, held.data);
}

void BotOutput::OnInterruption() {
  std::erase_if(held_, [](const Held& held) { return held.interruptible; });
}

}  // namespace repartee
