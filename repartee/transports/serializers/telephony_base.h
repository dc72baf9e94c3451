// TelephonySerializer: what the media streams of telephone companies have in common: JSON events of
// base64 sound one way and the other, keys that were pressed, a word to drop what waits to be played.
//
// Sound is resampled between the line's rate and the pipeline's. Events of no interest, broken JSON
// and sound that does not decode are nothing. Thread: the conversation's loop.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repartee/audio/resampler.h"
#include "repartee/base/json.h"
#include "repartee/transports/serializers/frame_serializer.h"

namespace repartee {

enum class TelephonyEncoding : std::uint8_t {
  kUlaw,      // PCMU
  kAlaw,      // PCMA
  kLinear16,  // little-endian
};

struct TelephonyParams {
  int line_rate = 8000;  // Hz, of the company's sound, unless its start event says another
  int sample_rate = 0;   // Hz, of the frames that go into the pipeline; 0: the pipeline's
  // RTVI messages are for other kinds of clients.
  bool ignore_rtvi_messages = true;
  // Nobody has read the company's start event yet: the caller is there when it comes, and the ids that were
  // left empty are taken from it.
  bool await_start = false;
};

class TelephonySerializer : public FrameSerializer {
 public:
  Status SetUp(int audio_in_rate_hz, int audio_out_rate_hz) override;
  std::optional<WireMessage> Serialize(const Frame& frame) override;
  Result<Ref<Frame>> Deserialize(WireMessageKind kind, std::string_view bytes) override;
  bool ready() const override { return !params_.await_start || started_; }
  bool over() const override { return over_; }

 protected:
  // `to_line` encodes what the bot says, `from_line` decodes what the caller says.
  TelephonySerializer(TelephonyParams params, TelephonyEncoding to_line, TelephonyEncoding from_line);

  // The event that plays this base64 sound.
  virtual Json AudioEvent(std::string payload) const = 0;
  // The event that drops what waits to be played.
  virtual Json ClearEvent() const = 0;
  // The event that tells whose call it is.
  virtual void TakeStart(const Json& /*event*/) {}

  // The message that carries it: the event as text unless the company has another way.
  virtual std::optional<WireMessage> AudioMessage(std::string encoded) const;
  virtual Ref<Frame> TakeBinary(std::string_view /*bytes*/) { return nullptr; }
  // The key that this event tells of; nothing if it tells of none.
  virtual std::optional<std::string> PressedKey(const Json& event) const;

  Ref<Frame> TakeSound(std::string_view encoded);
  int line_rate() const { return line_rate_; }
  bool awaits_start() const { return params_.await_start; }
  // What the start event says of the line; a rate that is none, and an encoding of another kind, change
  // nothing.
  void SetLineRate(int rate_hz);
  void SetEncodingFromLine(TelephonyEncoding encoding) { from_line_ = encoding; }

 private:
  Status PrepareInput();
  std::optional<WireMessage> Sound(std::span<const std::int16_t> samples) const;
  std::optional<WireMessage> SerializeAudio(const Frame& frame);
  std::vector<std::int16_t> ToLine(std::span<const std::int16_t> samples, int from_hz);

  const TelephonyParams params_;
  const TelephonyEncoding to_line_;
  TelephonyEncoding from_line_;
  int line_rate_;
  int pipeline_rate_ = 16000;
  bool started_ = false;
  bool over_ = false;
  std::optional<Resampler> out_;
  std::optional<Resampler> in_;
};

}  // namespace repartee
