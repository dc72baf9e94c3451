// BotOutput: what a client shows of the bot's words, from the moment they are about to be heard:
// "bot-output" and "bot-tts-text".
//
// Words that leave the transport before the bot counts as speaking are held back until it
// does, in their order. Limit: 1,024 messages are held, the oldest goes.
// Thread: the conversation's loop.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "repartee/base/json_text.h"
#include "repartee/frames/text_frames.h"

namespace repartee {

class BotOutput {
 public:
  struct Params {
    bool output = true;     // "bot-output"
    bool tts_text = true;   // "bot-tts-text"
    bool raw_text = false;  // "tts-raw-text"
  };
  using Send = std::function<void(const char* type, const JsonText& data)>;

  BotOutput(Params params, Send send) : params_(params), send_(std::move(send)) {}

  void set_params(Params params) { params_ = params; }

  // `major`: of the client's protocol version; 1 knows nothing of progress. Frames as they leave the output
  // transport.
  void OnText(const AggregatedTextFrame& text, int major);
  void OnProgress(const AggregatedTextProgressFrame& progress, int major);
  void OnBotStartedSpeaking();
  void OnBotStoppedSpeaking() { speaking_ = false; }
  void OnInterruption();

 private:
  struct Held {
    const char* type;
    JsonText data;
    bool interruptible;
  };

  void OnSpoken(const TTSTextFrame& text, int major);
  void Tell(const char* type, JsonText data, bool interruptible);
  void Hold(const char* type, JsonText data, bool interruptible);

  Params params_;
  const Send send_;
  bool speaking_ = false;
  std::deque<Held> held_;
};

}  // namespace repartee
