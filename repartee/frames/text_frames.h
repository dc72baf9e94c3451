// Text: transcripts, what the model writes, what is announced and what was spoken.
// Thread: the conversation's loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "repartee/base/json.h"
#include "repartee/frames/frame.h"

namespace repartee {

struct TextFrame : DataFrame {
  static constexpr FrameType kFirst = FrameType::kText;
  static constexpr FrameType kLast = FrameType::kTranslation;
  explicit TextFrame(std::string content) : TextFrame(kFirst, std::move(content)) {}

  std::string text;
  std::optional<bool> skip_tts;
  bool includes_inter_frame_spaces = false;
  bool append_to_context = true;

 protected:
  TextFrame(FrameType type, std::string content) : DataFrame(type), text(std::move(content)) {}
};

// A piece of the model's answer, with its spaces as they came.
struct LLMTextFrame : TextFrame {
  static constexpr FrameType kFirst = FrameType::kLLMText;
  static constexpr FrameType kLast = kFirst;
  explicit LLMTextFrame(std::string content) : TextFrame(kFirst, std::move(content)) {
    includes_inter_frame_spaces = true;
  }
};

// sentence, token, word, backchannel, any.
enum class TextType : std::uint8_t {
  kSentence,
  kToken,
  kWord,
  kBackchannel,
  kAny
};
std::string_view TextTypeName(TextType type);

// Text put together for speaking: the announcement in front of its audio.
struct AggregatedTextFrame : TextFrame {
  static constexpr FrameType kFirst = FrameType::kAggregatedText;
  static constexpr FrameType kLast = FrameType::kTTSText;
  AggregatedTextFrame(std::string content, TextType type)
      : AggregatedTextFrame(kFirst, std::move(content), type) {}

  TextType text_type;
  std::string context_id;               // empty: none
  std::optional<std::string> raw_text;  // the model's own spelling
  bool will_be_spoken = false;

 protected:
  AggregatedTextFrame(FrameType frame_type, std::string content, TextType type)
      : TextFrame(frame_type, std::move(content)), text_type(type) {}
};

// What was really spoken.
struct TTSTextFrame : AggregatedTextFrame {
  static constexpr FrameType kFirst = FrameType::kTTSText;
  static constexpr FrameType kLast = kFirst;
  TTSTextFrame(std::string content, TextType type) : AggregatedTextFrame(kFirst, std::move(content), type) {}

  std::optional<std::int64_t> segment_id;
};

// What a user said, as far as the recognizer is sure of it.
struct TranscriptionFrame : TextFrame {
  static constexpr FrameType kFirst = FrameType::kTranscription;
  static constexpr FrameType kLast = kFirst;
  TranscriptionFrame(std::string content, std::string user, std::string time)
      : TextFrame(kFirst, std::move(content)), user_id(std::move(user)), timestamp(std::move(time)) {}

  std::string user_id;
  std::string timestamp;   // ISO 8601, UTC
  std::string language;    // tag; empty: not told
  Json result;             // the recognizer's own message, with all it told; null: none
  bool finalized = false;  // nothing more will come for this speech
};

template <FrameType T>
struct UserTextFrame : TextFrame {
  static constexpr FrameType kFirst = T;
  static constexpr FrameType kLast = T;
  UserTextFrame(std::string content, std::string user, std::string time)
      : TextFrame(T, std::move(content)), user_id(std::move(user)), timestamp(std::move(time)) {}

  std::string user_id;
  std::string timestamp;  // ISO 8601, UTC
  std::string language;   // tag; empty: not told
  Json result;            // the recognizer's own message; null: none
};
// A guess that later ones replace.
using InterimTranscriptionFrame = UserTextFrame<FrameType::kInterimTranscription>;
// What is taken for the whole turn before its end is sure: an inference may begin on it.
using EagerTranscriptionFrame = UserTextFrame<FrameType::kEagerTranscription>;
// What a user said, in another language.
using TranslationFrame = UserTextFrame<FrameType::kTranslation>;

// "Mm-hm" from the user: no turn of its own.
struct UserBackchannelFrame : DataFrame {
  static constexpr FrameType kFirst = FrameType::kUserBackchannel;
  static constexpr FrameType kLast = kFirst;
  UserBackchannelFrame(std::string content, std::string user, std::string time)
      : DataFrame(kFirst), text(std::move(content)), user_id(std::move(user)), timestamp(std::move(time)) {}

  std::string text;
  std::string user_id;
  std::string timestamp;  // ISO 8601, UTC
};

// Typed by the user, as the transport got it.
struct InputTextRawFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kInputTextRaw;
  static constexpr FrameType kLast = kFirst;
  explicit InputTextRawFrame(std::string content) : SystemFrame(kFirst), text(std::move(content)) {}
  std::string text;
};

// How far a segment has been spoken (services with word times).
struct AggregatedTextProgressFrame : DataFrame {
  static constexpr FrameType kFirst = FrameType::kAggregatedTextProgress;
  static constexpr FrameType kLast = kFirst;
  AggregatedTextProgressFrame(std::int64_t segment, std::string content, TextType type)
      : DataFrame(kFirst), segment_id(segment), text(std::move(content)), text_type(type) {}

  std::int64_t segment_id;
  std::string context_id;
  std::string text;
  TextType text_type;
  std::string accumulated_text;
  std::string remaining_text;
};

// Speak this, without the model.
struct TTSSpeakFrame : DataFrame {
  static constexpr FrameType kFirst = FrameType::kTTSSpeak;
  static constexpr FrameType kLast = FrameType::kBotBackchannel;
  explicit TTSSpeakFrame(std::string content) : TTSSpeakFrame(kFirst, std::move(content), true) {}

  std::string text;
  bool append_to_context = true;
  TextType text_type = TextType::kSentence;

 protected:
  TTSSpeakFrame(FrameType type, std::string content, bool is_interruptible)
      : DataFrame(type, is_interruptible), text(std::move(content)) {}
};

// "Mm-hm": spoken beside everything else, survives an interruption, stays out of the context.
struct BotBackchannelFrame : TTSSpeakFrame {
  static constexpr FrameType kFirst = FrameType::kBotBackchannel;
  static constexpr FrameType kLast = kFirst;
  explicit BotBackchannelFrame(std::string content) : TTSSpeakFrame(kFirst, std::move(content), false) {
    append_to_context = false;
    text_type = TextType::kBackchannel;
  }
};

}  // namespace repartee
