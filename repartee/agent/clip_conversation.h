// ClipConversation: one whole conversation with an agent whose caller is a recorded clip, or
// somebody at this machine, and what came of it: who said what, and how long the caller waited
// for each reply.
//
// Thread: the caller's becomes the conversation's until it is over.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "repartee/agent/agent_stack.h"
#include "repartee/agent/hang_up.h"
#include "repartee/tracing/user_bot_latency_observer.h"

namespace repartee {

struct Said {
  enum class By : std::uint8_t {
    kUser,
    kBot
  };
  By by;
  std::string text;  // of the bot: what was heard of it
  bool interrupted = false;
};

struct Reply {
  LatencyBreakdown latency;  // from the end of speech to the first sound of the answer
  Nanos leading_silence{0};  // within that sound, before anything can be heard
};

struct ClipConversationOptions {
  Nanos silence_before{0};
  HangUpOptions hang_up{};
  ConversationRecorder* recorder = nullptr;  // borrowed; null: nothing is recorded
  bool enable_tracing = false;
  std::string conversation_id{};               // empty: made up
  bool handle_sigint = true;                   // the first one ends the conversation
  std::function<void(const Said&)> on_said{};  // as it happens
};

struct ClipConversationResult {
  std::string conversation_id;
  std::vector<Said> said;
  std::vector<Reply> replies;
  // The user began to speak over the bot: from when the VAD was sure of it to the end of the bot's last
  // sound.
  std::vector<Nanos> silent_after_barge_in;
  std::vector<std::string> errors;
  bool gave_up = false;  // HangUpOptions::limit ended it
};

// The loop's time, real or virtual, is the conversation's. Errors as AgentStack::NewServices.
Result<ClipConversationResult> RunClipConversation(EventLoop& loop, AgentStack& stack,
                                                   const AgentSettings& settings, WavAudio clip,
                                                   ClipConversationOptions options);

// The same between transports of the caller's, until it is stopped (a signal, a long silence, the agent
// itself, an error of a transport). `options.recorder` is not used: the transports' owner records.
Result<ClipConversationResult> RunLiveConversation(EventLoop& loop, AgentStack& stack,
                                                   const AgentSettings& settings, FrameProcessor& input,
                                                   FrameProcessor& output, AgentNeighbours neighbours,
                                                   ClipConversationOptions options);

}  // namespace repartee
