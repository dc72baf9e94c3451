// The three vendors of a scripted conversation: a recognizer, a language model, a
// voice. They speak the vendors' protocols and keep the script's times; they check
// nothing of what they get. One of each a conversation.
//
// Lifetime: the script outlives them. Thread: the loop's.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "tests/scenario/trace_script.h"
#include "tests/scenario/vendor_server.h"

namespace repartee::scenario {

// Deepgram: WebSocket /v1/listen.
class RecognizerVendor {
 public:
  explicit RecognizerVendor(EventLoop& loop);

  int port() const { return server_.port(); }
  // Answers the next Finalize that no other answers.
  void Queue(ScriptedTranscript transcript) { answers_.push_back(std::move(transcript)); }
  // Unasked; lost without a connection.
  void Say(const ScriptedTranscript& transcript);

 private:
  class Session;
  EventLoop& loop_;
  std::deque<ScriptedTranscript> answers_;
  Session* session_ = nullptr;  // the latest connection
  VendorServer server_;
};

// OpenAI: POST /v1/chat/completions.
class ModelVendor {
 public:
  ModelVendor(EventLoop& loop, const std::vector<ScriptedReply>& replies);

  int port() const { return server_.port(); }

 private:
  class Session;
  ScriptedReply Take();

  EventLoop& loop_;
  std::deque<ScriptedReply> replies_;
  VendorServer server_;
};

// Cartesia: WebSocket /tts/websocket.
class VoiceVendor {
 public:
  VoiceVendor(EventLoop& loop, const ScriptedVoice& voice);

  int port() const { return server_.port(); }

 private:
  class Session;
  EventLoop& loop_;
  const ScriptedVoice& voice_;
  int texts_ = 0;  // that were to be spoken so far
  VendorServer server_;
};

}  // namespace repartee::scenario
